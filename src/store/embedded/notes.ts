/** Texts that the server keeps beside the resources, in `meta`. */
import type { Note } from './messages.ts';
import { sql } from './sql.ts';
import type { Statements } from './statements.ts';

export function readNote(statements: Statements, name: string): string | undefined {
  return statements.get<{ value: string }>(sql`SELECT value FROM meta WHERE name = ${rowName(name)}`)?.value;
}

/** For the writer; false when the note is not what was expected. */
export function writeNote(statements: Statements, { name, text, expected }: Note): boolean {
  if (readNote(statements, name) !== expected) return false;
  statements.run(sql`INSERT INTO meta(name, value) VALUES (${rowName(name)}, ${text})
    ON CONFLICT(name) DO UPDATE SET value = excluded.value`);
  return true;
}

/** Apart from the schema's own rows. */
function rowName(name: string): string {
  return `note ${name}`;
}
