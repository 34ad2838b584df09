/** Contract: what each criterion and test finds, case by case. The meaning is `src/search/match.ts`'s. */
import { expect } from 'chai';
import { all, and, type Criterion, none, not, or, type PartTest, type RangeComparison } from '../../src/search/criterion.ts';
import { type IndexEntry, openHigh, openLow } from '../../src/search/index-entry.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  creation,
  found,
  has,
  hasText,
  hasToken,
  openClock,
  queryOf,
  range,
  reference,
  text,
  token,
  uri,
} from './contract-fixtures.ts';

type Case = readonly [title: string, criterion: Criterion, expected: string];

/** Each resource by its id; all are Observations, one second apart. */
const resources: Readonly<Record<string, readonly IndexEntry[]>> = {
  a: [token('code', 'urn:s', 'x'), text('name', 'rossi', 'Rossi'), range('date', 10), uri('url', 'http://acme.org/fhir/a')],
  b: [token('code', 'urn:s', 'y'), text('name', 'rossini', 'Rossini'), range('date', 10, 20), uri('url', 'http://acme.org/fhir')],
  c: [
    token('code', '', 'x'),
    text('name', 'de rossi', 'De Rossi'),
    range('date', openLow, 15),
    uri('url', 'http://acme.org/fhirs'),
  ],
  d: [token('code', 'urn:t', 'x'), token('code', 'urn:s', 'z'), range('date', 15, openHigh), uri('url', 'http://acme.org/')],
  e: [
    token('code', 'urn:t', ''),
    reference('subject', 'Patient/1'),
    range('date', 30),
    range('date', 5),
    uri('url', 'urn:oid:1.2'),
  ],
  f: [
    reference('subject', 'Patient/10'),
    reference('subject', 'http://other/Patient/1'),
    text('name', "d'a%ngelo_🚀", 'D’A%ngelo_🚀'),
  ],
  g: [
    range('value', 5, 5, ''),
    range('value', 5, 5, '|mg'),
    range('value', 0.005, 0.005, 'ucum|g'),
    token('pair$1', 'urn:s', 'sys', 1),
    range('pair$2', 120, 120, '', 1),
    token('pair$1', 'urn:s', 'dia', 2),
    range('pair$2', 80, 80, '', 2),
  ],
  h: [
    token('pair$1', 'urn:s', 'sys', 1),
    range('pair$2', 80, 80, '', 1),
    token('code', 'a|b', 'q\'"$\\,;~'),
    text('name', 'ab', 'ab'),
  ],
};

const tokens: readonly Case[] = [
  ['code of any system', hasToken('code', 'x'), 'a c d'],
  ['system and code', hasToken('code', 'x', 'urn:s'), 'a'],
  ['code without a system', hasToken('code', 'x', ''), 'c'],
  ['any code of a system', hasToken('code', undefined, 'urn:s'), 'a b d'],
  ['any code without a system', hasToken('code', undefined, ''), 'c'],
  ['any token', hasToken('code'), 'a b c d e h'],
  ['an empty code', hasToken('code', '', 'urn:t'), 'e'],
  ['system and code of different entries', and(hasToken('code', 'z'), hasToken('code', 'x', 'urn:t')), 'd'],
  ['system of one entry, code of the other', hasToken('code', 'z', 'urn:t'), ''],
  ['a code in another case', hasToken('code', 'X'), ''],
  ['an unknown system', hasToken('code', 'x', 'urn:unknown'), ''],
  ['an unknown parameter', hasToken('kode', 'x'), ''],
  ['separators inside', hasToken('code', 'q\'"$\\,;~', 'a|b'), 'h'],
  ['separators are no wildcards', hasToken('code', 'b', 'a'), ''],
];

const strings: readonly Case[] = [
  ['prefix', hasText('name', 'prefix', 'rossi'), 'a b'],
  ['prefix that is the whole', hasText('name', 'prefix', 'rossini'), 'b'],
  ['prefix longer than any', hasText('name', 'prefix', 'rossinio'), ''],
  ['empty prefix', hasText('name', 'prefix', ''), 'a b c f h'],
  ['prefix with wildcards of databases', hasText('name', 'prefix', "d'a%"), 'f'],
  ['a wildcard stands for itself', hasText('name', 'prefix', 'ross_'), ''],
  ['contains', hasText('name', 'contains', 'rossi'), 'a b c'],
  ['contains in the middle', hasText('name', 'contains', 'ssi'), 'a b c'],
  ['contains with pieces apart', hasText('name', 'contains', 'rosini'), ''],
  ['contains code points beyond U+FFFF', hasText('name', 'contains', 'lo_🚀'), 'f'],
  ['contains less than three characters', hasText('name', 'contains', 'ni'), 'b'],
  ['contains regular expression signs', hasText('name', 'contains', '.*s'), ''],
  ['exact', hasText('name', 'exact', 'Rossi'), 'a'],
  ['exact in another case', hasText('name', 'exact', 'rossi'), ''],
  ['exact beyond ASCII', hasText('name', 'exact', 'D’A%ngelo_🚀'), 'f'],
];

/** Against [10,10] a, [10,20] b, [..,15] c, [15,..] d, {30, 5} e. */
const ranges: readonly (readonly [RangeComparison, number, number, string])[] = [
  ['eq', 10, 10, 'a'],
  ['eq', 10, 20, 'a b'],
  ['eq', 9, 21, 'a b'],
  ['eq', openLow, openHigh, 'a b c d e'],
  ['ne', 10, 20, 'c d e'],
  ['ne', 10, 10, 'b c d e'],
  ['gt', 10, 10, 'b c d e'],
  ['gt', 15, 20, 'd e'],
  ['lt', 10, 10, 'c e'],
  ['lt', 15, 20, 'a b c e'],
  ['ge', 10, 10, 'a b c d e'],
  ['ge', 15, 20, 'd e'],
  ['ge', 10, 20, 'a b d e'],
  ['le', 5, 5, 'c e'],
  ['le', 10, 20, 'a b c e'],
  ['sa', 10, 10, 'd e'],
  ['sa', 14, 14, 'd e'],
  ['sa', 15, 15, 'e'],
  ['eb', 10, 10, 'e'],
  ['eb', 16, 16, 'a c e'],
  ['eb', 21, 30, 'a b c e'],
  ['ap', 10, 10, 'a b c'],
  ['ap', 16, 40, 'b d e'],
  ['ap', 31, 31, 'd'],
];

const others: readonly Case[] = [
  ['a reference', has('subject', { shape: 'reference', target: 'Patient/1' }), 'e'],
  ['a reference is no prefix', has('subject', { shape: 'reference', target: 'Patient/' }), ''],
  ['an absolute reference', has('subject', { shape: 'reference', target: 'http://other/Patient/1' }), 'f'],
  ['a uri', has('url', { shape: 'uri', match: 'exact', value: 'http://acme.org/fhir' }), 'b'],
  ['below a uri', has('url', { shape: 'uri', match: 'below', value: 'http://acme.org/fhir' }), 'a b'],
  ['below a uri that ends in a slash', has('url', { shape: 'uri', match: 'below', value: 'http://acme.org/' }), 'a b c d'],
  ['below is no prefix', has('url', { shape: 'uri', match: 'below', value: 'http://acme' }), ''],
  ['above a uri', has('url', { shape: 'uri', match: 'above', value: 'http://acme.org/fhir/a/b' }), 'a b d'],
  ['above the uri itself', has('url', { shape: 'uri', match: 'above', value: 'http://acme.org/fhir' }), 'b d'],
  ['above a urn', has('url', { shape: 'uri', match: 'above', value: 'urn:oid:1.2.3' }), ''],
  ['a unit', has('value', { shape: 'range', comparison: 'eq', low: 5, high: 5, unit: '|mg' }), 'g'],
  ['any unit', has('value', { shape: 'range', comparison: 'gt', low: 4, high: 4, unit: '' }), 'g'],
  ['a canonical unit', has('value', { shape: 'range', comparison: 'eq', low: 0.0045, high: 0.0055, unit: 'ucum|g' }), 'g'],
  ['another unit', has('value', { shape: 'range', comparison: 'eq', low: 5, high: 5, unit: '|kg' }), ''],
  ['the parts of a tuple in one element', pair('sys', 100), 'g'],
  ['the parts of a tuple in different elements', pair('dia', 100), ''],
  ['a tuple in two resources', pair('sys', 70), 'g h'],
  ['a parameter that is there', has('subject'), 'e f'],
  ['a parameter that is missing', not(has('name')), 'd e g'],
  ['an unknown parameter is missing everywhere', not(has('nothing')), 'a b c d e f g h'],
  ['a test of another shape', has('code', { shape: 'uri', match: 'exact', value: 'x' }), ''],
  ['all', all, 'a b c d e f g h'],
  ['none', none, ''],
  ['the empty conjunction and disjunction', and({ kind: 'and', of: [] }, not({ kind: 'or', of: [] })), 'a b c d e f g h'],
  ['and', and(hasToken('code', 'x'), hasText('name', 'prefix', 'ross')), 'a'],
  ['or', or(hasToken('code', 'y'), has('subject')), 'b e f'],
  ['not', not(hasToken('code', 'x')), 'b e f g h'],
  ['not of and', not(and(hasToken('code', 'x'), hasText('name', 'prefix', 'ross'))), 'b c d e f g h'],
  [
    'or inside and',
    and(or(hasToken('code', 'x'), hasToken('code', 'y')), or(hasText('name', 'contains', 'rossi'), has('subject'))),
    'a b c',
  ],
  ['not inside or', or(not(has('code')), hasToken('code', 'x', 'urn:s')), 'a f g'],
  ['type', { kind: 'type', types: ['Observation'] }, 'a b c d e f g h'],
  ['another type', { kind: 'type', types: ['Patient'] }, ''],
  ['not of a type', not({ kind: 'type', types: ['Patient', 'Device'] }), 'a b c d e f g h'],
  ['ids', { kind: 'id', ids: ['c', 'a', 'zz'] }, 'a c'],
  ['no ids', { kind: 'id', ids: [] }, ''],
  ['not an id', not({ kind: 'id', ids: ['a', 'b', 'c'] }), 'd e f g h'],
];

function pair(code: string, above: number): Criterion {
  const parts: readonly PartTest[] = [
    { shape: 'token', code },
    { shape: 'range', comparison: 'gt', low: above, high: above, unit: '' },
  ];
  return has('pair', { shape: 'tuple', parts });
}

export function describeCriteria(open: OpenStore): void {
  describe('criteria', () => {
    const clock = openClock();
    const start = clock.now();
    let store: Store;
    before(async () => {
      store = await open({ now: clock.now });
      for (const [id, entries] of Object.entries(resources)) {
        clock.tick();
        await store.transact([creation(`Observation/${id}`, { entries })]);
      }
    });
    after(() => store.close());

    async function check(criterion: Criterion, expected: string): Promise<void> {
      const ids = (names: readonly string[]) => names.map((name) => name.split('/')[1]).join(' ');
      expect(ids(await found(store, 'Observation', criterion))).to.equal(expected);
      const sort = [{ parameter: '_lastUpdated', shape: 'range', descending: true }] as const;
      expect(ids(await found(store, 'Observation', criterion, { sort }))).to.equal(expected.split(' ').reverse().join(' '));
      const { total } = await store.search(queryOf(['Observation'], { criterion, count: 0, total: 'accurate' }));
      expect(total).to.equal(expected === '' ? 0 : expected.split(' ').length);
    }

    for (const [group, cases] of Object.entries({ tokens, strings, others })) {
      for (const [title, criterion, expected] of cases) it(`${group}: ${title}`, () => check(criterion, expected));
    }

    for (const [comparison, low, high, expected] of ranges) {
      it(`ranges: ${comparison} [${low}, ${high}]`, () =>
        check(has('date', { shape: 'range', comparison, low, high, unit: '' }), expected));
    }

    const seconds = (count: number) => start + count * 1000;
    for (const [comparison, low, high, expected] of [
      ['eq', 3, 3, 'c'],
      ['eq', 3, 5, 'c d e'],
      ['ne', 3, 7, 'a b h'],
      ['gt', 6, 6, 'g h'],
      ['ge', 6, 6, 'f g h'],
      ['lt', 3, 4, 'a b'],
      ['le', 3, 4, 'a b c d'],
      ['sa', 6, 7, 'h'],
      ['eb', 3, 4, 'a b'],
      ['ap', 2, 3, 'b c'],
    ] as const) {
      it(`last-updated: ${comparison} [${low}, ${high}]`, () =>
        check({ kind: 'last-updated', comparison, low: seconds(low), high: seconds(high) }, expected));
    }

    // The years 1 and 9999 in the zones farthest from UTC, and what `ap` makes of them.
    for (const [low, high] of [
      [-6.22e13, -6.21e13],
      [-8e13, 3e14],
      [2.53e14, 2.54e14],
      [-9e15, 9e15],
    ] as const) {
      it(`last-updated: far from all [${low}, ${high}]`, async () => {
        const all = 'a b c d e f g h';
        const around = low < 0 && high > 1e14;
        await check({ kind: 'last-updated', comparison: 'eq', low, high }, around ? all : '');
        await check({ kind: 'last-updated', comparison: 'ne', low, high }, around ? '' : all);
        await check({ kind: 'last-updated', comparison: 'gt', low, high }, high < 0 ? all : '');
        await check({ kind: 'last-updated', comparison: 'lt', low, high }, low > 0 ? all : '');
      });
    }

    it('an or of two thousand values', async () => {
      const values = Array.from({ length: 2000 }, (_, index) => hasToken('code', `none${index}`, 'urn:s'));
      await check(or(...values, hasToken('code', 'y', 'urn:s'), hasText('name', 'prefix', 'de')), 'b c');
      await check(
        not(or(...values, ...Array.from({ length: 400 }, (_, index) => hasText('name', 'prefix', `none${index}`)))),
        'a b c d e f g h',
      );
    });

    it('an and of a hundred criteria', async () => {
      const parts = Array.from({ length: 100 }, (_, index) => not(hasToken('code', `none${index}`)));
      await check(and(...parts, hasToken('code', 'x')), 'a c d');
    });
  });
}
