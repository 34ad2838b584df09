/** The store on MongoDB: a replica set or a sharded cluster, one or several servers over it. Design: src/decisions/0004-mongodb-adapter.md */
import type { ResourceKey } from '../../fhir/types.ts';
import type { Authorized, Criterion } from '../../search/criterion.ts';
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
import { type Database, openDatabase } from './database.ts';
import { distinct } from './distinct.ts';
import { answering } from './errors.ts';
import { explain } from './explain.ts';
import { history } from './history.ts';
import { readNote, writeNote } from './notes.ts';
import { read, readMany, readVersion } from './read.ts';
import { reindex } from './reindex.ts';
import { search } from './search.ts';
import { transact } from './transact.ts';

/**
 * Opens the store in the database that the connection string names. Throws an Error with a sentence when the server can't be reached,
 * refuses the user, or can't do transactions.
 */
export async function openMongoStore(uri: string, settings: StoreSettings = {}): Promise<Store> {
  return new MongoStore(await openDatabase(uri, settings.now ?? Date.now));
}

/**
 * From a version's time stamp to its commit: a transaction lives a minute (transactionLifetimeLimitSeconds), its commit may be asked for ten
 * seconds, and the clocks of two servers may differ by a few.
 */
const commitMsMax = 75_000;

class MongoStore implements Store {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transact(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    return answering(() => transact(this.#database, writes));
  }

  read(key: ResourceKey, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    return answering(() => read(this.#database, key, allowed));
  }

  readVersion(key: ResourceKey, versionId: string, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    return answering(() => readVersion(this.#database, key, versionId, allowed));
  }

  readMany(
    keys: readonly ResourceKey[],
    allowed: Authorized<Criterion>,
    charactersMax?: number,
  ): Promise<readonly StoredVersion[]> {
    return answering(() => readMany(this.#database, keys, allowed, charactersMax));
  }

  history(scope: HistoryScope, allowed: Authorized<Criterion>, page: PageRequest): Promise<Page<StoredVersion>> {
    return answering(() => history(this.#database, scope, allowed, page));
  }

  search(query: StoreQuery): Promise<Page<StoredVersion>> {
    return answering(() => search(this.#database, query));
  }

  explain(query: StoreQuery): Promise<readonly PlanStep[]> {
    return answering(() => explain(this.#database, query));
  }

  distinct(query: DistinctQuery): Promise<readonly DistinctValue[]> {
    return answering(() => distinct(this.#database, query));
  }

  reindex(versions: readonly Reindexing[]): Promise<void> {
    return answering(() => reindex(this.#database, versions));
  }

  readNote(name: string): Promise<string | undefined> {
    return answering(() => readNote(this.#database.db, name));
  }

  writeNote(name: string, text: string, expected: string | undefined): Promise<boolean> {
    return answering(() => writeNote(this.#database.db, name, text, expected));
  }

  async settled(): Promise<number> {
    return this.#database.now() - commitMsMax;
  }

  close(): Promise<void> {
    return this.#database.client.close();
  }
}
