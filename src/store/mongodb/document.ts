/** What is stored: a resource's current version in the collection of its type, every version in the collection `history`. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Binary, type Collection, type Db, type Long } from 'mongodb';
import { unknownType } from '../../fhir/outcome.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import type { StoredVersion } from '../store.ts';
import type { IndexFields, SortFields } from './index-fields.ts';

/** Members of a version's content, named briefly because every document repeats the names. */
interface VersionFields extends IndexFields {
  /** `meta.lastUpdated`. */
  readonly lu: Date;
  readonly m: StoredVersion['method'];
  readonly del: boolean;
  /** The JSON text as it is sent, gzip when it is long; '' when deleted. */
  readonly b: string | Binary;
}

/**
 * The current version. A deleted one keeps `lu` and the index fields of the version it deleted: they say who may know of it, and `del`
 * keeps it out of every search.
 */
export interface CurrentDocument extends VersionFields {
  readonly _id: string;
  /** The version id, counted from 1. */
  readonly v: number;
  /** When it was deleted. */
  readonly gone?: Date;
  readonly s: SortFields;
}

/** The current document without its body: what a write needs to know of the version before. */
export type State = Omit<CurrentDocument, 'b'>;

export interface HistoryId {
  readonly type: string;
  readonly id: string;
  readonly v: number;
}

/** One version, written once. */
export interface HistoryDocument extends VersionFields {
  readonly _id: HistoryId;
  /** SHA-256 of the JSON text. */
  readonly h: Binary;
  /** The place in the store-wide order, given after the commit; null until then. */
  readonly seq: Long | null;
}

/** One document for each identity that conditional creates compete for; see `guards.ts`. */
export interface GuardDocument {
  readonly _id: string;
  readonly n: number;
  readonly at: Date;
}

/** A text kept beside the resources. */
export interface NoteDocument {
  readonly _id: string;
  readonly text: string;
}

/** The type names the collection, so nothing but a type's name may get here; no other collection's name begins with a capital letter. */
export function currentOf(db: Db, type: string): Collection<CurrentDocument> {
  if (!typePattern.test(type)) throw unknownType(`${JSON.stringify(type)} is not the name of a resource type.`);
  return db.collection<CurrentDocument>(type);
}

export const historyOf = (db: Db) => db.collection<HistoryDocument>('history');
export const notesOf = (db: Db) => db.collection<NoteDocument>('notes');
export const guardsOf = (db: Db) => db.collection<GuardDocument>('guards');

export const typePattern = /^[A-Z][A-Za-z]{0,63}$/;

/** What a reader of `StoredVersion` needs of either kind of document. */
export const versionProjection = { v: 1, lu: 1, m: 1, del: 1, b: 1 } as const;

export type StoredFields = Pick<VersionFields, 'lu' | 'm' | 'del' | 'b'>;

export async function storedVersion(key: ResourceKey, version: number, fields: StoredFields): Promise<StoredVersion> {
  const text = await unpackText(fields.b);
  return { key, versionId: String(version), lastUpdated: fields.lu.getTime(), method: fields.m, deleted: fields.del, text };
}

/** Long texts are stored gzipped: WiredTiger compresses too, but only within one block, and the network carries them as they are. */
export async function packText(text: string): Promise<string | Binary> {
  return text.length > plainCharactersMax ? new Binary(await compress(text)) : text;
}

export function hashText(text: string): Binary {
  return new Binary(createHash('sha256').update(text).digest());
}

/** Of a text as it is stored: seldom more than it is unpacked. */
export function packedLength({ b }: StoredFields): number {
  return typeof b === 'string' ? b.length : b.length();
}

async function unpackText(body: string | Binary): Promise<string> {
  return typeof body === 'string' ? body : (await decompress(body.value())).toString('utf8');
}

const plainCharactersMax = 16 * 1024;
const compress = promisify(gzip);
const decompress = promisify(gunzip);
