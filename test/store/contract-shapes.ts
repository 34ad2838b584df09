/** Contract: words, the further ways to compare strings and ranges, points in space, and ranges without ends. */
import { expect } from 'chai';
import { and, type Criterion, not, or, type PartTest } from '../../src/search/criterion.ts';
import { type IndexEntry, unboundedHigh, unboundedLow } from '../../src/search/index-entry.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import { commit, creation, deletion, found, has, hasText, openClock, queryOf, range, text, update } from './contract-fixtures.ts';

const words = (parameter: string, ...of: readonly string[]): IndexEntry => ({
  shape: 'words',
  parameter,
  element: 0,
  words: ` ${of.join(' ')} `,
});

const word = (value: string, parameter = '_content'): Criterion => has(parameter, { shape: 'words', match: 'word', value });
const start = (value: string, parameter = '_content'): Criterion => has(parameter, { shape: 'words', match: 'start', value });

const point = (element: number, ...coordinates: readonly number[]): readonly IndexEntry[] =>
  coordinates.map((value, axis) => range(`place$${axis + 1}`, value, value, '', element));

function near(radius: number, ...center: readonly number[]): Criterion {
  const parts = center.map((at): PartTest => {
    return { shape: 'range', comparison: 'eq', low: at - radius, high: at + radius, unit: '' };
  });
  return has('place', { shape: 'tuple', parts, within: { center, radius } });
}

const resources: Readonly<Record<string, readonly IndexEntry[]>> = {
  a: [words('_content', 'fegato', 'metastasi', 'del'), words('_text', 'fegato'), text('name', 'rossi'), range('date', 10, 20)],
  b: [words('_content', 'osso', 'metastasi'), words('_text', 'osso'), text('name', 'grossi'), range('date', 12, 14)],
  c: [words('_content', 'metastatico', 'è', '🚀x', '日本'), text('name', 'è🚀'), range('date', unboundedLow, 13)],
  d: [...point(1, 0, 0), ...point(2, 10, 10), range('date', unboundedLow, unboundedHigh)],
  e: [...point(1, 3, 4), range('date', 1e20)],
  f: [...point(1, 3, 3), ...point(2, 9, 0), range('date', 30, unboundedHigh)],
};

type Case = readonly [title: string, criterion: Criterion, expected: string];

const cases: readonly Case[] = [
  ['a word', word('metastasi'), 'a b'],
  ['a word of one parameter', word('fegato', '_text'), 'a'],
  ['a word is no part of a word', word('metastas'), ''],
  ['the start of a word', start('metasta'), 'a b c'],
  ['the start is not the middle', start('tastasi'), ''],
  ['the whole word as its start', start('osso'), 'b'],
  ['letters outside ASCII', word('è'), 'c'],
  ['characters beyond U+FFFF', word('🚀x'), 'c'],
  ['a start beyond U+FFFF', start('🚀'), 'c'],
  ['another script', start('日'), 'c'],
  ['words of different places', and(word('metastasi'), or(word('fegato'), word('polmone'))), 'a'],
  ['a word that is missing', not(word('metastasi')), 'c d e f'],
  ['any words', has('_content'), 'a b c'],
  ['words of an unknown parameter', word('fegato', 'unknown'), ''],
  ['a string as a whole', hasText('name', 'whole', 'rossi'), 'a'],
  ['a whole string is no part', hasText('name', 'whole', 'ross'), ''],
  ['the end of a string', hasText('name', 'suffix', 'rossi'), 'a b'],
  ['the end of two characters', hasText('name', 'suffix', 'si'), 'a b'],
  ['the end is not the middle', hasText('name', 'suffix', 'ross'), ''],
  ['the end beyond U+FFFF', hasText('name', 'suffix', '🚀'), 'c'],
  ['an empty end', hasText('name', 'suffix', ''), 'a b c'],
  ['a range that contains', has('date', { shape: 'range', comparison: 'co', low: 12, high: 13, unit: '' }), 'a b c d'],
  ['a range that contains a point', has('date', { shape: 'range', comparison: 'co', low: 30, high: 30, unit: '' }), 'd f'],
  ['beyond what a date can be', has('date', { shape: 'range', comparison: 'gt', low: 1e19, high: 1e19, unit: '' }), 'd e f'],
  ['far below', has('date', { shape: 'range', comparison: 'lt', low: -1e300, high: -1e300, unit: '' }), 'c d'],
  ['an open end contains', has('date', { shape: 'range', comparison: 'eq', low: 25, high: unboundedHigh, unit: '' }), 'e f'],
  ['a point in a sphere', near(5, 0, 0), 'd e f'],
  ['a point at the border of a sphere', near(5, 6, 8), 'd e'],
  ['a point in the box around a sphere', near(4.9, 0, 0), 'd f'],
  ['coordinates of different elements', near(1, 3, 0), ''],
  ['a point in no sphere', near(2, 100, 100), ''],
  ['not in a sphere', not(near(5, 0, 0)), 'a b c'],
];

export function describeShapes(open: OpenStore): void {
  describe('words, ends of strings and points in space', () => {
    const clock = openClock();
    let store: Store;
    before(async () => {
      store = await open({ now: clock.now });
      for (const [id, entries] of Object.entries(resources)) {
        clock.tick();
        await store.transact([creation(`Observation/${id}`, { entries })]);
      }
    });
    after(() => store.close());

    for (const [title, criterion, expected] of cases) {
      it(title, async () => {
        const ids = (names: readonly string[]) => names.map((name) => name.split('/')[1]).join(' ');
        expect(ids(await found(store, 'Observation', criterion))).to.equal(expected);
        // Sorted, a store may walk another index and ask each resource.
        const sort = [{ parameter: '_lastUpdated', shape: 'range', descending: true }] as const;
        expect(ids(await found(store, 'Observation', criterion, { sort }))).to.equal(expected.split(' ').reverse().join(' '));
        const { total } = await store.search(queryOf(['Observation'], { criterion, count: 0, total: 'accurate' }));
        expect(total).to.equal(expected === '' ? 0 : expected.split(' ').length);
      });
    }

    it('forgets the words of a text that was changed or deleted', async () => {
      const content = (value: string) => ({ entries: [words('_content', value, 'comune')] });
      await commit(store, creation('Condition/w', content('prima')));
      await commit(store, creation('Condition/v', content('altra')));
      await commit(store, update('Condition/w', content('dopo')));
      expect(await found(store, 'Condition', word('prima'))).to.deep.equal([]);
      expect(await found(store, 'Condition', word('dopo'))).to.deep.equal(['Condition/w']);
      expect(await found(store, 'Condition', word('comune'))).to.deep.equal(['Condition/v', 'Condition/w']);
      await commit(store, deletion('Condition/w'));
      expect(await found(store, 'Condition', start('com'))).to.deep.equal(['Condition/v']);
      await commit(store, update('Condition/w', content('terza')));
      expect(await found(store, 'Condition', word('comune'))).to.deep.equal(['Condition/v', 'Condition/w']);
    });

    it('leaves no words behind when a transaction fails', async () => {
      const failing = creation('Observation/a', {});
      const added = creation('Condition/t', { entries: [words('_content', 'annullata')] });
      const error = await store.transact([added, failing]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(Error);
      expect(await found(store, 'Condition', word('annullata'))).to.deep.equal([]);
    });
  });
}
