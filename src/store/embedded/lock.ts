/** One server per data folder: the lock of the operating system, which ends with the process whatever happens to it. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { SqliteDatabase } from './sqlite.ts';

export interface Lock {
  release(): void;
}

/** Takes the folder for this server. Throws an Error with a sentence when another one has it. Readers and backups need no lock. */
export function takeLock(dataDir: string): Lock {
  const database = new SqliteDatabase(join(dataDir, 'fascicolo.lock'), { timeout: 0 });
  try {
    database.pragma('journal_mode = DELETE');
    database.exec('CREATE TABLE IF NOT EXISTS holder(pid INTEGER NOT NULL)');
    database.exec('DELETE FROM holder');
    database.prepare('INSERT INTO holder(pid) VALUES (?)').run(process.pid);
    // An open write transaction that writes nothing: SQLite holds the file's lock for it, and others still read who has it.
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const message = refusal(dataDir, database, error);
    database.close();
    throw new Error(message);
  }
  return { release: () => database.close() };
}

function refusal(dataDir: string, database: Database, error: unknown): string {
  if (!(error instanceof SqliteDatabase.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
    return `The data folder ${dataDir} can't be locked (${error instanceof Error ? error.message : String(error)}). Check DATA_DIR and its permissions.`;
  }
  return `The data folder ${dataDir} is in use by another Fascicolo server (${holderOf(database)}). Stop it first, or set DATA_DIR to another folder.`;
}

function holderOf(database: Database): string {
  try {
    const row = database.prepare('SELECT pid FROM holder').get() as { pid: number } | undefined;
    return row === undefined ? 'process unknown' : `process ${row.pid}`;
  } catch {
    // The other server is just writing its number: that it holds the folder is known all the same.
    return 'process unknown';
  }
}
