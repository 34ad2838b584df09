/** A criterion as a condition on one row of `resource`. */
import type { Criterion, Test } from '../../search/criterion.ts';
import type { Shape } from '../../search/index-entry.ts';
import { shapes } from './index-rows.ts';
import type { Names } from './names.ts';
import { rangeCondition } from './ranges.ts';
import { isOneOf, type RowTest, rowCondition } from './row-tests.ts';
import { allOf, anyOf, joinSql, no, notOf, raw, type Sql, sql, targetsType, yes } from './sql.ts';

/** A row of `resource` whose type is known. */
export interface Scope {
  readonly type: string;
  readonly alias: string;
  /** The row's number, from whichever table is read first: what depends on it alone is then asked before the row itself is looked up. */
  readonly rid: string;
  /** How many subqueries stand around: gives inner tables their own names. */
  readonly depth: number;
}

export const outermost = (type: string, rid = 'r.rid'): Scope => ({ type, alias: 'r', rid, depth: 0 });

/** That the current, undeleted resource of the scope meets the criterion. */
export function predicate(criterion: Criterion, scope: Scope, names: Names): Sql {
  const { type, alias } = scope;
  switch (criterion.kind) {
    case 'all':
      return yes;
    case 'none':
      return no;
    case 'and':
      return allOf(criterion.of.map((part) => predicate(part, scope, names)));
    case 'or':
      return anyOf([
        ...groupTests(criterion.of).map(({ parameter, tests }) => hasCondition(parameter, tests, scope, names)),
        ...criterion.of.flatMap((part) => (isRowTest(part) ? [] : [predicate(part, scope, names)])),
      ]);
    case 'not':
      return notOf(predicate(criterion.of, scope, names));
    case 'type':
      return criterion.types.includes(type) ? yes : no;
    case 'id':
      return isOneOf(raw(`${alias}.id`), criterion.ids);
    case 'last-updated':
      return rangeCondition(criterion, raw(`${alias}.lu`), raw(`${alias}.lu`));
    case 'compartment':
      return sql`EXISTS (SELECT 1 FROM compartment WHERE member = ${criterion.member} AND type = ${type} AND seq = ${raw(alias)}.seq)`;
    case 'has':
      return has(criterion, scope, names);
    case 'chain':
      return chain(criterion, scope, names);
    case 'reverse-chain':
      return reverseChain(criterion, scope, names);
  }
}

type RowCriterion = Criterion & { readonly kind: 'has'; readonly test: RowTest };

/** Tests of one parameter and shape. */
export interface TestGroup {
  readonly parameter: string;
  readonly shape: Shape;
  readonly tests: RowTest[];
}

/** The alternatives that test single rows, by parameter and shape: a long list of values is asked at once. */
export function groupTests(alternatives: readonly Criterion[]): readonly TestGroup[] {
  const groups = new Map<string, TestGroup>();
  for (const { parameter, test } of alternatives.filter(isRowTest)) {
    const group = groups.get(`${test.shape} ${parameter}`);
    if (group === undefined) groups.set(`${test.shape} ${parameter}`, { parameter, shape: test.shape, tests: [test] });
    else group.tests.push(test);
  }
  return [...groups.values()];
}

export function isRowTest(criterion: Criterion): criterion is RowCriterion {
  return criterion.kind === 'has' && criterion.test !== undefined && criterion.test.shape !== 'tuple';
}

function has({ parameter, test }: Criterion & { readonly kind: 'has' }, scope: Scope, names: Names): Sql {
  if (test === undefined) return anyOf(shapes.map((shape) => someRow(parameter, shape, yes, scope, names)));
  if (test.shape !== 'tuple') return hasCondition(parameter, [test], scope, names);
  const [first, ...others] = test.parts.map((part, index) => ({
    part,
    p: names.parameter(scope.type, `${parameter}$${index + 1}`, part.shape),
  }));
  if (first === undefined) return no;
  const alias = `x${scope.depth}`;
  const rest = others.map(({ part, p }) => sameElement(part, p, alias, names));
  const inside = withinSphere(parameter, test, { type: scope.type, alias }, names);
  const whole = allOf([rowCondition([first.part], alias, names), ...rest, inside]);
  return someRow(`${parameter}$1`, first.part.shape, whole, scope, names);
}

export type TupleTest = Test & { readonly shape: 'tuple' };

/** That the element of a component's row, a point in space, lies in the test's sphere. */
export function withinSphere(
  parameter: string,
  { parts, within }: TupleTest,
  { type, alias }: Pick<Scope, 'type' | 'alias'>,
  names: Names,
): Sql {
  if (within === undefined) return yes;
  const axes = parts.map((_, index) => names.parameter(type, `${parameter}$${index + 1}`, 'range'));
  if (axes.includes(undefined)) return no;
  const element = raw(alias);
  const rows = axes.map((_, axis) => raw(`ix_range c${axis}`));
  const same = axes.map((p, axis) => {
    const row = raw(`c${axis}`);
    return sql`${row}.rid = ${element}.rid AND ${row}.n = ${element}.n AND ${row}.p = ${p ?? 0}`;
  });
  const squares = axes.map((_, axis) => {
    const difference = sql`(${raw(`c${axis}.low`)} - ${within.center[axis] ?? 0})`;
    return sql`${difference} * ${difference}`;
  });
  return sql`EXISTS (SELECT 1 FROM ${joinSql(rows, ' CROSS JOIN ')} WHERE ${allOf(same)} AND ${joinSql(squares, ' + ')} <= ${within.radius * within.radius})`;
}

/** That another component's row of the same element passes. */
export function sameElement(part: RowTest, p: number | undefined, alias: string, names: Names): Sql {
  const tested = rowCondition([part], 'y', names);
  if (p === undefined || tested === no) return no;
  const element = sql`y.rid = ${raw(alias)}.rid AND y.p = ${p} AND y.n = ${raw(alias)}.n`;
  return sql`EXISTS (SELECT 1 FROM ${raw(`ix_${part.shape}`)} y WHERE ${element} AND ${tested})`;
}

function hasCondition(parameter: string, tests: readonly RowTest[], scope: Scope, names: Names): Sql {
  const shape = tests[0]?.shape;
  return shape === undefined ? no : someRow(parameter, shape, rowCondition(tests, `x${scope.depth}`, names), scope, names);
}

function someRow(parameter: string, shape: Shape, condition: Sql, { type, rid, depth }: Scope, names: Names): Sql {
  const p = names.parameter(type, parameter, shape);
  if (p === undefined || condition === no) return no;
  const x = raw(`x${depth}`);
  return sql`EXISTS (SELECT 1 FROM ${raw(`ix_${shape}`)} ${x} WHERE ${x}.rid = ${raw(rid)} AND ${x}.p = ${p} AND ${condition})`;
}

function chain(criterion: Criterion & { readonly kind: 'chain' }, scope: Scope, names: Names): Sql {
  const p = names.parameter(scope.type, criterion.parameter, 'reference');
  if (p === undefined) return no;
  return anyOf(names.referredTo(p, criterion.types).map((target) => chainTo(target, p, criterion.target, scope, names)));
}

function chainTo(target: string, p: number, criterion: Criterion, scope: Scope, names: Names): Sql {
  const inner = within(target, scope);
  const met = predicate(criterion, inner, names);
  if (met === no) return no;
  const x = raw(`x${scope.depth}`);
  const t = raw(inner.alias);
  return sql`EXISTS (SELECT 1 FROM ix_reference ${x} CROSS JOIN resource ${t}
    ON ${t}.type = ${target} AND ${t}.id = substr(${x}.target, ${target.length + 2})
    WHERE ${x}.rid = ${raw(scope.rid)} AND ${x}.p = ${p} AND ${targetsType(sql`${x}.target`, target)} AND ${t}.deleted = 0 AND ${met})`;
}

function reverseChain(criterion: Criterion & { readonly kind: 'reverse-chain' }, scope: Scope, names: Names): Sql {
  const p = names.parameter(criterion.type, criterion.parameter, 'reference');
  const inner = within(criterion.type, scope);
  const met = predicate(criterion.source, inner, names);
  if (p === undefined || met === no) return no;
  const x = raw(`x${scope.depth}`);
  const t = raw(inner.alias);
  return sql`EXISTS (SELECT 1 FROM ix_reference ${x} CROSS JOIN resource ${t} ON ${t}.rid = ${x}.rid
    WHERE ${x}.p = ${p} AND ${x}.target = ${`${scope.type}/`} || ${raw(scope.alias)}.id AND ${met})`;
}

function within(type: string, { depth }: Scope): Scope {
  const alias = `t${depth}`;
  return { type, alias, rid: `${alias}.rid`, depth: depth + 1 };
}
