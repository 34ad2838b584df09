/**
 * Texts found by their words: SQLite's own inverted index (https://sqlite.org/fts5.html) over the words of `ix_words`. A row a word, as tokens
 * have, would be fifteen times slower to write and four times larger.
 */
import type { Test } from '../../search/criterion.ts';
import { anyOf, type Sql, sql } from './sql.ts';
import type { Statements } from './statements.ts';

type WordsTest = Test & { readonly shape: 'words' };

/** To be called for each row added to `ix_words`. */
export function rememberWords(statements: Statements, wid: number, p: number, words: string): void {
  const marked = words
    .trim()
    .split(' ')
    .map((word) => markOf(p) + word);
  statements.run(sql`INSERT INTO word(rowid, body) VALUES (${wid}, ${marked.join(' ')})`);
}

/** To be called for each row removed. */
export function forgetWords(statements: Statements, wid: number): void {
  statements.run(sql`DELETE FROM word WHERE rowid = ${wid}`);
}

/** The rows of parameter `p` that pass one of the tests, as `SELECT rid, n`. */
export function wordsSource(p: number, tests: readonly WordsTest[]): Sql {
  // Words are letters and digits, so nothing in them ends the quoted string.
  const asked = tests.map(({ match, value }) => `"${markOf(p)}${value}"${match === 'start' ? ' *' : ''}`).join(' OR ');
  return sql`SELECT x.rid, x.n FROM word f CROSS JOIN ix_words x ON x.wid = f.rowid WHERE f.word MATCH ${asked}`;
}

/** That the text in the column passes one of the tests. */
export function wordsCondition(tests: readonly WordsTest[], column: Sql): Sql {
  return anyOf(tests.map(({ match, value }) => sql`instr(${column}, ${match === 'word' ? ` ${value} ` : ` ${value}`}) > 0`));
}

/** Stands before every word in the index, so that each parameter has words of its own: its number, always as long. */
function markOf(p: number): string {
  return p.toString(36).padStart(markCharacters, '0');
}

const markCharacters = 6;
