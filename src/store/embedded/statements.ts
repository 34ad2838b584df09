/** Prepared statements of one connection, kept by their text. */
import type { Database, Statement } from 'better-sqlite3';
import type { Sql } from './sql.ts';

/** Statements of one generation: when there are more, those not used since the last change of generation go. */
const generationMax = 300;

export class Statements {
  readonly #database: Database;
  #young = new Map<string, Statement>();
  #old = new Map<string, Statement>();

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
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const statement = this.#old.get(text) ?? this.#database.prepare(text);
    if (this.#young.size >= generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, statement);
    return statement;
  }
}
