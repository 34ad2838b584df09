/** Short ways to say writes, entries and queries in the store contract. */
import type { StampableText } from '../../src/fhir/json.ts';
import { formatKey } from '../../src/fhir/reference.ts';
import type { ResourceKey } from '../../src/fhir/types.ts';
import { type Authorized, all, type Criterion, type SortKey, type Test } from '../../src/search/criterion.ts';
import type { IndexEntry } from '../../src/search/index-entry.ts';
import type { Page, Store, StoredVersion, StoreQuery, Write, WriteResult } from '../../src/store/store.ts';

/** Gives a criterion the brand that only `access/narrow.ts` gives outside tests. */
export function authorized(criterion: Criterion): Authorized<Criterion> {
  return criterion as Authorized<Criterion>; // Tests of the store stand below access control.
}

export const anyone = authorized(all);

export const compartment = (member: string): Criterion => ({ kind: 'compartment', member });

export const member = (name: string) => authorized(compartment(name));

/** A clock that the test moves; stores are opened with its `now`. */
export function openClock(start = Date.UTC(2025, 0, 1)) {
  let time = start;
  return {
    now: () => time,
    tick: (ms = 1000) => {
      time += ms;
      return time;
    },
  };
}

export function keyOf(reference: string): ResourceKey {
  const [type = '', id = ''] = reference.split('/');
  return { type, id };
}

/** A resource's text with a member that says which content it is. */
export function textOf(key: ResourceKey, note = ''): StampableText {
  return {
    head: `{"resourceType":"${key.type}","id":"${key.id}","meta":{`,
    tail: `},"language":${JSON.stringify(note)}}`,
  };
}

type Parts = Partial<Pick<Write, 'entries' | 'compartments' | 'expect' | 'method'>> & { readonly note?: string };

function write(op: Write['op'], method: Write['method'], reference: string, parts: Parts): Write {
  const key = keyOf(reference);
  const { note, ...rest } = parts;
  const text = op === 'delete' ? {} : { text: textOf(key, note) };
  return { op, key, method, ...text, entries: [], compartments: [], expect: { kind: 'any' }, ...rest };
}

export const creation = (reference: string, parts: Parts = {}) => write('create', 'POST', reference, parts);
export const update = (reference: string, parts: Parts = {}) => write('update', 'PUT', reference, parts);
export const deletion = (reference: string, parts: Parts = {}) => write('delete', 'DELETE', reference, parts);

/** Commits writes as one transaction and gives the first result. */
export async function commit(store: Store, ...writes: readonly Write[]): Promise<WriteResult> {
  const [first] = await store.transact(writes);
  if (first === undefined) throw new Error('The store gave no result for a write.');
  return first;
}

export const token = (parameter: string, system: string, code: string, element = 0): IndexEntry => ({
  shape: 'token',
  parameter,
  element,
  system,
  code,
});

export const text = (parameter: string, value: string, exact = value, element = 0): IndexEntry => ({
  shape: 'string',
  parameter,
  element,
  value,
  exact,
});

export const range = (parameter: string, low: number, high = low, unit = '', element = 0): IndexEntry => ({
  shape: 'range',
  parameter,
  element,
  low,
  high,
  unit,
});

export const reference = (parameter: string, target: string, element = 0): IndexEntry => ({
  shape: 'reference',
  parameter,
  element,
  target,
});

export const uri = (parameter: string, value: string, element = 0): IndexEntry => ({ shape: 'uri', parameter, element, value });

export const has = (parameter: string, test?: Test): Criterion =>
  test === undefined ? { kind: 'has', parameter } : { kind: 'has', parameter, test };

export const hasToken = (parameter: string, code?: string, system?: string): Criterion =>
  has(parameter, { shape: 'token', ...(code === undefined ? {} : { code }), ...(system === undefined ? {} : { system }) });

export const hasText = (parameter: string, match: (Test & { readonly shape: 'string' })['match'], value: string): Criterion =>
  has(parameter, { shape: 'string', match, value });

export const ascending = (parameter: string, shape: SortKey['shape']): SortKey => ({ parameter, shape, descending: false });
export const descending = (parameter: string, shape: SortKey['shape']): SortKey => ({ parameter, shape, descending: true });

export const nameOf = (version: StoredVersion) => formatKey(version.key);

type QueryParts = Partial<Omit<StoreQuery, 'criterion'>> & { readonly criterion?: Criterion };

export function queryOf(types: readonly string[], parts: QueryParts = {}): StoreQuery {
  return { types, sort: [], count: 1000, total: 'none', ...parts, criterion: authorized(parts.criterion ?? all) };
}

/** The first page of a search, as `Type/id`. */
export async function found(
  store: Store,
  type: string,
  criterion: Criterion,
  parts: QueryParts = {},
): Promise<readonly string[]> {
  const { items } = await store.search(queryOf([type], { criterion, ...parts }));
  return items.map(nameOf);
}

/** Every page, one after the other, following `next`; `between` runs after each page. */
export async function allPages(
  page: (after: StoreQuery['after']) => Promise<Page<StoredVersion>>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly (readonly StoredVersion[])[]> {
  const pages: (readonly StoredVersion[])[] = [];
  let after: StoreQuery['after'];
  do {
    const { items, next } = await page(after);
    pages.push(items);
    // A position must survive the journey inside a paging link.
    after = next === undefined ? undefined : (JSON.parse(JSON.stringify(next)) as StoreQuery['after']);
    await between();
  } while (after !== undefined && pages.length < 10_000);
  return pages;
}
