/** New index fields for versions that stay as they are. What a version was found by when it was written stays in the history. */
import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import type { Reindexing } from '../store.ts';
import type { Database } from './database.ts';
import { type CurrentDocument, currentOf } from './document.ts';
import { indexFields, sortFields, withoutParameters } from './index-fields.ts';
import { inTransaction } from './session.ts';

/** One transaction for each type: a version that is written meanwhile makes it run again and pass that one over. */
export async function reindex(database: Database, versions: readonly Reindexing[]): Promise<void> {
  for (const type of new Set(versions.map(({ key }) => key.type))) {
    const ofType = versions.filter(({ key }) => key.type === type);
    await inTransaction(database, (session) => reindexType(database, type, ofType, session));
  }
}

async function reindexType(
  { db }: Database,
  type: string,
  versions: readonly Reindexing[],
  session: ClientSession,
): Promise<void> {
  const ids = versions.map(({ key }) => key.id);
  const found = await currentOf(db, type)
    .find({ _id: { $in: ids }, del: false }, { session, projection: { b: 0 } })
    .toArray();
  const current = new Map(found.map((document) => [document._id, document]));
  const operations = versions.flatMap((version) => {
    const document = current.get(version.key.id);
    return document === undefined || String(document.v) !== version.versionId ? [] : [operationOf(document, version)];
  });
  if (operations.length > 0) await currentOf(db, type).bulkWrite(operations, { session });
}

function operationOf(
  document: Omit<CurrentDocument, 'b'>,
  { parameters, entries }: Reindexing,
): AnyBulkWriteOperation<CurrentDocument> {
  const kept = withoutParameters(document, parameters);
  const added = indexFields(entries, []);
  const fields = {
    t: [...kept.t, ...added.t],
    r: [...kept.r, ...added.r],
    u: [...kept.u, ...added.u],
    w: [...kept.w, ...added.w],
    p: [...kept.p, ...added.p],
    s: { ...kept.s, ...sortFields(entries) },
  };
  return { updateOne: { filter: { _id: { $eq: document._id }, v: document.v }, update: { $set: fields } } };
}
