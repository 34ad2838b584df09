/** Commits a list of writes in one transaction, and runs it again when another transaction came first. */
import { type AnyBulkWriteOperation, BSON, type ClientSession } from 'mongodb';
import { formatKey } from '../../fhir/reference.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import type { Authorized, Criterion } from '../../search/criterion.ts';
import { expectationError } from '../expectation.ts';
import { stamp } from '../stamp.ts';
import type { StoredVersion, Write, WriteResult } from '../store.ts';
import { currentFilter, followChains } from './chains.ts';
import { checkIntegrity } from './check-integrity.ts';
import type { Database } from './database.ts';
import { type CurrentDocument, currentOf, type HistoryDocument, hashText, historyOf, packText, type State } from './document.ts';
import { documentTooLarge } from './errors.ts';
import { takeGuards } from './guards.ts';
import { type IndexFields, indexFields, sortFields } from './index-fields.ts';
import { inTransaction } from './session.ts';

export async function transact(database: Database, writes: readonly Write[]): Promise<readonly WriteResult[]> {
  for (const type of new Set(writes.map((write) => write.key.type))) await database.prepare(type);
  const slot = database.slots.take();
  try {
    return await inTransaction(database, (session, attempt) => runOnce(database, writes, session, slot + attempt));
  } finally {
    database.slots.give(slot);
  }
}

async function runOnce(
  database: Database,
  writes: readonly Write[],
  session: ClientSession,
  slot: number,
): Promise<readonly WriteResult[]> {
  const before = await loadStates(database, writes, session);
  const transaction: Transaction = { database, session, states: new Map(before), changed: new Map(), versions: [] };
  const results: WriteResult[] = [];
  for (const [index, write] of writes.entries()) {
    await expect(transaction, write, index);
    results.push(await apply(transaction, write));
  }
  await flush(transaction);
  await checkIntegrity(writes, { database, session, before, after: transaction.states, slot });
  return results;
}

interface Transaction {
  readonly database: Database;
  readonly session: ClientSession;
  /** By `Type/id`, as the writes so far leave them. */
  readonly states: Map<string, State>;
  /** The documents to write, with the version each replaces in the database. */
  changed: Map<string, Change>;
  versions: HistoryDocument[];
}

interface Change {
  readonly type: string;
  readonly replaces: number | undefined;
  readonly document: CurrentDocument;
}

async function loadStates(database: Database, writes: readonly Write[], session: ClientSession): Promise<Map<string, State>> {
  const states = new Map<string, State>();
  for (const type of new Set(writes.map((write) => write.key.type))) {
    const ids = writes.flatMap(({ key }) => (key.type === type ? [key.id] : []));
    const found = currentOf(database.db, type).find({ _id: { $in: ids } }, { session, projection: { b: 0 } });
    for await (const document of found) states.set(formatKey({ type, id: document._id }), document);
  }
  return states;
}

async function expect(transaction: Transaction, write: Write, index: number): Promise<void> {
  const state = transaction.states.get(formatKey(write.key));
  const { expect: expectation } = write;
  const mustBeAbsent = expectation.kind === 'absent' || write.op === 'create';
  if (mustBeAbsent && state?.del === false) throw expectationError(index, 'absent');
  if (expectation.kind === 'version' && String(state?.v) !== expectation.versionId) throw expectationError(index, 'version');
  if (expectation.kind === 'no-match') await expectNoMatch(transaction, write, expectation.criterion, index);
}

async function expectNoMatch(
  transaction: Transaction,
  write: Write,
  criterion: Authorized<Criterion>,
  index: number,
): Promise<void> {
  const { database, session } = transaction;
  const reading = { db: database.db, session };
  // The condition is asked of the database, so the writes before this one have to be there.
  await flush(transaction);
  const filter = currentFilter(await followChains(criterion, reading), write.key.type);
  const match = filter && (await currentOf(database.db, write.key.type).findOne(filter, { session, projection: { _id: 1 } }));
  if (match) throw expectationError(index, 'no-match');
  await takeGuards(database.db, write, criterion, new Date(database.now()), session);
}

async function apply(transaction: Transaction, write: Write): Promise<WriteResult> {
  const { key, method, op } = write;
  const before = transaction.states.get(formatKey(key));
  const present = before?.del === false ? before : undefined;
  const deleted = op === 'delete';
  if (deleted && present === undefined) return { ...unchanged(key, before), created: false };
  const v = (before?.v ?? 0) + 1;
  const lu = new Date(Math.max(transaction.database.now(), before === undefined ? 0 : timeOf(before)));
  const text = deleted || write.text === undefined ? '' : stamp(write.text, String(v), lu.getTime());
  const fields = { lu, m: method, del: deleted, b: await packText(text) };
  const { current, index } = deleted && present !== undefined ? deletionOf(present, lu) : contentOf(write);
  const document: CurrentDocument = { _id: key.id, v, ...fields, ...current };
  checkSize(document, text);
  record(transaction, key, document);
  transaction.versions.push({ _id: { type: key.type, id: key.id, v }, ...fields, ...index, h: hashText(text), seq: null });
  return { key, versionId: String(v), lastUpdated: lu.getTime(), method, deleted, text, created: present === undefined };
}

/** What a version is found by, for the current document and for its own. */
interface Searchable {
  readonly current: IndexFields & Pick<CurrentDocument, 's'> & Partial<Pick<CurrentDocument, 'lu' | 'gone'>>;
  readonly index: IndexFields;
}

function contentOf({ entries, compartments }: Write): Searchable {
  const index = indexFields(entries, compartments);
  return { current: { ...index, s: sortFields(entries) }, index };
}

/** A deletion keeps what the version it deletes was found by: it says who may know of it. */
function deletionOf({ t, r, u, w, p, c, s, lu }: State, gone: Date): Searchable {
  const index = { t, r, u, w, p, c };
  return { current: { ...index, s, lu, gone }, index };
}

/** When the version came, be it a deletion. */
function timeOf(state: State): number {
  return (state.gone ?? state.lu).getTime();
}

function record(transaction: Transaction, key: ResourceKey, document: CurrentDocument): void {
  const name = formatKey(key);
  const earlier = transaction.changed.get(name);
  const replaces = earlier === undefined ? transaction.states.get(name)?.v : earlier.replaces;
  transaction.changed.set(name, { type: key.type, replaces, document });
  transaction.states.set(name, document);
}

/** Sends what is pending, in one command for each collection. */
async function flush(transaction: Transaction): Promise<void> {
  const { database, session, changed, versions } = transaction;
  if (versions.length === 0) return;
  transaction.changed = new Map();
  transaction.versions = [];
  for (const type of new Set([...changed.values()].map((change) => change.type))) {
    const operations = [...changed.values()].flatMap((change) => (change.type === type ? [operationOf(change)] : []));
    const result = await currentOf(database.db, type).bulkWrite(operations, { session });
    if (result.insertedCount + result.matchedCount === operations.length) continue;
    throw new Error(
      'A version that this transaction read was gone when it was to be replaced: the database does not isolate transactions.',
    );
  }
  await historyOf(database.db).insertMany(versions, { session });
}

function operationOf({ replaces, document }: Change): AnyBulkWriteOperation<CurrentDocument> {
  if (replaces === undefined) return { insertOne: { document } };
  return { replaceOne: { filter: { _id: { $eq: document._id }, v: replaces }, replacement: document } };
}

function unchanged(key: ResourceKey, state: State | undefined): StoredVersion {
  if (state === undefined) return { key, versionId: '', lastUpdated: 0, method: 'DELETE', deleted: true, text: '' };
  return { key, versionId: String(state.v), lastUpdated: timeOf(state), method: state.m, deleted: true, text: '' };
}

/** Only a long text can make a long document: the search values come from it. */
function checkSize(document: CurrentDocument, text: string): void {
  if (text.length > sizeCheckCharacters && BSON.calculateObjectSize(document) > documentBytesMax) throw documentTooLarge();
}

const sizeCheckCharacters = 1024 * 1024;
/** The limit of MongoDB, less what a command adds around a document. */
const documentBytesMax = 16 * 1024 * 1024 - 16 * 1024;
