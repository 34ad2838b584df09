/** What one resource offers to search: rows of six shapes; the seventh, the tuple, is rows that share an element. */

/** `element` numbers the repeating element an entry came from (0 if single): a composite matches within one element. */
interface EntryBase {
  /**
   * The search parameter's code, or a derived key: `<code>:text` (string: display and text), `<code>:word` (string: later words of
   * a text), `<code>:identifier` and `<code>:of-type` (token), `<code>$1`, `<code>$2`… (components of a composite).
   */
  readonly parameter: string;
  readonly element: number;
}

/** `system` and `code` are '' when absent. Case is kept; parameters that ignore case are folded before. */
export interface TokenEntry extends EntryBase {
  readonly shape: 'token';
  readonly system: string;
  readonly code: string;
}

/** `value` is folded (case, accents, punctuation, white space); `exact` is as sent. */
export interface StringEntry extends EntryBase {
  readonly shape: 'string';
  readonly value: string;
  readonly exact: string;
}

/**
 * Dates: milliseconds since 1970 in UTC, both ends included; numbers and quantities: mostly a point (`low === high`).
 * An open end of a date is `openLow` or `openHigh`, of a number or quantity `unboundedLow` or `unboundedHigh`. `unit` is '' for dates and
 * numbers. A quantity makes one entry per way to ask for it: '' (any unit), `|code`, and either the canonical UCUM unit as `ucum|unit` with
 * the value converted or, where there is none, `system|code`.
 */
export interface RangeEntry extends EntryBase {
  readonly shape: 'range';
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

/** `target` is `Type/id` for a resource of this server, else the absolute URL; never a version. */
export interface ReferenceEntry extends EntryBase {
  readonly shape: 'reference';
  readonly target: string;
}

export interface UriEntry extends EntryBase {
  readonly shape: 'uri';
  readonly value: string;
}

/** `words`: the distinct words of a text, folded, with a space before, between and behind: ` il fegato `. At most one for each parameter. */
export interface WordsEntry extends EntryBase {
  readonly shape: 'words';
  readonly words: string;
}

export type IndexEntry = TokenEntry | StringEntry | RangeEntry | ReferenceEntry | UriEntry | WordsEntry;

export type Shape = IndexEntry['shape'];

export const openLow = -8.64e15;
export const openHigh = 8.64e15;

export const unboundedLow = -Number.MAX_VALUE;
export const unboundedHigh = Number.MAX_VALUE;
