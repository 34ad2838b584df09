/** Reads by id: the current version, a named one, several at once. Each is one query that carries the caller's border. */
import { formatKey } from '../../fhir/reference.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import type { Criterion } from '../../search/criterion.ts';
import type { StoredVersion } from '../store.ts';
import { followChains, type Reading, readOptions } from './chains.ts';
import { currentOf, historyOf, storedVersion, versionProjection } from './document.ts';
import { allOf, filterOf, type Resolved } from './filter.ts';

export async function read(reading: Reading, key: ResourceKey, allowed: Criterion): Promise<StoredVersion | undefined> {
  return readCurrent(reading, key, await followChains(allowed, reading, { type: key.type, ids: [key.id] }));
}

export async function readVersion(
  reading: Reading,
  key: ResourceKey,
  versionId: string,
  allowed: Criterion,
): Promise<StoredVersion | undefined> {
  if (!/^[1-9]\d{0,8}$/.test(versionId)) return undefined;
  const border = await followChains(allowed, reading, { type: key.type, ids: [key.id], past: true });
  // Who may not know of the last undeleted version may know of none.
  const current = await readCurrent(reading, key, border);
  if (current === undefined || current.versionId === versionId) return current;
  return readPast(reading, key, Number(versionId), border);
}

export async function readMany(
  reading: Reading,
  keys: readonly ResourceKey[],
  allowed: Criterion,
  charactersMax?: number,
): Promise<readonly StoredVersion[]> {
  if (charactersMax === undefined) return readTogether(reading, keys, allowed);
  const versions: StoredVersion[] = [];
  let characters = 0;
  for (let at = 0; at < keys.length && characters < charactersMax; at += pieceSize) {
    for (const version of await readTogether(reading, keys.slice(at, at + pieceSize), allowed)) {
      if (characters >= charactersMax) break;
      versions.push(version);
      characters += version.text.length;
    }
  }
  return versions;
}

/** Read at a time where any of them may be large. */
const pieceSize = 20;

async function readTogether(
  reading: Reading,
  keys: readonly ResourceKey[],
  allowed: Criterion,
): Promise<readonly StoredVersion[]> {
  const types = new Set(keys.map((key) => key.type));
  const found = new Map<string, StoredVersion>();
  for (const type of types) {
    const ids = keys.flatMap((key) => (key.type === type ? [key.id] : []));
    const border = await followChains(allowed, reading, { type, ids });
    for (const version of await readCurrents(reading, type, ids, border)) found.set(formatKey(version.key), version);
  }
  return keys.flatMap((key) => found.get(formatKey(key)) ?? []);
}

async function readCurrents(reading: Reading, type: string, ids: readonly string[], border: Resolved): Promise<StoredVersion[]> {
  const filter = allOf([{ _id: { $in: ids }, del: false }, filterOf(border, type, '_id')]);
  if (typeof filter === 'boolean') return [];
  const found = await currentOf(reading.db, type)
    .find(filter, { ...readOptions(reading), projection: versionProjection })
    .toArray();
  return Promise.all(found.map((document) => storedVersion({ type, id: document._id }, document.v, document)));
}

/** The current document stands for the last undeleted version; a deletion is a version of its own, with the same border and another time. */
async function readCurrent(reading: Reading, key: ResourceKey, border: Resolved): Promise<StoredVersion | undefined> {
  const filter = allOf([{ _id: { $eq: key.id } }, filterOf(border, key.type, '_id')]);
  if (typeof filter === 'boolean') return undefined;
  const found = await currentOf(reading.db, key.type).findOne(filter, { ...readOptions(reading), projection: versionProjection });
  if (found === null) return undefined;
  return found.del ? readPast(reading, key, found.v, border) : storedVersion(key, found.v, found);
}

async function readPast(reading: Reading, key: ResourceKey, v: number, border: Resolved): Promise<StoredVersion | undefined> {
  const filter = allOf([{ _id: { type: key.type, id: key.id, v } }, filterOf(border, key.type, '_id.id')]);
  if (typeof filter === 'boolean') return undefined;
  const found = await historyOf(reading.db).findOne(filter, { ...readOptions(reading), projection: versionProjection });
  return found === null ? undefined : storedVersion(key, v, found);
}
