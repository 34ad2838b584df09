/** Tests of single index rows: as a condition on a row, and as the rows that pass. */
import type { Test } from '../../search/criterion.ts';
import type { Names } from './names.ts';
import { type RangeTest, rangeCondition, rangeSource, sortedWithin } from './ranges.ts';
import { anyOf, joinSql, no, raw, type Sql, type SqlValue, sql, unionAll, yes } from './sql.ts';
import type { Statements } from './statements.ts';
import { valuesContaining } from './trigrams.ts';
import { wordsCondition, wordsSource } from './words.ts';

/** A test of one row; a tuple is several of them. */
export type RowTest = Exclude<Test, { readonly shape: 'tuple' }>;

type TokenTest = Test & { readonly shape: 'token' };
type StringTest = Test & { readonly shape: 'string' };
type UriTest = Test & { readonly shape: 'uri' };

/** That the row with this alias, of the tests' shape, passes one of them. The row is at hand: no index is looked into for the values. */
export function rowCondition(tests: readonly RowTest[], alias: string, names: Names): Sql {
  const columns: Columns = { one: (name) => raw(`${alias}.${name}`), many: (name) => raw(`+${alias}.${name}`) };
  return anyOf([
    ...alternatives(tests, columns, names),
    ...tests.filter(isRange).map((test) => rangePasses(test, columns, names)),
    wordsCondition(tests.filter(isWords), columns.one('words')),
  ]);
}

/**
 * The rows of parameter `p` that pass one of the tests, as `SELECT rid, n`, found by an index; a row may come more than once.
 * The tests share a shape. Undefined when no index bounds the rows.
 */
export function rowSource(p: number, tests: readonly RowTest[], names: Names, statements: Statements): Sql | undefined {
  const shape = tests[0]?.shape;
  if (shape === undefined) return noRows;
  if (shape === 'words') return wordsSource(p, tests.filter(isWords));
  const columns: Columns = { one: (name) => raw(`x.${name}`), many: (name) => raw(`x.${name}`) };
  const exact = tests.flatMap((test) => (isString(test) && test.match === 'exact' ? [test.value] : []));
  const parts = tests.filter(isString).filter(({ match }) => match === 'contains' || match === 'suffix');
  const plain = tests.filter((test) => !isString(test) || test.match === 'prefix' || test.match === 'whole');
  const sources = [
    ...alternatives(plain, columns, names).map(
      (passing) => sql`SELECT x.rid, x.n FROM ${raw(`ix_${shape}`)} x WHERE x.p = ${p} AND ${passing}`,
    ),
    ...oneOf(sql`SELECT x.rid, x.n FROM ix_string x INDEXED BY ix_string_exact WHERE x.p = ${p} AND x.exact`, exact),
    ...parts.map(
      (test) => sql`SELECT x.rid, x.n FROM (${valuesContaining(p, test.value)}) c
        CROSS JOIN ix_string x ON x.p = ${p} AND x.value = c.value WHERE ${partPasses(test, columns)}`,
    ),
    ...tests.filter(isRange).map((test) => rangeSourceOf(p, [test], names, statements)),
  ];
  const known = sources.filter((source) => source !== undefined);
  if (known.length < sources.length) return undefined;
  return known.length === 0 ? noRows : unionAll(known);
}

/** As `rowSource`, of the rows that may pass all the tests, which share a unit. */
export function rangeSourceOf(p: number, tests: readonly RangeTest[], names: Names, statements: Statements): Sql | undefined {
  const term = names.term(tests[0]?.unit ?? '');
  return rangeSource(p, term ?? 0, tests, term === undefined ? [] : widthClasses(p, term, statements));
}

/** As `sortedWithin`, of parameter `p`; the tests are without a unit, as the values that are sorted by. */
export function sortWindow(
  p: number,
  tests: readonly RangeTest[],
  descending: boolean,
  statements: Statements,
): readonly [number, number] {
  return sortedWithin(tests, widthClasses(p, 0, statements), descending);
}

/** No row, in the columns of a source. */
export const noRows = raw('SELECT 0 AS rid, 0 AS n WHERE 0');

/** How a column is written where it is compared with one value, and with a list. */
interface Columns {
  readonly one: (name: string) => Sql;
  readonly many: (name: string) => Sql;
}

/** Conditions of which a row meets one; values asked for in the same way become one list. Ranges are not among them. */
function alternatives(tests: readonly RowTest[], columns: Columns, names: Names): readonly Sql[] {
  const isIn = (name: string, values: readonly SqlValue[]) => oneOf(columns[values.length === 1 ? 'one' : 'many'](name), values);
  const strings = tests.filter(isString);
  const uris = tests.filter(isUri);
  return [
    ...tokenAlternatives(tests.filter(isToken), columns, names),
    ...isIn(
      'exact',
      strings.flatMap(({ match, value }) => (match === 'exact' ? [value] : [])),
    ),
    ...strings.flatMap(({ match, value }) => (match === 'prefix' ? [startsWith(columns.one('value'), value)] : [])),
    ...isIn(
      'value',
      strings.flatMap(({ match, value }) => (match === 'whole' ? [value] : [])),
    ),
    ...strings.flatMap((test) => (test.match === 'contains' || test.match === 'suffix' ? [partPasses(test, columns)] : [])),
    ...isIn(
      'target',
      tests.flatMap((test) => (test.shape === 'reference' ? [test.target] : [])),
    ),
    ...isIn(
      'value',
      uris.flatMap(({ match, value }) => (match === 'above' ? pathsAbove(value) : [value])),
    ),
    ...uris.flatMap(({ match, value }) => {
      return match === 'below' ? [startsWith(columns.one('value'), value.endsWith('/') ? value : `${value}/`)] : [];
    }),
  ];
}

/** That the value contains or ends with the part; SQLite counts characters by code points. */
function partPasses({ match, value }: StringTest, { one }: Columns): Sql {
  if (match === 'contains') return sql`instr(${one('value')}, ${value}) > 0`;
  return value === '' ? yes : sql`substr(${one('value')}, ${-[...value].length}) = ${value}`;
}

function tokenAlternatives(tests: readonly TokenTest[], { one, many }: Columns, names: Names): readonly Sql[] {
  const asked = tests.flatMap(({ code, system }) => {
    const term = system === undefined ? null : names.term(system);
    // A system that no resource names.
    return term === undefined ? [] : [{ code, term }];
  });
  if (asked.some(({ code, term }) => code === undefined && term === null)) return [yes];
  const codes = asked.flatMap(({ code, term }) => (code !== undefined && term === null ? [code] : []));
  const terms = asked.flatMap(({ code, term }) => (code === undefined && term !== null ? [term] : []));
  const both = asked.flatMap(({ code, term }) => (code !== undefined && term !== null ? [sql`(${code}, ${term})`] : []));
  return [
    ...oneOf(codes.length === 1 ? one('code') : many('code'), codes),
    ...oneOf(terms.length === 1 ? one('term') : many('term'), terms),
    ...(both.length === 1 ? [sql`(${one('code')}, ${one('term')}) = ${joinSql(both, '')}`] : []),
    ...(both.length > 1 ? [sql`(${many('code')}, ${many('term')}) IN (VALUES ${joinSql(both, ', ')})`] : []),
  ];
}

function rangePasses(test: RangeTest, { one }: Columns, names: Names): Sql {
  const term = names.term(test.unit);
  return term === undefined ? no : sql`(${one('term')} = ${term} AND ${rangeCondition(test, one('low'), one('high'))})`;
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

const isToken = (test: RowTest): test is TokenTest => test.shape === 'token';
const isString = (test: RowTest): test is StringTest => test.shape === 'string';
const isRange = (test: RowTest): test is RangeTest => test.shape === 'range';
const isWords = (test: RowTest): test is Test & { readonly shape: 'words' } => test.shape === 'words';
const isUri = (test: RowTest): test is UriTest => test.shape === 'uri';
