/** Tests of single index rows: as a condition on a row, and as the rows that pass. */
import type { Test } from '../../search/criterion.ts';
import type { Names } from './names.ts';
import { type RangeTest, rangeCondition, rangeSource } from './ranges.ts';
import { allOf, anyOf, joinSql, no, raw, type Sql, type SqlValue, sql, unionAll, yes } from './sql.ts';
import type { Statements } from './statements.ts';
import { valuesContaining } from './trigrams.ts';

/** A test of one row; a tuple is several of them. */
export type RowTest = Exclude<Test, { readonly shape: 'tuple' }>;

type TokenTest = Test & { readonly shape: 'token' };
type StringTest = Test & { readonly shape: 'string' };
type UriTest = Test & { readonly shape: 'uri' };

/** That the row with this alias, of the tests' shape, passes one of them. */
export function rowCondition(tests: readonly RowTest[], alias: string, names: Names): Sql {
  return anyOf(tests.map((test) => condition(test, (column) => raw(`${alias}.${column}`), names)));
}

/**
 * The rows of parameter `p` that pass one of the tests, as `SELECT rid, n`, found by an index; a row may come more than once.
 * The tests share a shape. Undefined when no index bounds the rows.
 */
export function rowSource(p: number, tests: readonly RowTest[], names: Names, statements: Statements): Sql | undefined {
  const sources = [
    ...tokenSources(p, tests.filter(isToken), names),
    ...stringSources(p, tests.filter(isString)),
    ...tests.filter(isRange).map((test) => rangeSourceOf(p, [test], names, statements)),
    ...oneOf(sql`SELECT x.rid, x.n FROM ix_reference x WHERE x.p = ${p} AND x.target`, tests.flatMap(targetOf)),
    ...uriSources(p, tests.filter(isUri)),
  ];
  const known = sources.filter((source) => source !== undefined);
  if (known.length < sources.length) return undefined;
  return known.length === 0 ? sql`SELECT 0 AS rid, 0 AS n WHERE 0` : unionAll(known);
}

/** As `rowSource`, of the rows that may pass all the tests, which share a unit. */
export function rangeSourceOf(p: number, tests: readonly RangeTest[], names: Names, statements: Statements): Sql | undefined {
  const term = names.term(tests[0]?.unit ?? '');
  return rangeSource(p, term ?? 0, tests, term === undefined ? [] : widthClasses(p, term, statements));
}

function condition(test: RowTest, column: (name: string) => Sql, names: Names): Sql {
  switch (test.shape) {
    case 'token': {
      const code = test.code === undefined ? yes : sql`${column('code')} = ${test.code}`;
      return allOf([code, test.system === undefined ? yes : equalTerm(column, test.system, names)]);
    }
    case 'string':
      return stringCondition(test, column);
    case 'range':
      return allOf([equalTerm(column, test.unit, names), rangeCondition(test, column('low'), column('high'))]);
    case 'reference':
      return sql`${column('target')} = ${test.target}`;
    case 'uri':
      return uriCondition(test, column('value'));
  }
}

function equalTerm(column: (name: string) => Sql, text: string, names: Names): Sql {
  const term = names.term(text);
  return term === undefined ? no : sql`${column('term')} = ${term}`;
}

function stringCondition({ match, value }: StringTest, column: (name: string) => Sql): Sql {
  if (match === 'exact') return sql`${column('exact')} = ${value}`;
  return match === 'prefix' ? startsWith(column('value'), value) : sql`instr(${column('value')}, ${value}) > 0`;
}

function uriCondition({ match, value }: UriTest, column: Sql): Sql {
  if (match === 'exact') return sql`${column} = ${value}`;
  if (match === 'above') return isOneOf(column, pathsAbove(value));
  return anyOf([sql`${column} = ${value}`, startsWith(column, value.endsWith('/') ? value : `${value}/`)]);
}

function tokenSources(p: number, tests: readonly TokenTest[], names: Names): readonly Sql[] {
  const from = sql`SELECT x.rid, x.n FROM ix_token x WHERE x.p = ${p}`;
  const codes = tests.flatMap(({ code, system }) => (code !== undefined && system === undefined ? [code] : []));
  const systems = tests.flatMap(({ code, system }) =>
    code === undefined && system !== undefined ? (names.term(system) ?? []) : [],
  );
  const both = tests.flatMap(({ code, system }) => {
    const term = system === undefined ? undefined : names.term(system);
    return code === undefined || term === undefined ? [] : [sql`(${code}, ${term})`];
  });
  return [
    ...oneOf(sql`${from} AND x.code`, codes),
    ...(both.length === 0 ? [] : [sql`${from} AND (x.code, x.term) IN (VALUES ${joinSql(both, ', ')})`]),
    ...oneOf(sql`${from} AND x.term`, systems),
    ...(tests.some(({ code, system }) => code === undefined && system === undefined) ? [from] : []),
  ];
}

function stringSources(p: number, tests: readonly StringTest[]): readonly Sql[] {
  const exact = tests.flatMap(({ match, value }) => (match === 'exact' ? [value] : []));
  return [
    ...oneOf(sql`SELECT x.rid, x.n FROM ix_string x INDEXED BY ix_string_exact WHERE x.p = ${p} AND x.exact`, exact),
    ...tests.flatMap(({ match, value }) => {
      if (match === 'exact') return [];
      if (match === 'prefix')
        return [sql`SELECT x.rid, x.n FROM ix_string x WHERE x.p = ${p} AND ${startsWith(raw('x.value'), value)}`];
      return [
        sql`SELECT x.rid, x.n FROM (${valuesContaining(p, value)}) c CROSS JOIN ix_string x ON x.p = ${p} AND x.value = c.value`,
      ];
    }),
  ];
}

function uriSources(p: number, tests: readonly UriTest[]): readonly Sql[] {
  const from = sql`SELECT x.rid, x.n FROM ix_uri x WHERE x.p = ${p}`;
  const values = tests.flatMap(({ match, value }) => (match === 'above' ? pathsAbove(value) : [value]));
  const beneath = tests.flatMap(({ match, value }) => (match === 'below' ? [value.endsWith('/') ? value : `${value}/`] : []));
  return [
    ...oneOf(sql`${from} AND x.value`, values),
    ...beneath.map((prefix) => sql`${from} AND ${startsWith(raw('x.value'), prefix)}`),
  ];
}

function widthClasses(p: number, term: number, statements: Statements): readonly number[] {
  const classes: number[] = [];
  let last = -1;
  for (;;) {
    const row = statements.get<{ width: number | null }>(
      sql`SELECT min(width) AS width FROM ix_range WHERE p = ${p} AND term = ${term} AND width > ${last}`,
    );
    if (row === undefined || row.width === null) return classes;
    last = row.width;
    classes.push(last);
  }
}

/** A range of the index, by code points as SQLite compares text. */
function startsWith(column: Sql, prefix: string): Sql {
  if (prefix === '') return yes;
  const end = successor(prefix);
  return end === undefined ? sql`${column} >= ${prefix}` : sql`(${column} >= ${prefix} AND ${column} < ${end})`;
}

/** The first text behind all that start with the prefix; undefined when there is none. */
function successor(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    // Surrogates are no code points of their own.
    return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

/** The values that a uri extends by whole path segments, and itself: `extendsPath` of `search/match.ts` seen from the other side. */
function pathsAbove(value: string): readonly string[] {
  const slashes = Array.from({ length: value.length }, (_, at) => value.charAt(at)).flatMap((character, at) =>
    character === '/' ? [at] : [],
  );
  return [...new Set([...slashes.flatMap((at) => [value.slice(0, at), value.slice(0, at + 1)]), value])];
}

function oneOf(before: Sql, values: readonly SqlValue[]): readonly Sql[] {
  return values.length === 0 ? [] : [isOneOf(before, values)];
}

export function isOneOf(column: Sql, values: readonly SqlValue[]): Sql {
  if (values.length === 0) return no;
  const [only] = values;
  if (values.length === 1 && only !== undefined) return sql`${column} = ${only}`;
  return sql`${column} IN (${joinSql(
    values.map((value) => sql`${value}`),
    ', ',
  )})`;
}

function targetOf(test: RowTest): readonly string[] {
  return test.shape === 'reference' ? [test.target] : [];
}

const isToken = (test: RowTest): test is TokenTest => test.shape === 'token';
const isString = (test: RowTest): test is StringTest => test.shape === 'string';
const isRange = (test: RowTest): test is RangeTest => test.shape === 'range';
const isUri = (test: RowTest): test is UriTest => test.shape === 'uri';
