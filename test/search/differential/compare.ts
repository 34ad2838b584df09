/**
 * Random resources through the real indexer, random queries through the real reader of queries: every store must find what the in-memory
 * matcher finds, in the same order, page by page, with the same total.
 */
import { expect } from 'chai';
import type { StampableText } from '../../../src/fhir/json.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import type { Resource } from '../../../src/fhir/types.ts';
import { openIndexer } from '../../../src/search/indexer.ts';
import { parseQuery } from '../../../src/search/parse-query.ts';
import { openMemory } from '../../../src/store/memory/memory.ts';
import type { Store, StoreSettings, Write } from '../../../src/store/store.ts';
import { allPages, nameOf, openClock, queryOf } from '../../store/contract-fixtures.ts';
import { openRandom, type Random } from '../../support/random.ts';
import { baseUrl, definitions, settings } from '../fixture.ts';
import { perType, types } from './pools.ts';
import { type RandomQuery, randomQuery } from './random-queries.ts';
import { randomResource } from './random-resources.ts';

export interface Comparison {
  readonly seed: number;
  readonly queries: number;
  /** The stores compared with the memory store, by name. */
  readonly open: Readonly<Record<string, (settings: StoreSettings) => Promise<Store>>>;
}

export interface Summary {
  readonly asked: number;
  /** Queries that were refused, by what the refusal says. */
  readonly refused: number;
  /** Queries that found something, and not everything. */
  readonly telling: number;
}

/** Throws an AssertionError that names seed, query and store at the first difference. */
export async function compareStores({ seed, queries, open }: Comparison): Promise<Summary> {
  const random = openRandom(seed);
  const clock = openClock();
  const oracle = openMemory({ now: clock.now });
  const stores = await Promise.all(
    Object.entries(open).map(async ([name, make]) => [name, await make({ now: clock.now })] as const),
  );
  const summary = { asked: 0, refused: 0, telling: 0 };
  try {
    const known = { definitions, indexed: await fill(random, clock, [oracle, ...stores.map(([, store]) => store)]) };
    for (let index = 0; index < queries; index += 1) {
      const query = randomQuery(random, known);
      const what = `SEED=${seed}, query ${index}: ${query.types.join(',')}?${query.parameters.map((pair) => pair.join('=')).join('&')}`;
      const count = random.pick([5, 17, 1000]);
      const parsed = read(query, clock.now());
      summary.asked += 1;
      if (parsed === undefined) {
        summary.refused += 1;
        continue;
      }
      const run = async (store: Store) => {
        const parts = { criterion: parsed.criterion, sort: parsed.sort, count };
        const pages = await allPages((after) =>
          store.search(queryOf(query.types, { ...parts, ...(after === undefined ? {} : { after }) })),
        );
        const { total } = await store.search(queryOf(query.types, { criterion: parsed.criterion, count: 0, total: 'accurate' }));
        return { found: pages.map((page) => page.map(nameOf)), total };
      };
      const expected = await run(oracle);
      if (expected.total !== 0 && expected.total !== query.types.length * perType) summary.telling += 1;
      for (const [name, store] of stores) expect(await run(store), `${name}: ${what}`).to.deep.equal(expected);
    }
  } finally {
    await Promise.all([oracle.close(), ...stores.map(([, store]) => store.close())]);
  }
  return summary;
}

/** Undefined when the query is refused, as a random one may be: with 400 or too-costly, never otherwise. */
function read({ types: asked, parameters }: RandomQuery, now: number) {
  try {
    return parseQuery(asked, parameters, { ...settings, now });
  } catch (error) {
    if (error instanceof FhirError && (error.status === 400 || error.status === 422)) return undefined;
    throw error;
  }
}

/** All resources once, then changes and deletions among them. Gives `Type.code` of each parameter that got a value. */
async function fill(random: Random, clock: ReturnType<typeof openClock>, stores: readonly Store[]): Promise<ReadonlySet<string>> {
  const indexed = new Set<string>();
  const indexer = openIndexer(definitions, { baseUrl, timeZone: 'Europe/Rome' });
  const keys = types.flatMap((type) => Array.from({ length: perType }, (_, id) => ({ type, id: String(id) })));
  const put = (type: (typeof types)[number], id: string): Write => {
    const resource = randomResource(random, type, id);
    const { entries, compartments } = indexer.index(resource);
    for (const { parameter } of entries)
      if (!parameter.startsWith('_')) indexed.add(`${type}.${parameter.replace(/[:$].*/s, '')}`);
    const key = { type, id };
    return { op: 'update', key, method: 'PUT', text: textOf(resource), entries, compartments, expect: { kind: 'any' } };
  };
  const remove = (type: string, id: string): Write => {
    return { op: 'delete', key: { type, id }, method: 'DELETE', entries: [], compartments: [], expect: { kind: 'any' } };
  };
  const first = keys.map(({ type, id }) => put(type, id));
  const later = Array.from({ length: 80 }, () => {
    const { type, id } = random.pick(keys);
    return random.chance(0.2) ? remove(type, id) : put(type, id);
  });
  const all = [...first, ...later];
  for (let at = 0; at < all.length; at += 8) {
    clock.tick();
    for (const store of stores) await store.transact(all.slice(at, at + 8));
  }
  return indexed;
}

/** Only the type and id: what is compared is what is found. */
function textOf({ resourceType, id }: Resource): StampableText {
  return { head: `{"resourceType":"${resourceType}","id":${JSON.stringify(id)},"meta":{`, tail: '}}' };
}
