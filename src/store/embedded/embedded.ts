/** The embedded store: SQLite in the server's own process, one folder, nothing to install. Design: src/decisions/0001-embedded-store.md */
import type { Database } from 'better-sqlite3';
import type { ResourceKey } from '../../fhir/types.ts';
import type { Authorized, Criterion } from '../../search/criterion.ts';
import { loadSome } from '../page.ts';
import { stamp } from '../stamp.ts';
import type {
  DistinctQuery,
  DistinctValue,
  HistoryScope,
  Page,
  PageRequest,
  PlanStep,
  Reindexing,
  Store,
  StoredVersion,
  StoreQuery,
  StoreSettings,
  Write,
  WriteResult,
} from '../store.ts';
import { isVisible } from '../visibility.ts';
import type { Applied } from './apply-write.ts';
import { databaseFile, openReader, prepareDatabase, prepareFolder } from './connection.ts';
import { type Effort, usualEffort } from './effort.ts';
import { readHistory } from './history.ts';
import { type Lock, takeLock } from './lock.ts';
import { Names } from './names.ts';
import { readNote } from './notes.ts';
import { Search } from './search.ts';
import { Statements } from './statements.ts';
import { type FullRow, storedVersion, Versions } from './versions.ts';
import { openWriterClient, type WriterClient } from './writer-client.ts';

export interface EmbeddedSettings extends StoreSettings {
  /** The folder of the database; made when it is missing. One server at a time uses it. */
  readonly dataDir: string;
  /** How searches choose their way; the usual one if absent. */
  readonly effort?: Effort;
}

/**
 * Opens the store, making its database when there is none. Throws an Error with a sentence for the operator: the folder can't be written to,
 * another server uses it, or a newer Fascicolo made the database.
 */
export async function openEmbedded({ dataDir, now = Date.now, effort = usualEffort }: EmbeddedSettings): Promise<Store> {
  prepareFolder(dataDir);
  const lock = takeLock(dataDir);
  try {
    prepareDatabase(dataDir);
    const writer = await openWriterClient({ dataDir });
    const reader = openReader(databaseFile(dataDir));
    const statements = new Statements(reader);
    const versions = new Versions(statements, new Names(statements));
    return new EmbeddedStore({ versions, search: new Search(versions, effort), writer, now, reader, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Parts {
  readonly versions: Versions;
  readonly search: Search;
  readonly writer: WriterClient;
  readonly now: () => number;
  readonly reader: Database;
  readonly lock: Lock;
}

class EmbeddedStore implements Store {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async transact(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    const applied = await this.#parts.writer.transact(writes, this.#parts.now());
    return writes.flatMap((write, index) => {
      const result = applied[index];
      return result === undefined ? [] : [resultOf(write, result)];
    });
  }

  async read(key: ResourceKey, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    return this.#visible(this.#parts.versions.row(key), allowed);
  }

  async readVersion(key: ResourceKey, versionId: string, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    return this.#visible(this.#parts.versions.rowOf(key, versionId), allowed);
  }

  async readMany(
    keys: readonly ResourceKey[],
    allowed: Authorized<Criterion>,
    charactersMax?: number,
  ): Promise<readonly StoredVersion[]> {
    const { versions } = this.#parts;
    const load = (key: ResourceKey) => {
      const row = versions.row(key);
      return row?.deleted === 0 ? this.#visible(row, allowed) : undefined;
    };
    return versions.statements.snapshot(() => loadSome(keys, charactersMax, load).versions);
  }

  async history(scope: HistoryScope, allowed: Authorized<Criterion>, page: PageRequest): Promise<Page<StoredVersion>> {
    return readHistory(this.#parts.versions, scope, allowed, page);
  }

  async search(query: StoreQuery): Promise<Page<StoredVersion>> {
    return this.#parts.search.search(query);
  }

  async explain(query: StoreQuery): Promise<readonly PlanStep[]> {
    return this.#parts.search.explain(query);
  }

  async distinct(query: DistinctQuery): Promise<readonly DistinctValue[]> {
    return this.#parts.search.distinct(query);
  }

  async reindex(versions: readonly Reindexing[]): Promise<void> {
    await this.#parts.writer.reindex(versions);
  }

  async readNote(name: string): Promise<string | undefined> {
    return readNote(this.#parts.versions.statements, name);
  }

  writeNote(name: string, text: string, expected: string | undefined): Promise<boolean> {
    return this.#parts.writer.writeNote({ name, text, expected });
  }

  /** The writer takes requests in the order they are sent, so an empty one comes back behind all that were stamped before it. */
  async settled(): Promise<number> {
    const time = this.#parts.now();
    await this.#parts.writer.transact([], time);
    return time;
  }

  async close(): Promise<void> {
    const { writer, reader, lock } = this.#parts;
    await writer.drain();
    reader.close();
    await writer.close();
    lock.release();
  }

  #visible(row: FullRow | undefined, allowed: Criterion): StoredVersion | undefined {
    if (row === undefined) return undefined;
    const { versions } = this.#parts;
    const inside =
      allowed.kind === 'all' ||
      versions.statements.snapshot(() => isVisible(versions.candidate(row), versions.lastUndeleted(row), allowed, versions));
    return inside ? storedVersion(row) : undefined;
  }
}

function resultOf(write: Write, applied: Applied): WriteResult {
  const { versionId, lastUpdated, deleted } = applied;
  return {
    ...applied,
    key: write.key,
    text: deleted || write.text === undefined ? '' : stamp(write.text, versionId, lastUpdated),
  };
}
