/** Prepared statements of one connection, kept by their text. */
import type { Database, Statement } from 'better-sqlite3';
import type { Sql } from './sql.ts';

/** Statements kept per connection; the least recently used go first. */
const keptMax = 400;

export class Statements {
  readonly #database: Database;
  readonly #kept = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** All rows; `Row` is what the statement selects. */
  all<Row>(query: Sql): Row[] {
    return this.#prepare(query.text).all(...query.values) as Row[]; // The caller wrote the columns and their types.
  }

  get<Row>(query: Sql): Row | undefined {
    return this.#prepare(query.text).get(...query.values) as Row | undefined; // As above.
  }

  run(query: Sql): { readonly changes: number; readonly lastInsertRowid: number | bigint } {
    return this.#prepare(query.text).run(...query.values);
  }

  /** Runs reads that must see one state of the database. */
  snapshot<T>(read: () => T): T {
    if (this.#database.inTransaction) return read();
    this.#prepare('BEGIN').run();
    try {
      return read();
    } finally {
      this.#prepare('COMMIT').run();
    }
  }

  #prepare(text: string): Statement {
    const kept = this.#kept.get(text);
    const statement = kept ?? this.#database.prepare(text);
    this.#kept.delete(text);
    this.#kept.set(text, statement);
    if (this.#kept.size > keptMax) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return statement;
  }
}
