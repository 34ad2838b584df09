/** What a plan works on: the parts of a conjunction, among them one that only paging asks for. */
import type { Criterion, SortKey } from '../../search/criterion.ts';
import type { SortValue } from '../../search/order.ts';
import type { Names } from './names.ts';
import { outermost, predicate } from './predicate.ts';
import { allOf, raw, type Sql, sql } from './sql.ts';

/** The resource's place by this key is the value, null: it has none. What resources of one page border share. */
export interface SortedAs {
  readonly kind: 'sorted-as';
  readonly key: SortKey;
  readonly value: SortValue;
}

export type Conjunct = Criterion | SortedAs;

export function conjunctsOf(criterion: Criterion): readonly Criterion[] {
  return criterion.kind === 'and' ? criterion.of.flatMap(conjunctsOf) : [criterion];
}

/** That the row `r` of `resource` meets all of them; its number may be known from another table (`rid`). */
export function conjunction(conjuncts: readonly Conjunct[], type: string, names: Names, rid?: string): Sql {
  return allOf(
    conjuncts.map((conjunct) =>
      conjunct.kind === 'sorted-as'
        ? sql`${sortColumn(conjunct.key, type, names)} IS ${conjunct.value}`
        : predicate(conjunct, outermost(type, rid), names),
    ),
  );
}

/** Where the values of a sort key stand: a column of a table, its rows under a condition. */
export interface SortIndex {
  readonly table: Sql;
  readonly column: string;
  readonly rows: (alias: string) => Sql;
}

/** The index of a key's values, in whose order a result can be walked; undefined when no resource of the type has any. */
export function sortIndex({ parameter, shape }: SortKey, type: string, names: Names): SortIndex | undefined {
  const table = raw('resource');
  if (parameter === '_id') return { table, column: 'id', rows: (alias) => sql`${raw(alias)}.type = ${type}` };
  if (parameter === '_lastUpdated') {
    return { table, column: 'lu', rows: (alias) => sql`${raw(alias)}.type = ${type} AND ${raw(alias)}.deleted = 0` };
  }
  const p = names.parameter(type, parameter, shape);
  if (p === undefined) return undefined;
  // A quantity has an entry for each way to ask for its unit; the one for any unit is sorted by.
  const anyUnit = (alias: string) => raw(shape === 'range' ? ` AND ${alias}.term = 0` : '');
  return { table: raw(`ix_${shape}`), column: sortColumns[shape], rows: (alias) => sql`${raw(alias)}.p = ${p}${anyUnit(alias)}` };
}

/** Whether every resource has a value. */
export function isAlwaysThere({ parameter }: SortKey): boolean {
  return parameter === '_id' || parameter === '_lastUpdated';
}

/** Whether only resources with a value of the key can meet them all. */
export function needValue(conjuncts: readonly Conjunct[], { parameter, shape }: SortKey): boolean {
  return conjuncts.some(
    (conjunct) => conjunct.kind === 'has' && conjunct.parameter === parameter && conjunct.test?.shape === shape,
  );
}

/** The value that resource `r` is sorted by, as an expression. */
export function sortColumn(key: SortKey, type: string, names: Names): Sql {
  if (key.parameter === '_id') return raw('r.id');
  if (key.parameter === '_lastUpdated') return raw('r.lu');
  const index = sortIndex(key, type, names);
  return index === undefined ? raw('NULL') : extreme(key, index);
}

/** The smallest value of resource `r` going up, the largest going down. */
export function extreme({ descending }: SortKey, { table, column, rows }: SortIndex): Sql {
  const value = raw(`${descending ? 'max' : 'min'}(y.${column})`);
  // Left alone, SQLite would look for the extreme along the values of all resources.
  return sql`(SELECT ${value} FROM ${table} y INDEXED BY ${table}_rid WHERE ${rows('y')} AND y.rid = r.rid)`;
}

const sortColumns = { token: 'code', string: 'value', range: 'low', reference: 'target', uri: 'value' } as const;
