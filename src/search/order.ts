/** The order of search results: the sort keys, then type and id ascending. https://hl7.org/fhir/R4/search.html#sort */
import type { SortKey } from './criterion.ts';
import type { IndexEntry } from './index-entry.ts';
import type { Candidate } from './match.ts';

export type SortValue = string | number | null;

/**
 * What a resource is sorted by: of several values ascending order takes the smallest, descending order the largest; null without any.
 * A token sorts by its code, a string by its folded value, a range by its low end (of the entry for any unit).
 */
export function sortValue(candidate: Candidate, key: SortKey): SortValue {
  if (key.parameter === '_id') return candidate.key.id;
  if (key.parameter === '_lastUpdated') return candidate.lastUpdated;
  const values = candidate.entries.flatMap((entry) => (entry.parameter === key.parameter ? entryValue(entry, key.shape) : []));
  const sign = key.descending ? -1 : 1;
  return values.reduce<SortValue>((best, value) => (best === null || sign * compareValues(value, best) < 0 ? value : best), null);
}

/** Where a resource stands: its sort values, then type and id. */
export function placeOf(candidate: Candidate, sort: readonly SortKey[]): readonly SortValue[] {
  return [...sort.map((key) => sortValue(candidate, key)), candidate.key.type, candidate.key.id];
}

/** Negative when the first place comes before the second. Missing values come last in both directions. */
export function comparePlaces(sort: readonly SortKey[], first: readonly SortValue[], second: readonly SortValue[]): number {
  for (const [index, one] of first.entries()) {
    const other = second[index] ?? null;
    if (one === other) continue;
    if (one === null) return 1;
    if (other === null) return -1;
    const order = compareValues(one, other);
    if (order !== 0) return sort[index]?.descending ? -order : order;
  }
  return 0;
}

/** Numbers by size, texts by code point, as both databases compare them (JavaScript's `<` compares UTF-16 units). */
export function compareValues(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return compareTexts(String(one), String(other));
}

function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rank(one.charCodeAt(at)) - rank(other.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Puts surrogates, the halves of code points from U+10000 on, behind every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function entryValue(entry: IndexEntry, shape: SortKey['shape']): readonly (string | number)[] {
  if (entry.shape !== shape) return [];
  switch (entry.shape) {
    case 'token':
      return [entry.code];
    case 'range':
      return entry.unit === '' ? [entry.low] : [];
    case 'reference':
      return [entry.target];
    case 'string':
    case 'uri':
      return [entry.value];
  }
}
