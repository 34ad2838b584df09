/** The values in the keys of a parameter. */
import type { Document } from 'mongodb';
import { compareValues } from '../../search/order.ts';
import type { DistinctQuery, DistinctValue } from '../store.ts';
import { currentFilter, followChains, type Reading, readOptions } from './chains.ts';
import { currentOf } from './document.ts';
import { afterPrefix, parameterPrefix, splitTokenKey } from './keys.ts';

/**
 * Finds one document with a key between two known ones at a time: each splits a gap by a key that is new, and a gap without a document holds
 * no more. So as many queries are made as there are values, each a step down the index, whatever the number of documents.
 */
export async function distinct(reading: Reading, query: DistinctQuery): Promise<readonly DistinctValue[]> {
  const { types, parameter, shape, count } = query;
  const criterion = await followChains(query.criterion, reading);
  const prefix = parameterPrefix(parameter, shape);
  const values: DistinctValue[] = [];
  for (const type of new Set(types)) {
    const filter = currentFilter(criterion, type);
    if (filter === undefined || values.length >= count) continue;
    const keys = await keysBehind(reading, { type, filter, prefix, count: count - values.length });
    values.push(
      ...keys.map((key) => ({
        type,
        ...(shape === 'token' ? splitTokenKey(key, prefix) : { system: '', value: key.slice(prefix.length) }),
      })),
    );
  }
  return values;
}

interface KeysWanted {
  readonly type: string;
  readonly filter: Document;
  readonly prefix: string;
  readonly count: number;
}

/** A range of keys, neither end in it. */
type Gap = readonly [low: string, high: string | undefined];

async function keysBehind(reading: Reading, { type, filter, prefix, count }: KeysWanted): Promise<readonly string[]> {
  const found: string[] = [];
  const gaps: Gap[] = [[prefix, afterPrefix(prefix)]];
  for (let gap = gaps.pop(); gap !== undefined && found.length < count; gap = gaps.pop()) {
    const [low, high] = gap;
    const inGap = { t: { $elemMatch: { $gt: low, ...(high === undefined ? {} : { $lt: high }) } } };
    const document = await currentOf(reading.db, type).findOne(
      { $and: [inGap, filter] },
      { ...readOptions(reading), projection: { t: 1 } },
    );
    const key = document?.t.find((one) => compareValues(one, low) > 0 && (high === undefined || compareValues(one, high) < 0));
    if (key === undefined) continue;
    found.push(key);
    gaps.push([low, key], [key, high]);
  }
  return found;
}
