/** Connections to the database file, with the settings that were measured (src/decisions/0001-embedded-store.md). */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { prepareSchema } from './schema.ts';
import { SqliteDatabase } from './sqlite.ts';

/** How long a connection waits for another's lock. */
const busyTimeoutMs = 5000;

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'fascicolo.db');
}

/** Makes the folder and the file, readable by their owner alone. Throws an Error with a sentence when they can't be used. */
export function prepareFolder(dataDir: string): void {
  const file = databaseFile(dataDir);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // Health data: neither the group nor others may read. The files SQLite adds take over the mode of this one.
    if (existsSync(file)) chmodSync(file, 0o600);
    else closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new Error(`The data folder ${dataDir} can't be written to (${messageOf(error)}). Check DATA_DIR and its permissions.`);
  }
}

/** Makes the tables in a new database, checks those of an old one. Throws an Error with a sentence. */
export function prepareDatabase(dataDir: string): void {
  const file = databaseFile(dataDir);
  const database = new SqliteDatabase(file, { timeout: busyTimeoutMs });
  try {
    prepareSchema(database);
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
    throw new Error(`The database ${file} can't be opened (${error.message}). Restore a backup, or point DATA_DIR elsewhere.`);
  } finally {
    database.close();
  }
}

/** The one connection that writes. Durable: every commit is on disk when it returns. */
export function openWriter(dataDir: string): Database {
  const database = new SqliteDatabase(databaseFile(dataDir), { timeout: busyTimeoutMs, fileMustExist: true });
  // better-sqlite3 is compiled with NORMAL as the default in WAL mode, which may lose the last commits when the power fails.
  database.pragma('synchronous = FULL');
  database.pragma('temp_store = MEMORY');
  database.pragma('cache_size = -131072');
  // In pages; the writer thread checkpoints earlier, when it has nothing to do.
  database.pragma('wal_autocheckpoint = 16000');
  database.pragma('journal_size_limit = 134217728');
  return database;
}

export interface ReaderOptions {
  /** Called with each statement, values written out: for tests that look at plans. */
  readonly verbose?: (statement: unknown) => void;
}

/** A connection that only reads; works beside a running server, from another process too. */
export function openReader(file: string, options: ReaderOptions = {}): Database {
  const database = new SqliteDatabase(file, { ...options, readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
  database.pragma('temp_store = MEMORY');
  database.pragma('cache_size = -65536');
  database.pragma('mmap_size = 2147418112');
  return database;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
