/** Numbers for what repeats in every index row: search parameters of a type, systems and units. */
import type { Shape } from '../../search/index-entry.ts';
import { raw, type Sql, sql, targetsType } from './sql.ts';
import type { Statements } from './statements.ts';

/** So many types are not worth a look each. */
const fewTypes = 4;

export class Names {
  readonly #statements: Statements;
  readonly #parameters = new Map<string, number>();
  readonly #terms = new Map<string, number>([['', 0]]);
  readonly #codes = new Map<number, string>();
  readonly #texts = new Map<number, string>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Undefined when no resource was ever indexed by it. */
  parameter(type: string, code: string, shape: Shape): number | undefined {
    const name = `${type} ${shape} ${code}`;
    const known = this.#parameters.get(name);
    if (known !== undefined) return known;
    const row = this.#statements.get<{ p: number }>(
      sql`SELECT p FROM parameter WHERE type = ${type} AND code = ${code} AND shape = ${shape}`,
    );
    if (row !== undefined) this.#parameters.set(name, row.p);
    return row?.p;
  }

  /**
   * Those of the types that a resource leads to by parameter `p`, a reference. A chain of no type may lead to all of R4's, and a condition for
   * each would be more than SQLite takes.
   */
  referredTo(p: number, types: readonly string[]): readonly string[] {
    if (types.length <= fewTypes) return types;
    return types.filter((type) =>
      this.#statements.get(sql`SELECT 1 FROM ix_reference x WHERE x.p = ${p} AND ${targetsType(raw('x.target'), type)}`),
    );
  }

  term(text: string): number | undefined {
    const known = this.#terms.get(text);
    if (known !== undefined) return known;
    const row = this.#statements.get<{ id: number }>(sql`SELECT id FROM term WHERE text = ${text}`);
    if (row !== undefined) this.#terms.set(text, row.id);
    return row?.id;
  }

  /** As `parameter`, numbering it when it is new: for the writer. */
  internParameter(type: string, code: string, shape: Shape): number {
    const known = this.parameter(type, code, shape);
    if (known !== undefined) return known;
    this.#statements.run(sql`INSERT INTO parameter(type, code, shape) VALUES (${type}, ${code}, ${shape})`);
    return this.internParameter(type, code, shape);
  }

  /** As `term`, numbering it when it is new: for the writer. */
  internTerm(text: string): number {
    const known = this.term(text);
    if (known !== undefined) return known;
    this.#statements.run(sql`INSERT INTO term(text) VALUES (${text})`);
    return this.internTerm(text);
  }

  parameterCode(p: number): string {
    return this.#textOf(this.#codes, p, sql`SELECT code AS text FROM parameter WHERE p = ${p}`);
  }

  termText(id: number): string {
    return this.#textOf(this.#texts, id, sql`SELECT text FROM term WHERE id = ${id}`);
  }

  /** Forgets everything, after a rollback that may have undone a numbering. */
  forget(): void {
    this.#parameters.clear();
    this.#terms.clear();
    this.#terms.set('', 0);
    this.#codes.clear();
    this.#texts.clear();
  }

  #textOf(known: Map<number, string>, number: number, query: Sql): string {
    const text = known.get(number) ?? this.#statements.get<{ text: string }>(query)?.text;
    if (text === undefined) throw new Error(`The database names nothing by number ${number}: it is damaged.`);
    known.set(number, text);
    return text;
  }
}
