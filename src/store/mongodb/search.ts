/** Search over the current resources of one or several types. */
import type { Document } from 'mongodb';
import { comparePlaces, type SortValue } from '../../search/order.ts';
import type { Page, StoredVersion, StoreQuery } from '../store.ts';
import { currentFilter, followChains, type Reading, readOptions } from './chains.ts';
import { currentOf, packedLength, type StoredFields, storedVersion, versionProjection } from './document.ts';
import { afterFilter, orderStages, placeOf, placeProjection } from './order.ts';
import { unpackPage } from './unpack-page.ts';

/** One type's part of the search. */
interface TypeSearch {
  readonly type: string;
  readonly filter: Document;
}

interface Found {
  readonly type: string;
  readonly place: readonly SortValue[];
  readonly document: StoredFields & Document;
}

export async function search(reading: Reading, query: StoreQuery): Promise<Page<StoredVersion>> {
  const criterion = await followChains(query.criterion, reading);
  const searches = [...new Set(query.types)].sort().flatMap((type): TypeSearch[] => {
    const filter = currentFilter(criterion, type);
    return filter === undefined ? [] : [{ type, filter }];
  });
  const [found, total] = await Promise.all([
    query.count === 0 ? [] : findPage(reading, searches, query),
    query.total === 'none' ? undefined : countAll(reading, searches, query.total),
  ]);
  const page = await unpackPage(found, query, ({ place }) => place, toVersion);
  return { ...page, ...(total === undefined ? {} : { total }) };
}

/**
 * The first matches behind the position, one more than the page holds. Without sort keys the types follow each other; with them each
 * type gives as many as could be on the page, and they are merged.
 */
async function findPage(reading: Reading, searches: readonly TypeSearch[], query: StoreQuery): Promise<readonly Found[]> {
  const { sort, count, charactersMax = Number.POSITIVE_INFINITY } = query;
  if (sort.length > 0) {
    const lists = await Promise.all(searches.map((one) => findInType(reading, one, query, count + 1)));
    const merged = lists.flat();
    if (searches.length > 1) merged.sort((one, other) => comparePlaces(sort, one.place, other.place));
    return merged;
  }
  const found: Found[] = [];
  for (const one of searches) {
    // One behind the page has to be there to tell that there is more.
    if (found.length > count || lengthOf(found.slice(0, -1)) >= charactersMax) break;
    found.push(...(await findInType(reading, one, query, count + 1 - found.length)));
  }
  return found;
}

/** The stages that find one type's part of a page; undefined when it has none. */
export function pageStages({ type, filter }: TypeSearch, { sort, after }: StoreQuery, limit: number): Document[] | undefined {
  const behind = after === undefined ? {} : afterFilter(sort, after, type);
  if (behind === undefined) return undefined;
  return [
    { $match: { $and: [filter, behind] } },
    ...orderStages(sort),
    { $limit: limit },
    { $project: { ...versionProjection, ...placeProjection(sort) } },
  ];
}

async function findInType(reading: Reading, search: TypeSearch, query: StoreQuery, limit: number): Promise<readonly Found[]> {
  const { sort, charactersMax = Number.POSITIVE_INFINITY } = query;
  const { type } = search;
  const pipeline = pageStages(search, query, limit);
  if (pipeline === undefined) return [];
  const documents = currentOf(reading.db, type).aggregate<StoredFields & Document>(pipeline, {
    ...readOptions(reading),
    allowDiskUse: true,
  });
  const found: Found[] = [];
  let characters = 0;
  for await (const document of documents) {
    found.push({ type, place: placeOf(document, type, sort), document });
    // The one behind the page tells that there is more. What is packed here is longer unpacked, so the page ends before it.
    if (characters >= charactersMax) break;
    characters += packedLength(document);
  }
  return found;
}

function lengthOf(found: readonly Found[]): number {
  return found.reduce((sum, { document }) => sum + packedLength(document), 0);
}

async function countAll(reading: Reading, searches: readonly TypeSearch[], total: 'estimate' | 'accurate'): Promise<number> {
  const options = total === 'accurate' ? readOptions(reading) : { ...readOptions(reading), limit: estimateMax };
  const counts = await Promise.all(
    searches.map(({ type, filter }) => currentOf(reading.db, type).countDocuments(filter, options)),
  );
  return counts.reduce((sum, one) => sum + one, 0);
}

function toVersion({ type, document }: Found): Promise<StoredVersion> {
  return storedVersion({ type, id: String(document['_id']) }, Number(document['v']), document);
}

/** Up to here an estimate is exact; more are not counted. */
const estimateMax = 100_000;
