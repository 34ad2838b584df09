/** From index entries to the fields of a document that searches ask. */

import type { SortKey } from '../../search/criterion.ts';
import type { IndexEntry, RangeEntry } from '../../search/index-entry.ts';
import { compareValues } from '../../search/order.ts';
import { isOfParameters } from '../reindexing.ts';
import { entryKeys, parameterOf, rangeKey, wordKeys } from './keys.ts';

/** One range: the key of parameter and unit, low and high end. */
export interface RangeField {
  readonly k: string;
  readonly lo: number;
  readonly hi: number;
}

/** The components of a composite parameter `p` that share one element, with keys and ranges as in the document itself. */
export interface TupleField {
  readonly p: string;
  readonly t: readonly string[];
  readonly r: readonly RangeField[];
}

export interface IndexFields {
  /** The keys of `keys.ts`. */
  readonly t: readonly string[];
  readonly r: readonly RangeField[];
  readonly u: readonly TupleField[];
  /** The words of texts, as `wordKeys` has them. */
  readonly w: readonly string[];
  /** The parameters that have any entry. */
  readonly p: readonly string[];
  /** The compartments: `Patient/A`. */
  readonly c: readonly string[];
}

/** By `sortName`: the least and the greatest value. */
export type SortFields = Readonly<Record<string, { readonly min: string | number; readonly max: string | number }>>;

export function indexFields(entries: readonly IndexEntry[], compartments: readonly string[]): IndexFields {
  return {
    ...keysAndRanges(entries),
    u: tuples(entries),
    w: unique(entries.flatMap(wordKeys)),
    p: unique(entries.map((entry) => entry.parameter)),
    c: compartments,
  };
}

export function sortFields(entries: readonly IndexEntry[]): SortFields {
  const fields = new Map<string, { min: string | number; max: string | number }>();
  for (const entry of entries) {
    if (entry.shape === 'words') continue;
    const value = sortable(entry);
    if (value === undefined) continue;
    const name = sortName(entry.parameter, entry.shape);
    const { min, max } = fields.get(name) ?? { min: value, max: value };
    fields.set(name, { min: compareValues(value, min) < 0 ? value : min, max: compareValues(value, max) > 0 ? value : max });
  }
  return Object.fromEntries(fields);
}

/** What a current document is found by, without what it has for some parameters, given by code. */
export function withoutParameters(
  { t, r, u, w, p, s }: Omit<IndexFields, 'c'> & { readonly s: SortFields },
  parameters: readonly string[],
): Omit<IndexFields, 'c'> & { readonly s: SortFields } {
  const stays = (name: string) => !isOfParameters(name, parameters);
  const sortNames = new Set(parameters.flatMap((parameter) => shapes.map((shape) => sortName(parameter, shape))));
  return {
    t: t.filter((key) => stays(parameterOf(key))),
    r: r.filter(({ k }) => stays(parameterOf(k))),
    u: u.filter((tuple) => stays(tuple.p)),
    w: w.filter((key) => stays(parameterOf(key))),
    p: p.filter(stays),
    s: Object.fromEntries(Object.entries(s).filter(([name]) => !sortNames.has(name))),
  };
}

const shapes: readonly SortKey['shape'][] = ['token', 'string', 'range', 'reference', 'uri'];

/** A field name for any parameter: what could be read as a path or an operator is spelled out. */
export function sortName(parameter: string, shape: SortKey['shape']): string {
  const name = parameter.replace(/[^A-Za-z0-9_-]/g, (mark) => `%${mark.charCodeAt(0).toString(16)};`);
  return `${name}:${shape}`;
}

/** The value of `search/order.ts`; a derived key (`code:text`) and a component (`code$1`) are no search parameters to sort by. */
function sortable(entry: Exclude<IndexEntry, { shape: 'words' }>): string | number | undefined {
  if (/[:$]/.test(entry.parameter)) return undefined;
  switch (entry.shape) {
    case 'token':
      return entry.code;
    case 'range':
      return entry.unit === '' ? entry.low : undefined;
    case 'reference':
      return entry.target;
    case 'string':
    case 'uri':
      return entry.value;
  }
}

function keysAndRanges(entries: readonly IndexEntry[]): Pick<IndexFields, 't' | 'r'> {
  const ranges = entries.filter((entry): entry is RangeEntry => entry.shape === 'range');
  return {
    t: unique(entries.flatMap(entryKeys)),
    r: ranges.map(({ parameter, unit, low, high }) => ({ k: rangeKey(parameter, unit), lo: low, hi: high })),
  };
}

function tuples(entries: readonly IndexEntry[]): readonly TupleField[] {
  const elements = new Map<string, { p: string; entries: IndexEntry[] }>();
  for (const entry of entries) {
    const composite = /^(.+)\$\d+$/s.exec(entry.parameter)?.[1];
    if (composite === undefined) continue;
    const element = elements.get(`${entry.element}$${composite}`) ?? { p: composite, entries: [] };
    element.entries.push(entry);
    elements.set(`${entry.element}$${composite}`, element);
  }
  return [...elements.values()].map((element) => ({ p: element.p, ...keysAndRanges(element.entries) }));
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
