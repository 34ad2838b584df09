/** The values in the index of a parameter, without reading every row. */
import { type Sql, sql } from './sql.ts';
import type { Statements } from './statements.ts';

export interface DistinctRows {
  /** The parameter's number. */
  readonly p: number;
  readonly shape: 'token' | 'uri';
  readonly count: number;
  /** `FROM … WHERE …` of the resources `r` looked at; absent: all of the parameter's type. */
  readonly among: Sql | undefined;
}

/** A value and the number of its system (0: none, and for a uri). */
export type DistinctRow = readonly [value: string, term: number];

export function distinctRows(statements: Statements, { p, shape, count, among }: DistinctRows): readonly DistinctRow[] {
  if (among !== undefined) {
    const rows = sql`SELECT DISTINCT ${columnsOf[shape]} FROM ${tables[shape]} x
      WHERE x.p = ${p} AND x.rid IN (SELECT r.rid FROM ${among}) LIMIT ${count}`;
    return statements.all<ValueRow>(rows).map(({ value, term }) => [value, term]);
  }
  const found: DistinctRow[] = [];
  for (
    let row = nextRow(statements, p, shape);
    row !== undefined && found.length < count;
    row = nextRow(statements, p, shape, row)
  ) {
    found.push([row.value, row.term]);
  }
  return found;
}

interface ValueRow {
  readonly value: string;
  readonly term: number;
}

const tables = { token: sql`ix_token`, uri: sql`ix_uri` };
const columnsOf = { token: sql`x.code AS value, x.term AS term`, uri: sql`x.value AS value, 0 AS term` };

/** The index is in the order of the values, so each next one is a step down the tree, however often the last one comes. */
function nextRow(statements: Statements, p: number, shape: 'token' | 'uri', last?: ValueRow): ValueRow | undefined {
  if (shape === 'token') {
    const behind = last === undefined ? sql`` : sql`AND (x.code, x.term) > (${last.value}, ${last.term})`;
    return statements.get<ValueRow>(
      sql`SELECT ${columnsOf.token} FROM ix_token x WHERE x.p = ${p} ${behind} ORDER BY x.code, x.term LIMIT 1`,
    );
  }
  const behind = last === undefined ? sql`` : sql`AND x.value > ${last.value}`;
  return statements.get<ValueRow>(sql`SELECT ${columnsOf.uri} FROM ix_uri x WHERE x.p = ${p} ${behind} ORDER BY x.value LIMIT 1`);
}
