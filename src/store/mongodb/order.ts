/** The order of a search as MongoDB sorts it, and the filter that goes on behind a place in it. The order is that of `search/order.ts`. */
import type { Document } from 'mongodb';
import type { SortKey } from '../../search/criterion.ts';
import type { SortValue } from '../../search/order.ts';
import type { Position } from '../store.ts';
import { sortName } from './index-fields.ts';

/**
 * The stages that put one type's documents in order. Only ascending order needs to be told that missing values come last: to MongoDB
 * a missing value is the smallest.
 */
export function orderStages(sort: readonly SortKey[]): Document[] {
  const missing: Document = {};
  const order: Document = {};
  for (const [index, key] of sort.entries()) {
    const path = pathOf(key);
    if (mayBeMissing(key) && !key.descending) {
      missing[`missing${index}`] = { $eq: [{ $type: `$${path}` }, 'missing'] };
      order[`missing${index}`] = 1;
    }
    order[path] ??= key.descending ? -1 : 1;
  }
  order['_id'] ??= 1;
  return [...(Object.keys(missing).length > 0 ? [{ $addFields: missing }] : []), { $sort: order }];
}

/** What must be projected beside `_id` and `lu` to know a document's place. */
export function placeProjection(sort: readonly SortKey[]): Document {
  return Object.fromEntries(sort.map((key, index) => [`place${index}`, `$${pathOf(key)}`]));
}

/** The place of a document that was projected so. */
export function placeOf(document: Document, type: string, sort: readonly SortKey[]): readonly SortValue[] {
  const values = sort.map((_, index): SortValue => {
    const value: unknown = document[`place${index}`];
    if (value instanceof Date) return value.getTime();
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
  return [...values, type, String(document['_id'])];
}

/** The documents of the type that come after the position; undefined when none can. */
export function afterFilter(sort: readonly SortKey[], position: Position, type: string): Document | undefined {
  const branches: Document[] = [];
  const equal: Document[] = [];
  for (const [index, key] of sort.entries()) {
    const value = position[index] ?? null;
    branches.push(...beyond(key, value).map((condition) => ({ $and: [...equal, condition] })));
    equal.push(same(key, value));
  }
  const [lastType, lastId] = [String(position[sort.length]), String(position[sort.length + 1])];
  if (type === lastType) branches.push({ $and: [...equal, { _id: { $gt: lastId } }] });
  if (type > lastType) branches.push(equal.length === 0 ? {} : { $and: equal });
  return branches.length === 0 ? undefined : { ...boundOf(sort, position), $or: branches };
}

/** Says for the first key what the branches say together: where an index on it is to start. */
function boundOf([key]: readonly SortKey[], [value = null]: Position): Document {
  if (key === undefined || value === null || mayBeMissing(key)) return {};
  return { [pathOf(key)]: { [key.descending ? '$lte' : '$gte']: stored(key, value) } };
}

function beyond(key: SortKey, value: SortValue): readonly Document[] {
  if (value === null) return [];
  const path = pathOf(key);
  const further = { [path]: { [key.descending ? '$lt' : '$gt']: stored(key, value) } };
  return mayBeMissing(key) ? [further, { [path]: { $exists: false } }] : [further];
}

function same(key: SortKey, value: SortValue): Document {
  return { [pathOf(key)]: value === null ? { $exists: false } : { $eq: stored(key, value) } };
}

function stored(key: SortKey, value: string | number): string | number | Date {
  return key.parameter === '_lastUpdated' ? new Date(Number(value)) : value;
}

function mayBeMissing(key: SortKey): boolean {
  return key.parameter !== '_id' && key.parameter !== '_lastUpdated';
}

function pathOf(key: SortKey): string {
  if (key.parameter === '_id') return '_id';
  if (key.parameter === '_lastUpdated') return 'lu';
  return `s.${sortName(key.parameter, key.shape)}.${key.descending ? 'max' : 'min'}`;
}
