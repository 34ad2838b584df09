/** New index rows for a version that stays as it is. */
import { isOfParameters } from '../reindexing.ts';
import type { Reindexing } from '../store.ts';
import { readRows, replaceRows, rowsOfEntries } from './index-rows.ts';
import { sql } from './sql.ts';
import type { Versions } from './versions.ts';

/** For the writer; does nothing unless the version is current and not deleted. */
export function reindex({ statements, names }: Versions, { key, versionId, parameters, entries }: Reindexing): void {
  const current = statements.get<{ rid: number; deleted: number; versionId: string | number }>(
    sql`SELECT r.rid, r.deleted, coalesce(v.tag, v.vid) AS versionId FROM resource r CROSS JOIN version v ON v.seq = r.seq
      WHERE r.type = ${key.type} AND r.id = ${key.id}`,
  );
  if (current === undefined || current.deleted === 1 || String(current.versionId) !== versionId) return;
  const rows = readRows(statements, current.rid);
  // The number of a parameter is the first value of every row.
  const before = [...rows].filter(([, [, p]]) => isOfParameters(names.parameterCode(Number(p)), parameters));
  replaceRows(statements, current.rid, new Map(before), rowsOfEntries(key.type, entries, names));
}
