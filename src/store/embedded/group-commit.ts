/** Commits what many requests ask in one transaction of the database, so that they share one write to the disk. */
import type { Database } from 'better-sqlite3';
import { FhirError } from '../../fhir/outcome.ts';
import { expectationFailure } from '../expectation.ts';
import type { Write } from '../store.ts';
import { type Applied, applyWrite } from './apply-write.ts';
import { checkIntegrity } from './check-integrity.ts';
import { messageOf } from './connection.ts';
import type { Answer, Work } from './messages.ts';
import { Names } from './names.ts';
import { writeNote } from './notes.ts';
import { reindex } from './reindex.ts';
import { Search } from './search.ts';
import { SqliteDatabase } from './sqlite.ts';
import { Statements } from './statements.ts';
import { Versions } from './versions.ts';

export class GroupCommit {
  readonly #database: Database;
  readonly #versions: Versions;
  readonly #search: Search;
  /** Time never goes back from one version to the next, whatever the clock does. */
  #lastUpdated: number;

  constructor(database: Database) {
    this.#database = database;
    const statements = new Statements(database);
    this.#versions = new Versions(statements, new Names(statements));
    this.#search = new Search(this.#versions);
    const { lu } = database.prepare('SELECT max(lu) AS lu FROM version').get() as { lu: number | null };
    this.#lastUpdated = lu ?? 0;
  }

  /** Durable when it returns. Each request stands or falls alone; when the database itself fails, all of them fail. */
  commit(requests: readonly Work[]): readonly Answer[] {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = requests.map((work) => this.#savepoint(work));
      this.#database.exec('COMMIT');
      return answers;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      this.#versions.names.forget();
      const answer = failure(error);
      return requests.map(() => answer);
    }
  }

  #savepoint(work: Work): Answer {
    this.#database.exec('SAVEPOINT request');
    try {
      const answer = this.#carryOut(work);
      this.#database.exec('RELEASE request');
      return answer;
    } catch (error) {
      // Some failures of the disk end the whole transaction: then nobody's writes are there any more.
      if (!this.#database.inTransaction) throw error;
      this.#database.exec('ROLLBACK TO request; RELEASE request');
      this.#versions.names.forget();
      return failure(error);
    }
  }

  #carryOut(work: Work): Answer {
    if ('note' in work) return { kind: 'committed', applied: [], noted: writeNote(this.#versions.statements, work.note) };
    if ('reindex' in work) {
      for (const version of work.reindex) reindex(this.#versions, version);
      return { kind: 'committed', applied: [] };
    }
    this.#lastUpdated = Math.max(work.now, this.#lastUpdated);
    const lastUpdated = this.#lastUpdated;
    const apply = (write: Write, index: number): Applied => applyWrite(this.#versions, this.#search, write, index, lastUpdated);
    const applied = work.writes.map(apply);
    checkIntegrity(this.#versions.statements, work.writes);
    return { kind: 'committed', applied };
  }
}

function failure(error: unknown): Answer {
  const expectation = expectationFailure(error);
  if (expectation !== undefined) return { kind: 'expectation', failure: expectation };
  if (error instanceof FhirError) return { kind: 'refused', status: error.status, issues: error.issues };
  if (error instanceof SqliteDatabase.SqliteError && /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|NOMEM)/.test(error.code)) {
    return { kind: 'unavailable', code: error.code, message: error.message };
  }
  return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };
}
