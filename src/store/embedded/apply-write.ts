/** One write inside the writer's transaction: expectation, version, index rows. */
import { createHash } from 'node:crypto';
import { expectationError } from '../expectation.ts';
import { stamp, unknownVersion } from '../stamp.ts';
import type { Write, WriteResult } from '../store.ts';
import { packBody } from './body.ts';
import { type IndexRow, packRows, readRows, replaceRows, rowsOfEntries } from './index-rows.ts';
import type { Search } from './search.ts';
import { sql } from './sql.ts';
import type { Versions } from './versions.ts';

/** What a write came to; the text is the caller's to stamp, so that it need not travel between threads. */
export type Applied = Omit<WriteResult, 'text' | 'key'>;

interface Current {
  readonly rid: number;
  readonly seq: number;
  readonly vid: number;
  readonly lu: number;
  readonly deleted: number;
  readonly versionId: string;
  readonly compartments: string;
}

const noRows: ReadonlyMap<string, IndexRow> = new Map();

/** `now` in milliseconds. Throws an expectation's FhirError; the caller rolls back. */
export function applyWrite(versions: Versions, search: Search, write: Write, writeIndex: number, now: number): Applied {
  const { statements, names } = versions;
  const { key } = write;
  const current =
    statements.get<Current>(sql`SELECT r.rid, r.seq, r.vid, r.lu, r.deleted, coalesce(v.tag, v.vid) AS versionId, v.compartments
    FROM resource r CROSS JOIN version v ON v.seq = r.seq WHERE r.type = ${key.type} AND r.id = ${key.id}`);
  const present = current?.deleted === 0 ? current : undefined;
  check(search, write, writeIndex, current);
  if (write.op === 'delete' && present === undefined) return unchanged(write, current);

  const deleted = write.op === 'delete';
  const next = nextVersion(current, now);
  const before = present === undefined ? noRows : readRows(statements, present.rid);
  const after = deleted ? noRows : rowsOfEntries(key.type, write.entries, names);
  const compartments = deleted && present !== undefined ? present.compartments : JSON.stringify([...new Set(write.compartments)]);
  const rid = current?.rid ?? Number(statements.run(insertResource(write)).lastInsertRowid);
  const text = write.text === undefined || deleted ? '' : stamp(write.text, String(next.vid), next.lu);
  const hash = createHash('sha256').update(text).digest();
  const { lastInsertRowid } =
    statements.run(sql`INSERT INTO version(rid, vid, type, id, lu, method, deleted, compartments, hash, body)
    VALUES (${rid}, ${next.vid}, ${key.type}, ${key.id}, ${next.lu}, ${write.method}, ${Number(deleted)}, ${compartments}, ${hash},
      ${deleted ? null : packBody(text)})`);
  const seq = Number(lastInsertRowid);
  statements.run(sql`UPDATE resource SET seq = ${seq}, live = iif(${Number(deleted)}, live, ${seq}), vid = ${next.vid}, lu = ${next.lu},
    deleted = ${Number(deleted)} WHERE rid = ${rid}`);
  for (const member of JSON.parse(compartments) as readonly string[]) {
    statements.run(sql`INSERT INTO compartment(member, type, seq, rid) VALUES (${member}, ${key.type}, ${seq}, ${rid})`);
  }
  replaceRows(statements, rid, before, after);
  if (present !== undefined) keepRows(versions, deleted ? [present.seq, seq] : [present.seq], before);
  return { versionId: String(next.vid), lastUpdated: next.lu, method: write.method, deleted, created: present === undefined };
}

function check(search: Search, { expect, op, key }: Write, writeIndex: number, current: Current | undefined): void {
  const present = current?.deleted === 0;
  if ((expect.kind === 'absent' || op === 'create') && present) throw expectationError(writeIndex, 'absent');
  if (expect.kind === 'version' && (current === undefined || String(current.versionId) !== expect.versionId))
    throw expectationError(writeIndex, 'version');
  if (expect.kind === 'no-match' && search.finds(key.type, expect.criterion)) throw expectationError(writeIndex, 'no-match');
}

function unchanged({ key }: Write, current: Current | undefined): Applied {
  const { versionId, lastUpdated } = unknownVersion(key);
  const state =
    current === undefined ? { versionId, lastUpdated } : { versionId: String(current.versionId), lastUpdated: current.lu };
  return { ...state, method: 'DELETE', deleted: true, created: false };
}

/** Versions count on through deletions; time never goes back from one version to the next. */
function nextVersion(current: Current | undefined, now: number): { readonly vid: number; readonly lu: number } {
  return { vid: (current?.vid ?? 0) + 1, lu: Math.max(now, current?.lu ?? 0) };
}

function insertResource({ key }: Write) {
  return sql`INSERT INTO resource(type, id, seq, live, vid, lu, deleted) VALUES (${key.type}, ${key.id}, 0, 0, 0, 0, 0)`;
}

function keepRows({ statements }: Versions, seqs: readonly number[], rows: ReadonlyMap<string, IndexRow>): void {
  const entries = packRows(rows.values());
  for (const seq of seqs) statements.run(sql`INSERT INTO past_entries(seq, entries) VALUES (${seq}, ${entries})`);
}
