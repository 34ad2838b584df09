/** Contract: the order of search results. https://hl7.org/fhir/R4/search.html#sort */
import { expect } from 'chai';
import { all, type SortKey } from '../../src/search/criterion.ts';
import { type IndexEntry, openHigh, openLow } from '../../src/search/index-entry.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  allPages,
  ascending,
  creation,
  descending,
  hasToken,
  nameOf,
  openClock,
  queryOf,
  range,
  reference,
  text,
  token,
  uri,
} from './contract-fixtures.ts';

/** `e` has no value of any parameter; `b` has two of each. */
const resources: Readonly<Record<string, readonly IndexEntry[]>> = {
  a: [
    token('status', 's', 'm'),
    text('name', 'm'),
    range('date', 50, 60),
    range('value', 5, 5, ''),
    range('value', 1, 1, '|kg'),
    reference('subject', 'Patient/5'),
    uri('url', 'urn:m'),
  ],
  b: [
    token('status', 's', 'z'),
    token('status', 't', 'a'),
    text('name', 'z'),
    text('name', 'a'),
    range('date', 10, 20),
    range('date', 90, 95),
    reference('subject', 'Patient/1'),
    reference('subject', 'Patient/9'),
    uri('url', 'urn:a'),
    uri('url', 'urn:z'),
  ],
  c: [
    token('status', 't', 'm'),
    text('name', 'm', 'M'),
    range('date', 50, 55),
    range('value', 7, 7, ''),
    range('value', 0.5, 0.5, '|kg'),
    reference('subject', 'Patient/5'),
    uri('url', 'urn:m'),
  ],
  d: [
    token('status', '', 'Z'),
    text('name', '🚀'),
    range('date', openLow, 40),
    range('value', -1.5, -1.5, ''),
    reference('subject', 'Group/1'),
    uri('url', 'urn:'),
  ],
  e: [],
  f: [
    token('status', '', ''),
    text('name', '\uffee'),
    range('date', 40, openHigh),
    reference('subject', 'http://x'),
    uri('url', 'urn:A'),
  ],
};

export function describeOrder(open: OpenStore): void {
  describe('order', () => {
    const clock = openClock();
    let store: Store;
    before(async () => {
      store = await open({ now: clock.now });
      for (const [id, entries] of Object.entries(resources)) {
        // `c` is the newest, `b` and `a` the oldest, of one instant.
        clock.tick(id === 'b' ? 0 : 1000);
        await store.transact([creation(`Observation/${id}`, { entries: [...entries, token('all', '', 'yes')] })]);
      }
      await store.transact([creation('Medication/x', { entries: [text('name', 'n'), range('date', 55)] })]);
      await store.transact([creation('MedicationRequest/x', { entries: [text('name', 'b'), range('date', 15)] })]);
      await store.transact([creation('MedicationRequest/a', { entries: [] })]);
    });
    after(() => store.close());

    async function ordered(sort: readonly SortKey[], types: readonly string[] = ['Observation'], count = 100): Promise<string> {
      const pages = await allPages((after) =>
        store.search(queryOf(types, { sort, count, ...(after === undefined ? {} : { after }) })),
      );
      for (const page of pages.slice(0, -1)) expect(page).to.have.length(count);
      return pages
        .flat()
        .map((version) => (types.length > 1 ? nameOf(version) : version.key.id))
        .join(' ');
    }

    const cases: readonly (readonly [string, readonly SortKey[], string])[] = [
      ['none: by id', [], 'a b c d e f'],
      ['_id', [ascending('_id', 'token')], 'a b c d e f'],
      ['-_id', [descending('_id', 'token')], 'f e d c b a'],
      ['_lastUpdated', [ascending('_lastUpdated', 'range')], 'a b c d e f'],
      ['-_lastUpdated, equal ones by id', [descending('_lastUpdated', 'range')], 'f e d c a b'],
      ['token, by code', [ascending('status', 'token')], 'f d b a c e'],
      ['-token', [descending('status', 'token')], 'b a c d f e'],
      ['string, by code point', [ascending('name', 'string')], 'b a c f d e'],
      ['-string', [descending('name', 'string')], 'd f b a c e'],
      ['range, by low end', [ascending('date', 'range')], 'd b f a c e'],
      ['-range', [descending('date', 'range')], 'b a c f d e'],
      ['quantity, by the entry for any unit', [ascending('value', 'range')], 'd a c b e f'],
      ['-quantity', [descending('value', 'range')], 'c a d b e f'],
      ['reference', [ascending('subject', 'reference')], 'd b a c f e'],
      ['-reference', [descending('subject', 'reference')], 'f b a c d e'],
      ['uri', [ascending('url', 'uri')], 'd f b a c e'],
      ['-uri', [descending('url', 'uri')], 'b a c f d e'],
      ['an unknown parameter', [ascending('nothing', 'string')], 'a b c d e f'],
      ['two keys', [ascending('name', 'string'), descending('value', 'range')], 'b c a f d e'],
      ['two keys, the first missing in some', [descending('value', 'range'), descending('name', 'string')], 'c a d f b e'],
      ['three keys', [ascending('subject', 'reference'), ascending('url', 'uri'), descending('_id', 'token')], 'd b c a f e'],
      ['a date, then newest first', [ascending('all', 'token'), descending('_lastUpdated', 'range')], 'f e d c a b'],
    ];
    for (const [title, sort, expected] of cases) {
      it(title, async () => {
        expect(await ordered(sort)).to.equal(expected);
        for (const count of [1, 2, 5])
          expect(await ordered(sort, ['Observation'], count), `pages of ${count}`).to.equal(expected);
      });
    }

    it('several types: by the keys, then by type and id', async () => {
      const types = ['MedicationRequest', 'Observation', 'Medication'];
      const byDate =
        'Observation/d Observation/b MedicationRequest/x Observation/f Observation/a Observation/c Medication/x MedicationRequest/a Observation/e';
      const byNothing =
        'Medication/x MedicationRequest/a MedicationRequest/x Observation/a Observation/b Observation/c Observation/d Observation/e Observation/f';
      for (const count of [1, 2, 100]) {
        expect(await ordered([ascending('date', 'range')], types, count)).to.equal(byDate);
        expect(await ordered([], types, count)).to.equal(byNothing);
      }
    });

    it('a criterion with a sort', async () => {
      const sort = [descending('date', 'range')];
      const { items } = await store.search(queryOf(['Observation'], { sort, criterion: hasToken('status', 'm') }));
      expect(items.map(nameOf)).to.deep.equal(['Observation/a', 'Observation/c']);
      const everything = await store.search(queryOf(['Observation'], { sort, criterion: all }));
      expect(everything.items).to.have.length(6);
    });
  });
}
