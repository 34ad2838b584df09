/**
 * Ranges found by an index. A stored range has two ends and an index one order, so that rows are kept apart by width: class k holds those
 * narrower than 2^k, and within a class a bound on one end is a bound on the other. A few classes occur (moments, days, open periods).
 *
 * Rows of a resource with several ranges of one parameter (class + 64) are kept apart too: `date=ge…&date=le…` may be met by two different
 * entries there, while for all others both bounds make one window.
 */
import type { RangeComparison, Test } from '../../search/criterion.ts';
import { severalRanges } from './index-rows.ts';
import { allOf, joinSql, raw, type Sql, sql } from './sql.ts';

export type RangeTest = Test & { readonly shape: 'range' };

/** As `compareRanges` of `search/match.ts`, on two columns. */
export function rangeCondition(
  { comparison, low, high }: Omit<RangeTest, 'shape' | 'unit'>,
  lowColumn: Sql,
  highColumn: Sql,
): Sql {
  switch (comparison) {
    case 'eq':
      return sql`(${lowColumn} >= ${low} AND ${highColumn} <= ${high})`;
    case 'ne':
      return sql`(${lowColumn} < ${low} OR ${highColumn} > ${high})`;
    case 'gt':
      return sql`${highColumn} > ${high}`;
    case 'lt':
      return sql`${lowColumn} < ${low}`;
    case 'ge':
      return sql`(${highColumn} > ${high} OR (${lowColumn} >= ${low} AND ${highColumn} <= ${high}))`;
    case 'le':
      return sql`(${lowColumn} < ${low} OR (${lowColumn} >= ${low} AND ${highColumn} <= ${high}))`;
    case 'sa':
      return sql`${lowColumn} > ${high}`;
    case 'eb':
      return sql`${highColumn} < ${low}`;
    case 'ap':
      return sql`(${lowColumn} <= ${high} AND ${highColumn} >= ${low})`;
    case 'co':
      return sql`(${lowColumn} <= ${low} AND ${highColumn} >= ${high})`;
  }
}

/**
 * The rows of parameter `p` and unit `term` that may meet every one of the tests, as `SELECT rid, n`; exactly those for a single test.
 * `classes` are the width classes that occur. Undefined when no test bounds the rows.
 */
export function rangeSource(p: number, term: number, tests: readonly RangeTest[], classes: readonly number[]): Sql | undefined {
  const [first, ...others] = tests.filter(({ comparison }) => comparison !== 'ne');
  if (first === undefined) return undefined;
  const windows = classes.map((width) => {
    const bounding = width < severalRanges ? [first, ...others] : [first];
    const bounds = bounding.map((test) => window(test, widthOf(width)));
    const from = Math.max(...bounds.map(([low]) => low));
    const to = Math.min(...bounds.map(([, high]) => high));
    return sql`(${width}, ${from}, ${to})`;
  });
  if (windows.length === 0) return sql`SELECT 0 AS rid, 0 AS n WHERE 0`;
  const condition = (test: RangeTest) => rangeCondition(test, raw('x.low'), raw('x.high'));
  const rest = others.length === 0 ? [] : [sql`(x.width >= ${severalRanges} OR ${allOf(others.map(condition))})`];
  return sql`SELECT x.rid, x.n FROM (VALUES ${joinSql(windows, ', ')}) w CROSS JOIN ix_range x
    ON x.p = ${p} AND x.term = ${term} AND x.width = w.column1 AND x.low >= w.column2 AND x.low <= w.column3
    WHERE ${allOf([condition(first), ...rest])}`;
}

/**
 * From where to where the values lie that the resources meeting all the tests are sorted by: their smallest low end, descending their largest.
 * Of a resource with several ranges another one may meet a test, which bounds the value on one side only.
 */
export function sortedWithin(
  tests: readonly RangeTest[],
  classes: readonly number[],
  descending: boolean,
): readonly [number, number] {
  const several = classes.some((width) => width >= severalRanges);
  const bounds = tests.map((test) => {
    const windows = classes.map((width) => window(test, widthOf(width)));
    return [Math.min(...windows.map(([low]) => low)), Math.max(...windows.map(([, high]) => high))] as const;
  });
  const from = several && !descending ? -Number.MAX_VALUE : Math.max(-Number.MAX_VALUE, ...bounds.map(([low]) => low));
  const to = several && descending ? Number.MAX_VALUE : Math.min(Number.MAX_VALUE, ...bounds.map(([, high]) => high));
  return [from, to];
}

/** An upper bound of the widths in a class; a little wide, because differences of large numbers are rounded. */
function widthOf(width: number): number {
  const size = width % severalRanges;
  if (size === 0) return 0;
  return size === severalRanges - 1 ? Number.MAX_VALUE : 2 ** size * 1.001;
}

/** Between which low ends a range of at most this width must lie to meet the test. */
function window({ comparison, low, high }: RangeTest, width: number): readonly [number, number] {
  const infinity = Number.MAX_VALUE;
  const bounds: Readonly<Record<Exclude<RangeComparison, 'ne'>, readonly [number, number]>> = {
    eq: [low, high],
    gt: [high - width, infinity],
    lt: [-infinity, low],
    ge: [low - width, infinity],
    le: [-infinity, high],
    sa: [high, infinity],
    eb: [-infinity, low],
    ap: [low - width, high],
    co: [high - width, low],
  };
  const [from, to] = comparison === 'ne' ? [-infinity, infinity] : bounds[comparison];
  return [Math.max(from, -infinity), to];
}
