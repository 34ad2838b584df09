/**
 * Guards make conditional creates exclude each other. Two transactions that both saw no match would both insert, because a snapshot hides
 * what the other writes. So each also counts up one document per identity it stands for: the second to touch it fails with a write
 * conflict, runs again, and finds the first one's resource.
 */
import { createHash } from 'node:crypto';
import type { ClientSession, Db } from 'mongodb';
import type { Criterion } from '../../search/criterion.ts';
import type { Write } from '../store.ts';
import { guardsOf } from './document.ts';

export async function takeGuards(db: Db, write: Write, criterion: Criterion, at: Date, session: ClientSession): Promise<void> {
  await countUp(db, guardKeys(write, criterion), at, session);
}

/** Makes this transaction fail, or the other, when one that runs at the same time counts up any of these too. */
export async function countUp(db: Db, keys: readonly string[], at: Date, session: ClientSession): Promise<void> {
  if (keys.length === 0) return;
  const operations = keys.map((key) => ({
    updateOne: { filter: { _id: key }, update: { $inc: { n: 1 }, $set: { at } }, upsert: true },
  }));
  await guardsOf(db).bulkWrite(operations, { session });
}

/**
 * What a conditional create stands for: the identifiers it asks for and those its resource carries, so that requests meet whose conditions
 * differ in other parts or name different identifiers of one thing. A condition without any identifier stands for itself.
 */
export function guardKeys(write: Write, criterion: Criterion): readonly string[] {
  const asked = askedIdentifiers(criterion);
  if (asked.length === 0) return [hashed(write.key.type, normalText(criterion))];
  const carried = write.entries.flatMap((entry) =>
    isIdentifier(entry.parameter) && entry.shape === 'token' ? [entry.code] : [],
  );
  // In one order for all, and by the value alone: a condition may leave out the system.
  return [...new Set([...asked, ...carried].map((code) => hashed(write.key.type, `identifier ${code}`)))].sort();
}

/** https://hl7.org/fhir/R4/datatypes.html#Identifier: "uniquely identify a single object": two creates with one identifier mean one thing. */
function isIdentifier(parameter: string): boolean {
  return parameter === 'identifier';
}

function askedIdentifiers(criterion: Criterion): readonly string[] {
  if (criterion.kind === 'and' || criterion.kind === 'or') return criterion.of.flatMap(askedIdentifiers);
  if (criterion.kind !== 'has' || !isIdentifier(criterion.parameter) || criterion.test?.shape !== 'token') return [];
  return criterion.test.code === undefined ? [] : [criterion.test.code];
}

/** Conditions that differ only in the order of their parts have one text. */
function normalText(criterion: Criterion): string {
  if (criterion.kind === 'and' || criterion.kind === 'or') {
    return `${criterion.kind}(${criterion.of.map(normalText).sort().join(',')})`;
  }
  return criterion.kind === 'not' ? `not(${normalText(criterion.of)})` : JSON.stringify(criterion);
}

/** Identifiers are personal data: a guard needs only that equal ones meet. */
function hashed(type: string, text: string): string {
  return `${type} ${createHash('sha256').update(text).digest('base64url')}`;
}
