/**
 * The collections and their indexes. The number of indexes is fixed: a new search parameter adds keys to documents, never an index.
 * A search for equal keys walks an index on `t`, for ranges an index on `r`, for words the index on `w`, for a patient's record
 * the index on `c`.
 */
import type { Db, IndexDescription } from 'mongodb';
import { currentOf, guardsOf, historyOf, typePattern } from './document.ts';

const currentIndexes: readonly IndexDescription[] = [
  { name: 'keys', key: { t: 1, _id: 1 } },
  { name: 'keys-by-time', key: { t: 1, lu: -1, _id: 1 } },
  { name: 'ranges-from', key: { 'r.k': 1, 'r.lo': 1 } },
  { name: 'ranges-to', key: { 'r.k': 1, 'r.hi': 1 } },
  { name: 'words', key: { w: 1, _id: 1 } },
  { name: 'compartment', key: { c: 1, _id: 1 } },
  // The order ends with the id ascending whichever way time runs, so neither can be read backwards for the other.
  { name: 'oldest', key: { lu: 1, _id: 1 } },
  { name: 'newest', key: { lu: -1, _id: 1 } },
];

const historyIndexes: readonly IndexDescription[] = [
  { name: 'system', key: { lu: -1, '_id.type': 1, '_id.id': 1, '_id.v': -1 } },
  { name: 'type', key: { '_id.type': 1, lu: -1, '_id.id': 1, '_id.v': -1 } },
  { name: 'instance', key: { '_id.type': 1, '_id.id': 1, lu: -1, '_id.v': -1 } },
  {
    name: 'deletions',
    key: { '_id.type': 1, lu: -1, '_id.id': 1, '_id.v': -1 },
    partialFilterExpression: { del: true },
  },
  { name: 'compartment', key: { c: 1, lu: -1, '_id.type': 1, '_id.id': 1, '_id.v': -1 } },
  // For the sequencer that numbers committed versions: those without a number, oldest first, and those behind a number. That no two get one
  // number is for a collection of the sequencer's own to keep: a unique index here would keep the history from being sharded.
  { name: 'sequence', key: { seq: 1, lu: 1 } },
];

/** A guard matters only while transactions that met at it still run: at most a minute. */
const guardIndexes: readonly IndexDescription[] = [{ name: 'expiry', key: { at: 1 }, expireAfterSeconds: 3600 }];

/** What every database needs; done at each start, changes nothing when it is there. */
export async function prepareDatabase(db: Db): Promise<void> {
  await historyOf(db).createIndexes([...historyIndexes]);
  await guardsOf(db).createIndexes([...guardIndexes]);
}

/** Prepares a type's collection before its first write: inside a transaction older servers don't create collections. */
export async function prepareType(db: Db, type: string): Promise<void> {
  await currentOf(db, type).createIndexes([...currentIndexes]);
}

/** The types that have a collection, in order. */
export async function storedTypes(db: Db): Promise<readonly string[]> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  return collections
    .map((collection) => collection.name)
    .filter((name) => typePattern.test(name))
    .sort();
}
