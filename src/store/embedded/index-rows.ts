/** Index entries as rows of the `ix_…` tables, and back. */
import type { IndexEntry, Shape } from '../../search/index-entry.ts';
import { deflate, inflate } from './body.ts';
import type { Names } from './names.ts';
import { joinSql, raw, type Sql, sql } from './sql.ts';
import type { Statements } from './statements.ts';
import { forgetString, rememberString } from './trigrams.ts';
import { forgetWords, rememberWords } from './words.ts';

/** The shape, then the values of the table's columns without `rid`. */
export type IndexRow = readonly [shape: Shape, ...values: (string | number)[]];

export const columnsOf: Readonly<Record<Shape, readonly string[]>> = {
  token: ['p', 'code', 'term', 'n'],
  string: ['p', 'value', 'exact', 'n'],
  range: ['p', 'term', 'width', 'low', 'high', 'n'],
  reference: ['p', 'target', 'n'],
  uri: ['p', 'value', 'n'],
  words: ['p', 'words', 'n'],
};

/** Written most of all, so not put together anew for each row. */
const insertions: Readonly<Record<Shape, string>> = {
  token: insertion('token'),
  string: insertion('string'),
  range: insertion('range'),
  reference: insertion('reference'),
  uri: insertion('uri'),
  words: insertion('words'),
};

// The keys of an object literal of that type.
export const shapes = Object.keys(columnsOf) as readonly Shape[];

/** Added to the width class of ranges that share parameter and unit with another range of their resource: see `ranges.ts`. */
export const severalRanges = 64;

/** Rows for entries, with names numbered; an entry that comes twice gives one row. */
export function rowsOfEntries(type: string, entries: readonly IndexEntry[], names: Names): ReadonlyMap<string, IndexRow> {
  const several = new Map<string, number>();
  for (const entry of entries) {
    if (entry.shape === 'range') several.set(rangeName(entry), (several.get(rangeName(entry)) ?? 0) + 1);
  }
  const rows = entries.map((entry) => {
    const p = names.internParameter(type, entry.parameter, entry.shape);
    return rowOfEntry(entry, p, names, entry.shape === 'range' && several.get(rangeName(entry)) !== 1);
  });
  return new Map(rows.map((row) => [JSON.stringify(row), row]));
}

export function entriesOfRows(rows: Iterable<IndexRow>, names: Names): readonly IndexEntry[] {
  return [...rows].map((row) => entryOfRow(row, names));
}

/** The index rows of a current resource. */
export function readRows(statements: Statements, rid: number): ReadonlyMap<string, IndexRow> {
  const rows = shapes.flatMap((shape) => {
    const columns = raw(columnsOf[shape].join(', '));
    const found = statements.all<Record<string, string | number>>(sql`SELECT ${columns} FROM ${table(shape)} WHERE rid = ${rid}`);
    return found.map((row): IndexRow => [shape, ...Object.values(row)]);
  });
  return new Map(rows.map((row) => [JSON.stringify(row), row]));
}

/** Makes a resource's index rows those of `after`, touching only what differs. */
export function replaceRows(
  statements: Statements,
  rid: number,
  before: ReadonlyMap<string, IndexRow>,
  after: ReadonlyMap<string, IndexRow>,
): void {
  for (const [name, row] of before) {
    if (!after.has(name)) removeRow(statements, rid, row);
  }
  for (const [name, row] of after) {
    if (!before.has(name)) addRow(statements, rid, row);
  }
}

/** Rows of versions that are not current: they keep what they offered to search, so that a border can still be judged on them. */
export function packRows(rows: Iterable<IndexRow>): Uint8Array {
  return deflate(JSON.stringify([...rows]));
}

export function unpackRows(bytes: Uint8Array): readonly IndexRow[] {
  return JSON.parse(inflate(bytes)) as readonly IndexRow[]; // Only `packRows` writes them.
}

function addRow(statements: Statements, rid: number, [shape, ...values]: IndexRow): void {
  const { lastInsertRowid } = statements.run({ text: insertions[shape], values: [...values, rid] });
  const [p, text] = [Number(values[0]), String(values[1])];
  if (shape === 'string') rememberString(statements, p, text);
  if (shape === 'words') rememberWords(statements, Number(lastInsertRowid), p, text);
}

function removeRow(statements: Statements, rid: number, [shape, ...values]: IndexRow): void {
  const key = columnsOf[shape].map((column, index) => sql`${raw(column)} = ${values[index] ?? null}`);
  const which = sql`WHERE ${joinSql(key, ' AND ')} AND rid = ${rid}`;
  if (shape === 'words') {
    for (const { wid } of statements.all<{ wid: number }>(sql`SELECT wid FROM ix_words ${which}`)) forgetWords(statements, wid);
  }
  statements.run(sql`DELETE FROM ${table(shape)} ${which}`);
  if (shape === 'string') forgetString(statements, Number(values[0]), String(values[1]));
}

function rowOfEntry(entry: IndexEntry, p: number, names: Names, several: boolean): IndexRow {
  const n = entry.element;
  switch (entry.shape) {
    case 'token':
      return ['token', p, entry.code, names.internTerm(entry.system), n];
    case 'string':
      return ['string', p, entry.value, entry.exact, n];
    case 'range': {
      const width = widthClass(entry.low, entry.high) + (several ? severalRanges : 0);
      return ['range', p, names.internTerm(entry.unit), width, entry.low, entry.high, n];
    }
    case 'reference':
      return ['reference', p, entry.target, n];
    case 'uri':
      return ['uri', p, entry.value, n];
    case 'words':
      return ['words', p, entry.words, n];
  }
}

/** 0 for a point; class k holds ranges narrower than 2^k, the last all that are wider. */
function widthClass(low: number, high: number): number {
  return high === low ? 0 : Math.min(severalRanges - 1, Math.max(1, Math.ceil(Math.log2(high - low + 1))));
}

function entryOfRow([shape, p, ...values]: IndexRow, names: Names): IndexEntry {
  const parameter = names.parameterCode(Number(p));
  const [first, second, third, fourth] = values;
  const element = Number(values.at(-1));
  switch (shape) {
    case 'token':
      return { shape, parameter, element, code: String(first), system: names.termText(Number(second)) };
    case 'string':
      return { shape, parameter, element, value: String(first), exact: String(second) };
    case 'range':
      return { shape, parameter, element, unit: names.termText(Number(first)), low: Number(third), high: Number(fourth) };
    case 'reference':
      return { shape, parameter, element, target: String(first) };
    case 'uri':
      return { shape, parameter, element, value: String(first) };
    case 'words':
      return { shape, parameter, element, words: String(first) };
  }
}

function rangeName(entry: IndexEntry & { shape: 'range' }): string {
  return `${entry.parameter} ${entry.unit}`;
}

function insertion(shape: Shape): string {
  const columns = [...columnsOf[shape], 'rid'];
  return `INSERT INTO ix_${shape}(${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}

function table(shape: Shape): Sql {
  return raw(`ix_${shape}`);
}
