/** https://hl7.org/fhir/R4/bundle.html#searchset, written from stored texts as they are: nothing is parsed, every digit stays. */
import { formatInstant } from '../fhir/date.ts';
import type { QueryParameter } from './query.ts';

export interface SearchsetEntry {
  readonly fullUrl: string;
  /** The resource as JSON. */
  readonly text: string;
  readonly mode: 'match' | 'include' | 'outcome';
}

export interface Searchset {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly lastUpdated: number;
  /** Of the matches on all pages; absent when it was not asked for. */
  readonly total?: number;
  readonly links: readonly { readonly relation: 'self' | 'first' | 'next'; readonly url: string }[];
  readonly entries: readonly SearchsetEntry[];
}

export function formatSearchset({ id, lastUpdated, total, links, entries }: Searchset): string {
  const meta = `"meta":{"lastUpdated":"${formatInstant(lastUpdated)}"}`;
  const head = `{"resourceType":"Bundle","id":${JSON.stringify(id)},${meta},"type":"searchset"`;
  const counted = total === undefined ? '' : `,"total":${total}`;
  const linked = `,"link":${JSON.stringify(links)}`;
  // "An array can't be empty": without entries the member is left out. https://hl7.org/fhir/R4/json.html
  const listed = entries.length === 0 ? '' : `,"entry":[${entries.map(formatEntry).join(',')}]`;
  return `${head}${counted}${linked}${listed}}`;
}

function formatEntry({ fullUrl, text, mode }: SearchsetEntry): string {
  return `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${text},"search":{"mode":"${mode}"}}`;
}

/** A query as a client may send it again by GET, whatever way it came. */
export function formatUrl(url: string, query: readonly QueryParameter[]): string {
  const pairs = query.map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? url : `${url}?${pairs.join('&')}`;
}

/** Leaves bare what a query may hold (RFC 3986 section 3.4) and people like to read. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(?:3A|2F|2C|24)/g, decodeURIComponent);
}
