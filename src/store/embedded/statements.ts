/** Prepared statements of one connection, kept by their text. */
import type { Database, Statement } from 'better-sqlite3';
import { tooCostly } from '../../fhir/outcome.ts';
import { type Sql, sql } from './sql.ts';

/** Statements of one generation: when there are more, those not used since the last change of generation go. */
const generationMax = 300;

/** More values of one statement SQLite does not take: https://www.sqlite.org/limits.html#max_variable_number */
const valuesMax = 32_766;

export class Statements {
  readonly #database: Database;
  #young = new Map<string, Statement>();
  #old = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** All rows; `Row` is what the statement selects. */
  all<Row>(query: Sql): Row[] {
    return this.#prepare(query).all(...query.values) as Row[]; // The caller wrote the columns and their types.
  }

  get<Row>(query: Sql): Row | undefined {
    return this.#prepare(query).get(...query.values) as Row | undefined; // As above.
  }

  run(query: Sql): { readonly changes: number; readonly lastInsertRowid: number | bigint } {
    return this.#prepare(query).run(...query.values);
  }

  /** Runs reads that must see one state of the database. */
  snapshot<T>(read: () => T): T {
    if (this.#database.inTransaction) return read();
    this.#prepare(sql`BEGIN`).run();
    try {
      return read();
    } finally {
      this.#prepare(sql`COMMIT`).run();
    }
  }

  /** @throws FhirError too-costly when a search comes to more values than SQLite takes. */
  #prepare({ text, values }: Sql): Statement {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    if (values.length > valuesMax)
      throw tooCostly('The search comes to too many conditions: name the types in its chains, or ask for fewer values.');
    const statement = this.#old.get(text) ?? this.#database.prepare(text);
    if (this.#young.size >= generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, statement);
    return statement;
  }
}
