/** History of one resource, a type or everything, newest first. https://hl7.org/fhir/R4/http.html#history */
import type { Document } from 'mongodb';
import type { Criterion } from '../../search/criterion.ts';
import type { HistoryScope, Page, PageRequest, PageSize, Position, StoredVersion } from '../store.ts';
import { followChains, type Reading, readOptions } from './chains.ts';
import { storedTypes } from './collections.ts';
import {
  currentOf,
  type HistoryDocument,
  type HistoryId,
  historyOf,
  packedLength,
  type StoredFields,
  storedVersion,
  versionProjection,
} from './document.ts';
import { allOf, filterOf, type Resolved } from './filter.ts';
import { unpackPage } from './unpack-page.ts';

type Found = StoredFields & Pick<HistoryDocument, '_id'>;

export async function history(
  reading: Reading,
  scope: HistoryScope,
  allowed: Criterion,
  page: PageRequest,
): Promise<Page<StoredVersion>> {
  const asked = scope.kind === 'instance' ? { type: scope.key.type, ids: [scope.key.id], past: true } : undefined;
  const border = await followChains(allowed, reading, asked);
  const match = allOf([...scopeFilters(scope), ...timeFilters(page), await borderFilter(reading, scope, border)]);
  const found = match === false ? [] : await findVisible(reading, match === true ? {} : match, border, page);
  return unpackPage(found, page, placeOf, toVersion);
}

/** The first visible versions behind the page's position, one more than the page holds if there are so many. */
async function findVisible(reading: Reading, match: Document, border: Resolved, page: PageRequest): Promise<readonly Found[]> {
  const size = page.count + 1;
  const { charactersMax = Number.POSITIVE_INFINITY } = page;
  const found: Found[] = [];
  let { after } = page;
  // One behind the page has to be there to tell that there is more.
  while (found.length < size && lengthOf(found.slice(0, -1)) < charactersMax) {
    const { batch, ended } = await readBatch(reading, match, { count: size, charactersMax }, after);
    found.push(...(await keepVisible(reading, batch, border, page)));
    const last = batch.at(-1);
    if (last === undefined || ended) break;
    after = placeOf(last);
  }
  return found;
}

/** The next versions, as many as a page holds; `ended`: there are no more. */
async function readBatch(
  reading: Reading,
  match: Document,
  { count, charactersMax }: Required<PageSize>,
  after: Position | undefined,
): Promise<{ readonly batch: readonly Found[]; readonly ended: boolean }> {
  const versions = historyOf(reading.db)
    .find(after === undefined ? match : { $and: [match, afterFilter(after)] }, {
      ...readOptions(reading),
      projection: versionProjection,
    })
    .sort({ lu: -1, '_id.type': 1, '_id.id': 1, '_id.v': -1 })
    .limit(count);
  const batch: Found[] = [];
  let characters = 0;
  for await (const version of versions) {
    batch.push(version);
    characters += packedLength(version);
    if (characters >= charactersMax) return { batch, ended: false };
  }
  return { batch, ended: batch.length < count };
}

function lengthOf(found: readonly Found[]): number {
  return found.reduce((sum, version) => sum + packedLength(version), 0);
}

/** Each version has passed the border itself; the last undeleted one, whose index fields the current document carries, must too. */
async function keepVisible(
  reading: Reading,
  batch: readonly Found[],
  border: Resolved,
  page: PageRequest,
): Promise<readonly Found[]> {
  const superseded = page.at === undefined ? new Set<string>() : await supersededBy(reading, batch, page.at.low);
  const visible = new Map<string, ReadonlySet<string>>();
  for (const type of new Set(batch.map((one) => one._id.type))) {
    const ids = new Set(batch.flatMap((one) => (one._id.type === type ? [one._id.id] : [])));
    visible.set(type, await visibleIds(reading, type, ids, border));
  }
  return batch.filter((one) => visible.get(one._id.type)?.has(one._id.id) && !superseded.has(textOf(one._id)));
}

async function visibleIds(
  reading: Reading,
  type: string,
  ids: ReadonlySet<string>,
  border: Resolved,
): Promise<ReadonlySet<string>> {
  const filter = filterOf(border, type, '_id');
  if (filter === true) return ids;
  if (filter === false) return new Set();
  const match = { $and: [{ _id: { $in: [...ids] } }, filter] };
  const found = await currentOf(reading.db, type)
    .find(match, { ...readOptions(reading), projection: { _id: 1 } })
    .toArray();
  return new Set(found.map((document) => document._id));
}

/** The versions that had a successor by `time`: they were not current after it. */
async function supersededBy(reading: Reading, batch: readonly Found[], time: number): Promise<ReadonlySet<string>> {
  const next = batch.map(({ _id }) => ({ type: _id.type, id: _id.id, v: _id.v + 1 }));
  const found = await historyOf(reading.db)
    .find({ _id: { $in: next }, lu: { $lte: new Date(time) } }, { ...readOptions(reading), projection: { _id: 1 } })
    .toArray();
  return new Set(found.map(({ _id }) => textOf({ ..._id, v: _id.v - 1 })));
}

function scopeFilters(scope: HistoryScope): readonly Document[] {
  switch (scope.kind) {
    case 'instance':
      return [{ '_id.type': { $eq: scope.key.type }, '_id.id': { $eq: scope.key.id } }];
    case 'type':
      return [{ '_id.type': { $eq: scope.type } }];
    case 'system':
      return [];
  }
}

function timeFilters({ since, at, deletions }: PageRequest): readonly Document[] {
  return [
    ...(deletions === true ? [{ del: true }] : []),
    ...(since === undefined ? [] : [{ lu: { $gte: new Date(since) } }]),
    ...(at === undefined ? [] : [{ lu: { $lte: new Date(at.high) } }]),
  ];
}

/** The border of every type in the scope; types with the same border share one condition. */
async function borderFilter(reading: Reading, scope: HistoryScope, border: Resolved): Promise<Document | boolean> {
  if (scope.kind !== 'system') return filterOf(border, scope.kind === 'type' ? scope.type : scope.key.type, '_id.id');
  const shared = new Map<string, { types: string[]; filter: Document }>();
  for (const type of await storedTypes(reading.db)) {
    const found = filterOf(border, type, '_id.id');
    if (found === false) continue;
    const filter = found === true ? {} : found;
    const same = shared.get(JSON.stringify(filter)) ?? { types: [], filter };
    same.types.push(type);
    shared.set(JSON.stringify(filter), same);
  }
  const branches = [...shared.values()].map(({ types, filter }) => ({ $and: [{ '_id.type': { $in: types } }, filter] }));
  return branches.length === 0 ? false : { $or: branches };
}

function toVersion(found: Found): Promise<StoredVersion> {
  const { type, id, v } = found._id;
  return storedVersion({ type, id }, v, found);
}

function placeOf({ _id, lu }: Found): Position {
  return [lu.getTime(), _id.type, _id.id, _id.v];
}

function afterFilter([time, type, id, v]: Position): Document {
  const lu = new Date(Number(time));
  return {
    lu: { $lte: lu },
    $or: [
      { lu: { $lt: lu } },
      { '_id.type': { $gt: String(type) } },
      { '_id.type': String(type), '_id.id': { $gt: String(id) } },
      { '_id.type': String(type), '_id.id': String(id), '_id.v': { $lt: Number(v) } },
    ],
  };
}

function textOf({ type, id, v }: HistoryId): string {
  return `${type}/${id}/${v}`;
}
