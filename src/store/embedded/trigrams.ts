/**
 * Finds the strings that contain some text: every distinct value of a string parameter is known by the groups of three characters in it.
 * Values repeat far more often than they are new (names, displays), so that most writes add nothing here.
 */
import { allOf, type Sql, sql } from './sql.ts';
import type { Statements } from './statements.ts';

/** Groups asked for one search: more would cost more than they exclude. */
const gramsAskedMax = 4;

/** The values of parameter `p` that contain `part`, as a query with the column `value`. */
export function valuesContaining(p: number, part: string): Sql {
  const [first, ...more] = spread(gramsOf(part));
  // Under three characters there is no group to look for: the distinct values are read one by one.
  if (first === undefined) return sql`SELECT value FROM string_value WHERE p = ${p} AND instr(value, ${part}) > 0`;
  const others = more.map(
    (gram) => sql`EXISTS (SELECT 1 FROM trigram o WHERE o.p = ${p} AND o.gram = ${gram} AND o.sid = g.sid)`,
  );
  return sql`SELECT s.value FROM trigram g CROSS JOIN string_value s ON s.sid = g.sid
    WHERE g.p = ${p} AND g.gram = ${first} AND ${allOf(others)} AND instr(s.value, ${part}) > 0`;
}

/** To be called for each string row added. */
export function rememberString(statements: Statements, p: number, value: string): void {
  const { changes, lastInsertRowid } = statements.run(
    sql`INSERT INTO string_value(p, value) VALUES (${p}, ${value}) ON CONFLICT DO NOTHING`,
  );
  if (changes === 0) return;
  const sid = Number(lastInsertRowid);
  for (const gram of gramsOf(value)) statements.run(sql`INSERT INTO trigram(p, gram, sid) VALUES (${p}, ${gram}, ${sid})`);
}

/** To be called for each string row removed: a value that no resource has any more leaves no trace. */
export function forgetString(statements: Statements, p: number, value: string): void {
  const used = statements.get(sql`SELECT 1 FROM ix_string WHERE p = ${p} AND value = ${value} LIMIT 1`);
  if (used !== undefined) return;
  const row = statements.get<{ sid: number }>(sql`DELETE FROM string_value WHERE p = ${p} AND value = ${value} RETURNING sid`);
  if (row === undefined) return;
  for (const gram of gramsOf(value))
    statements.run(sql`DELETE FROM trigram WHERE p = ${p} AND gram = ${gram} AND sid = ${row.sid}`);
}

/** Groups of three code points, each once. */
function gramsOf(value: string): readonly string[] {
  const points = [...value];
  return [...new Set(points.slice(2).map((point, index) => `${points[index]}${points[index + 1]}${point}`))];
}

/** A few groups from all over the text. */
function spread(grams: readonly string[]): readonly string[] {
  if (grams.length <= gramsAskedMax) return grams;
  const step = (grams.length - 1) / (gramsAskedMax - 1);
  return Array.from({ length: gramsAskedMax }, (_, index) => grams[Math.round(index * step)] ?? '');
}
