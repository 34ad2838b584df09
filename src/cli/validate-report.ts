/** What `cli validate` writes of a text's issues: a sentence, the source line, and a caret below what the issue is about. */
import type { Issue } from '../fhir/outcome.ts';
import type { FindPlace, FindPlaces, Place } from '../fhir/places.ts';
import type { ResourceText } from './validate-texts.ts';

export interface PlacedIssue {
  /** With its line and column in the source. */
  readonly issue: Issue;
  /** In the text itself. */
  readonly place: Place;
}

/** Finds the places of issues in one pass; what is about nothing that the text has is about its beginning. */
export function findPlaces(issues: readonly Issue[], { text, line }: ResourceText, find: FindPlaces): readonly PlacedIssue[] {
  const known: FindPlace = issues.some(({ line: own }) => own === undefined)
    ? find(text === '' ? [] : issues.map(({ expression }) => expression))
    : () => undefined;
  return issues.map((issue) => {
    const own = issue.line === undefined ? undefined : { line: issue.line, column: issue.column ?? 1, length: 1 };
    const place = own ?? known(issue.expression) ?? { line: 1, column: 1, length: 1 };
    return { issue: { ...issue, line: place.line + line - 1, column: place.column }, place };
  });
}

/** The issues of a text as lines for a person. */
export function formatIssues(name: string, { text, line: first }: ResourceText, placed: readonly PlacedIssue[]): string {
  const lines = text.split('\n');
  return placed
    .map(({ issue, place: { line, column, length } }) => {
      const number = line + first - 1;
      const rule = issue.id === undefined ? '' : `  [${issue.id}]`;
      const margin = String(number).padStart(5);
      const { shown, caret } = clip(lines[line - 1] ?? '', column);
      return [
        `${name}:${number}:${column}  ${issue.severity}  ${issue.text}${rule}`,
        `${margin} | ${shown}`,
        `${' '.repeat(margin.length)} | ${' '.repeat(caret)}${'^'.repeat(Math.max(1, Math.min(length, shown.length - caret)))}`,
        '',
      ].join('\n');
    })
    .join('');
}

const widthMax = 120;
/** What is shown before the caret, where a line is too long. */
const lead = 40;

/** The part of a line around a column: a resource of NDJSON stands on one line. */
function clip(line: string, column: number): { readonly shown: string; readonly caret: number } {
  const start = column <= widthMax ? 0 : column - 1 - lead;
  const before = start > 0 ? '…' : '';
  const after = line.length > start + widthMax ? '…' : '';
  return { shown: `${before}${line.slice(start, start + widthMax)}${after}`, caret: column - 1 - start + before.length };
}

/** Of everything that was checked. */
export interface Tally {
  readonly files: number;
  readonly resources: number;
  readonly errors: number;
  readonly warnings: number;
}

export function formatSummary({ files, resources, errors, warnings }: Tally, ms: number): string {
  const part = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const parts = [part(files, 'file'), part(errors, 'error'), part(warnings, 'warning')];
  if (resources !== files) parts.splice(1, 0, part(resources, 'resource'));
  return `${parts.join(', ')} (${ms.toFixed(1)} ms)`;
}
