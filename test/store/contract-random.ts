/** Contract: random criteria over random resources find what the oracle, the memory store with `search/match.ts`, finds. */
import { expect } from 'chai';
import type { Criterion, PartTest, RangeComparison, SortKey, Test } from '../../src/search/criterion.ts';
import { type IndexEntry, openHigh, openLow } from '../../src/search/index-entry.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store, Write } from '../../src/store/store.ts';
import { chooseSeed, openRandom, type Random } from '../support/random.ts';
import type { OpenStore } from './contract.ts';
import { allPages, anyone, authorized, deletion, has, nameOf, openClock, queryOf, update } from './contract-fixtures.ts';

const types = ['Patient', 'Observation', 'Medication'] as const;
const comparisons: readonly RangeComparison[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap', 'co'];
const words = ['ab', 'abc', 'bc', 'abcabc', 'c', 'ca ab', 'è', '🚀ab'];
const uris = ['urn:a', 'http://a', 'http://a/', 'http://a/b', 'http://a/b/c', 'http://ab'];
const shapes: readonly SortKey['shape'][] = ['token', 'string', 'range', 'reference', 'uri'];
const allShapes = [...shapes, 'words'] as const;
const textWords = ['uno', 'due', 'tre', 'treno', 'è', '🚀'];

export function describeRandom(open: OpenStore, criteria: number): void {
  describe('random criteria', () => {
    const seed = chooseSeed();
    const random = openRandom(seed);
    const clock = openClock();
    let store: Store;
    let oracle: Store;

    before(async function () {
      this.timeout(120_000);
      store = await open({ now: clock.now });
      oracle = openMemory({ now: clock.now });
      const keys = types.flatMap((type) => Array.from({ length: 40 }, (_, index) => `${type}/${index}`));
      for (let step = 0; step < 60; step += 1) {
        clock.tick(random.below(3) * 1000);
        const writes = random.many(8, () => randomWrite(random, random.pick(keys)));
        await store.transact(writes);
        await oracle.transact(writes);
      }
    });
    after(() => Promise.all([store.close(), oracle.close()]));

    it(`${criteria} searches give the same matches in the same order and the same total`, async function () {
      this.timeout(240_000);
      for (let index = 0; index < criteria; index += 1) {
        const criterion = randomCriterion(random, 3, clock.now());
        const sort = random.many(2, () => randomSortKey(random));
        const asked = random.chance(0.3) ? [...types] : [random.pick(types)];
        const count = random.pick([3, 11, 500]);
        const run = async (of: Store) => {
          const pages = await allPages((after) =>
            of.search(queryOf(asked, { criterion, sort, count, ...(after === undefined ? {} : { after }) })),
          );
          const { total } = await of.search(queryOf(asked, { criterion, count: 0, total: 'accurate' }));
          return { pages: pages.map((page) => page.map(nameOf)), total };
        };
        const what = `SEED=${seed}, criterion ${index}: ${JSON.stringify({ asked, criterion, sort, count })}`;
        expect(await run(store), what).to.deep.equal(await run(oracle));
      }
    });

    it('and borders show the same history', async function () {
      this.timeout(240_000);
      for (let index = 0; index < criteria / 10; index += 1) {
        const allowed = index === 0 ? anyone : authorized(randomCriterion(random, 2, clock.now()));
        const scope = random.chance(0.5) ? ({ kind: 'system' } as const) : ({ kind: 'type', type: random.pick(types) } as const);
        const count = random.pick([3, 500]);
        const run = async (of: Store) => {
          const pages = await allPages((after) =>
            of.history(scope, allowed, { count, ...(after === undefined ? {} : { after }) }),
          );
          // Versions of one instant may come in any order.
          const versions = pages
            .flat()
            .map((version) => `${version.lastUpdated} ${nameOf(version)}/${version.versionId} ${version.text}`);
          return versions.sort();
        };
        const what = `SEED=${seed}, border ${index}: ${JSON.stringify({ scope, allowed, count })}`;
        expect(await run(store), what).to.deep.equal(await run(oracle));
      }
    });
  });
}

function randomWrite(random: Random, name: string): Write {
  if (random.chance(0.15)) return deletion(name);
  const entries = random.many(10, () => randomEntry(random));
  const compartments = [...new Set(random.many(2, () => `Patient/${random.below(4)}`))];
  return update(name, { entries, compartments, note: `n${random.below(1000)}` });
}

/** Parameters carry their shape's first letter, sometimes a component's number. */
function randomEntry(random: Random): IndexEntry {
  const shape = random.pick(allShapes);
  const base = { parameter: `${shape.charAt(0)}${random.pick(['', '', '$1', '$2', 'x'])}`, element: random.below(3) };
  switch (shape) {
    case 'token':
      return { ...base, shape, system: random.pick(['', 'S', 'T']), code: random.pick(['', 'x', 'y', 'z']) };
    case 'string':
      return { ...base, shape, value: random.pick(words), exact: random.pick(words) };
    case 'range': {
      const low = random.pick([openLow, -3, 0, 1, 1.5, 2, 10]);
      return {
        ...base,
        shape,
        low,
        high: random.pick([low, low, openHigh, Math.max(low, random.below(12))]),
        unit: random.pick(['', '', 'u']),
      };
    }
    case 'reference':
      return {
        ...base,
        shape,
        target: random.pick([`Patient/${random.below(40)}`, `Medication/${random.below(40)}`, 'http://x/Patient/1']),
      };
    case 'uri':
      return { ...base, shape, value: random.pick(uris) };
    case 'words':
      return {
        ...base,
        shape,
        words: ` ${[random.pick(textWords), ...random.many(4, () => random.pick(textWords))].join(' ')} `,
      };
  }
}

function randomTest(random: Random, shape: (typeof allShapes)[number]): Test {
  if (shape !== 'words') return randomPart(random, shape);
  return { shape, match: random.pick(['word', 'start'] as const), value: random.pick([...textWords, 't', 'tren', 'un']) };
}

function randomPart(random: Random, shape: SortKey['shape']): PartTest {
  switch (shape) {
    case 'token':
      return {
        shape,
        ...(random.chance(0.5) ? { system: random.pick(['', 'S', 'T', 'unknown']) } : {}),
        ...(random.chance(0.8) ? { code: random.pick(['', 'x', 'y']) } : {}),
      };
    case 'string': {
      const value = random.pick([...words, 'a', 'b', '', 'cab', 'bca']);
      return { shape, match: random.pick(['prefix', 'contains', 'suffix', 'whole', 'exact'] as const), value };
    }
    case 'range': {
      const low = random.pick([openLow, -4, 0, 1, 1.2, 2]);
      return {
        shape,
        comparison: random.pick(comparisons),
        low,
        high: low + random.below(4),
        unit: random.pick(['', '', 'u', 'v']),
      };
    }
    case 'reference':
      return { shape, target: `Patient/${random.below(40)}` };
    case 'uri':
      return { shape, match: random.pick(['exact', 'below', 'above'] as const), value: random.pick(uris) };
  }
}

function randomHas(random: Random): Criterion {
  const shape = random.pick(allShapes);
  const parameter = `${shape.charAt(0)}${random.pick(['', '', '$1', 'x'])}`;
  if (random.chance(0.15)) return has(parameter);
  return has(parameter, randomTest(random, shape));
}

function randomTuple(random: Random): Criterion {
  const shape = random.pick(shapes);
  return has(shape.charAt(0), { shape: 'tuple', parts: [randomPart(random, shape), randomPart(random, shape)] });
}

function randomCriterion(random: Random, depth: number, now: number): Criterion {
  const inner = () => randomCriterion(random, depth - 1, now);
  const leaf: (() => Criterion)[] = [
    () => randomHas(random),
    () => randomHas(random),
    () => randomHas(random),
    () => randomTuple(random),
    () => ({ kind: 'type', types: [random.pick(types), random.pick(types)] }),
    () => ({ kind: 'id', ids: random.many(5, () => String(random.below(40))) }),
    () => ({ kind: 'compartment', member: `Patient/${random.below(5)}` }),
    () => {
      const low = now - random.below(60) * 1000;
      return { kind: 'last-updated', comparison: random.pick(comparisons), low, high: low + random.below(5000) };
    },
  ];
  const branch: (() => Criterion)[] = [
    () => ({ kind: 'and', of: random.many(3, inner) }),
    () => ({ kind: 'or', of: random.many(3, inner) }),
    () => ({ kind: 'not', of: inner() }),
    () => ({
      kind: 'chain',
      parameter: random.pick(['r', 'rx']),
      types: random.chance(0.5) ? ['Patient'] : [...types],
      target: inner(),
    }),
    () => ({ kind: 'reverse-chain', type: random.pick(types), parameter: random.pick(['r', 'rx']), source: inner() }),
  ];
  return random.pick(depth === 0 || random.chance(0.35) ? leaf : branch)();
}

function randomSortKey(random: Random): SortKey {
  const descending = random.chance(0.5);
  if (random.chance(0.2)) return { parameter: '_id', shape: 'token', descending };
  if (random.chance(0.2)) return { parameter: '_lastUpdated', shape: 'range', descending };
  const shape = random.pick(shapes);
  // Sort keys are search parameters, never the components of one.
  return { parameter: `${shape.charAt(0)}${random.pick(['', 'x'])}`, shape, descending };
}
