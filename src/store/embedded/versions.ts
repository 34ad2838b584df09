/** Versions as the store gives them out and as criteria see them. */
import type { ResourceKey } from '../../fhir/types.ts';
import type { IndexEntry } from '../../search/index-entry.ts';
import type { Candidate, Lookup } from '../../search/match.ts';
import type { StoredVersion } from '../store.ts';
import { type Body, unpackBody } from './body.ts';
import { entriesOfRows, readRows, unpackRows } from './index-rows.ts';
import type { Names } from './names.ts';
import { raw, sql } from './sql.ts';
import type { Statements } from './statements.ts';

/** A row of `version`, alias `v`, without its body. */
export interface VersionRow {
  readonly seq: number;
  readonly rid: number;
  readonly versionId: string;
  readonly type: string;
  readonly id: string;
  readonly lu: number;
  readonly method: StoredVersion['method'];
  readonly deleted: number;
  readonly compartments: string;
}

export const versionColumns = raw(
  'v.seq, v.rid, coalesce(v.tag, v.vid) AS versionId, v.type, v.id, v.lu, v.method, v.deleted, v.compartments',
);

export type FullRow = VersionRow & { readonly body: Body };

export const fullColumns = sql`${versionColumns}, v.body`;

export function storedVersion(row: FullRow): StoredVersion {
  const { type, id, lu, method } = row;
  const deleted = row.deleted === 1;
  return { key: { type, id }, versionId: String(row.versionId), lastUpdated: lu, method, deleted, text: unpackBody(row.body) };
}

/** Reads versions and what they offer to search. */
export class Versions implements Lookup {
  readonly statements: Statements;
  readonly names: Names;

  constructor(statements: Statements, names: Names) {
    this.statements = statements;
    this.names = names;
  }

  load(seq: number): StoredVersion | undefined {
    const row = this.statements.get<FullRow>(sql`SELECT ${fullColumns} FROM version v WHERE v.seq = ${seq}`);
    return row === undefined ? undefined : storedVersion(row);
  }

  /** The current version, a deleted one too. */
  row({ type, id }: ResourceKey): FullRow | undefined {
    return this.statements.get<FullRow>(sql`SELECT ${fullColumns} FROM resource r CROSS JOIN version v ON v.seq = r.seq
      WHERE r.type = ${type} AND r.id = ${id}`);
  }

  rowOf({ type, id }: ResourceKey, versionId: string): FullRow | undefined {
    // A version has its number or its tag for an id; only texts that a number is written as are numbers.
    const vid = /^[1-9]\d{0,14}$/.test(versionId) ? Number(versionId) : null;
    return this.statements.get<FullRow>(sql`SELECT ${fullColumns} FROM resource r CROSS JOIN version v ON v.rid = r.rid
      WHERE r.type = ${type} AND r.id = ${id} AND ((v.vid = ${vid} AND v.tag IS NULL) OR v.tag = ${versionId})`);
  }

  current(key: ResourceKey): Candidate | undefined {
    const row = this.row(key);
    return row === undefined ? undefined : this.candidate(row);
  }

  *referrers(type: string, parameter: string, target: string): Iterable<Candidate> {
    const p = this.names.parameter(type, parameter, 'reference');
    if (p === undefined) return;
    const rows = this.statements.all<VersionRow>(sql`SELECT ${versionColumns} FROM ix_reference x
      CROSS JOIN resource r ON r.rid = x.rid CROSS JOIN version v ON v.seq = r.seq WHERE x.p = ${p} AND x.target = ${target}`);
    for (const row of rows) yield this.candidate(row);
  }

  /** The last undeleted version of the resource: the version itself when it is that. */
  lastUndeleted(row: VersionRow): Candidate {
    const live = this.statements.get<VersionRow>(
      sql`SELECT ${versionColumns} FROM resource r CROSS JOIN version v ON v.seq = r.live WHERE r.rid = ${row.rid}`,
    );
    return this.candidate(live ?? row);
  }

  candidate(row: VersionRow): Candidate {
    return new VersionCandidate(row, this);
  }

  entries({ seq, rid }: VersionRow): readonly IndexEntry[] {
    const past = this.statements.get<{ entries: Uint8Array }>(sql`SELECT entries FROM past_entries WHERE seq = ${seq}`);
    return entriesOfRows(past === undefined ? readRows(this.statements, rid).values() : unpackRows(past.entries), this.names);
  }
}

/** Reads entries only when a criterion asks for them: most borders don't. */
class VersionCandidate implements Candidate {
  readonly key: ResourceKey;
  readonly lastUpdated: number;
  readonly deleted: boolean;
  readonly #row: VersionRow;
  readonly #versions: Versions;
  #entries: readonly IndexEntry[] | undefined;
  #compartments: readonly string[] | undefined;

  constructor(row: VersionRow, versions: Versions) {
    this.key = { type: row.type, id: row.id };
    this.lastUpdated = row.lu;
    this.deleted = row.deleted === 1;
    this.#row = row;
    this.#versions = versions;
  }

  get entries(): readonly IndexEntry[] {
    this.#entries ??= this.#versions.entries(this.#row);
    return this.#entries;
  }

  get compartments(): readonly string[] {
    this.#compartments ??= JSON.parse(this.#row.compartments) as readonly string[]; // Only `apply-write.ts` writes them.
    return this.#compartments;
  }
}
