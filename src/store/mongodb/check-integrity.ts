/**
 * Referential integrity. A snapshot hides what others write, so that a transaction which refers to a resource and one which deletes it could both
 * commit. Therefore both also count up guards of that resource: the one that refers one of them, the one that deletes all. Transactions that refer to
 * the same resource take different ones and do not disturb each other, whoever they all refer to.
 */
import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { formatKey } from '../../fhir/reference.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import { referenceParameter } from '../../search/reference-parameter.ts';
import { type Asked, askedIntegrity, refuseFailed } from '../integrity.ts';
import type { Write } from '../store.ts';
import { storedTypes } from './collections.ts';
import type { Database } from './database.ts';
import { currentOf, type State } from './document.ts';
import { countUp } from './guards.ts';
import { referenceKey } from './keys.ts';
import { slotsMax } from './slots.ts';

export interface IntegritySettings {
  readonly database: Database;
  readonly session: ClientSession;
  /** What the writes found and what they leave, by `Type/id`. */
  readonly before: ReadonlyMap<string, State>;
  readonly after: ReadonlyMap<string, State>;
  /** Of the guards of what is referred to, the one this transaction counts up. */
  readonly slot: number;
}

/** Throws the failure of the writes whose references lead nowhere, or that delete what is referred to; the caller aborts. */
export async function checkIntegrity(writes: readonly Write[], settings: IntegritySettings): Promise<void> {
  const asked = askedIntegrity(writes);
  if (asked === undefined) return;
  const { database, session, after, slot } = settings;
  const elsewhere = asked.required.filter(({ key }) => !after.has(formatKey(key)));
  const released = asked.released.filter(({ key }) => after.get(formatKey(key))?.del === true);
  const guards = [
    ...elsewhere.filter((one) => !isHeld(one, writes, settings)).map(({ key }) => guardKey(key, slot % slotsMax)),
    ...released.flatMap(({ key }) => Array.from({ length: slotsMax }, (_, index) => guardKey(key, index))),
  ];
  await countUp(database.db, guards.sort(), new Date(database.now()), session);
  const written = asked.required.filter(({ key }) => after.get(formatKey(key))?.del === true);
  refuseFailed('missing', [...written, ...(await missing(elsewhere, settings))]);
  refuseFailed('referenced', await referredTo(released, settings));
}

/** Every version that is replaced refers to it already, so that a delete meets it there. */
function isHeld({ key, writeIndexes }: Asked, writes: readonly Write[], { before }: IntegritySettings): boolean {
  const entry = entryKey(key);
  return writeIndexes.every((index) => {
    const write = writes[index];
    const state = write === undefined ? undefined : before.get(formatKey(write.key));
    return state?.del === false && state.t.includes(entry);
  });
}

async function missing(asked: readonly Asked[], { database, session }: IntegritySettings): Promise<readonly Asked[]> {
  const found = new Set<string>();
  for (const type of new Set(asked.map(({ key }) => key.type))) {
    const ids = asked.flatMap(({ key }) => (key.type === type ? [key.id] : []));
    const there = currentOf(database.db, type).find({ _id: { $in: ids }, del: false }, { session, projection: { _id: 1 } });
    for await (const { _id: id } of there) found.add(formatKey({ type, id }));
  }
  return asked.filter(({ key }) => !found.has(formatKey(key)));
}

/**
 * Asks the collections that are there once the guards are taken: a type that is stored for the first time after that, and refers to what is
 * deleted, meets them.
 */
async function referredTo(released: readonly Asked[], { database, session }: IntegritySettings): Promise<readonly Asked[]> {
  if (released.length === 0) return [];
  const entries = new Map(released.map((one) => [entryKey(one.key), one]));
  const found = new Set<Asked>();
  for (const type of await storedTypes(database.db)) {
    const referring = currentOf(database.db, type)
      .find({ t: { $in: [...entries.keys()] }, del: false }, { session, projection: { t: 1 } })
      .limit(shownMax);
    for await (const { t } of referring) for (const key of t) addTo(found, entries.get(key));
    if (found.size === released.length) break;
  }
  return [...found];
}

function addTo<T>(set: Set<T>, item: T | undefined): void {
  if (item !== undefined) set.add(item);
}

function entryKey(key: ResourceKey): string {
  return referenceKey(referenceParameter, formatKey(key));
}

function guardKey(key: ResourceKey, slot: number): string {
  return `${key.type} ${createHash('sha256').update(`reference ${key.id}`).digest('base64url')} ${slot}`;
}

/** One is enough to refuse the transaction; with more of them the answer can name more of what is referred to. */
const shownMax = 100;
