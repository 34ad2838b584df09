/** Contract: pages and totals. https://hl7.org/fhir/R4/http.html#paging */
import { expect } from 'chai';
import { all, and, type Criterion, none, not, type SortKey } from '../../src/search/criterion.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  allPages,
  ascending,
  commit,
  compartment,
  creation,
  deletion,
  descending,
  hasToken,
  nameOf,
  queryOf,
  range,
  text,
  token,
  update,
} from './contract-fixtures.ts';

const total = 120;

/** Ids that do not follow the order of writing; each seventh has no date, names repeat, states are few. */
const observation = (index: number) =>
  creation(`Observation/${String((index * 37) % total).padStart(3, '0')}`, {
    entries: [
      token('status', '', index % 3 === 0 ? 'final' : 'amended'),
      text('name', `n${index % 10}`),
      ...(index % 7 === 0 ? [] : [range('date', index % 40, (index % 40) + 5)]),
    ],
    compartments: [`Patient/${index % 2 === 0 ? 'A' : 'B'}`],
  });

export function describePaging(open: OpenStore): void {
  describe('pages and totals', () => {
    let store: Store;
    beforeEach(async () => {
      store = await open({});
      await store.transact(Array.from({ length: total }, (_, index) => observation(index)));
    });
    afterEach(() => store.close());

    const pagesOf = (criterion: Criterion, sort: readonly SortKey[], count: number, between?: () => Promise<unknown>) =>
      allPages(
        (after) => store.search(queryOf(['Observation'], { criterion, sort, count, ...(after === undefined ? {} : { after }) })),
        between,
      );

    const sorts: readonly (readonly [string, readonly SortKey[]])[] = [
      ['id', []],
      ['-date', [descending('date', 'range')]],
      ['date', [ascending('date', 'range')]],
      ['status,-date', [ascending('status', 'token'), descending('date', 'range')]],
      ['-name', [descending('name', 'string')]],
      ['-_lastUpdated', [descending('_lastUpdated', 'range')]],
    ];
    const criteria: readonly (readonly [string, Criterion])[] = [
      ['everything', all],
      ['a third', hasToken('status', 'final')],
      ['one compartment', compartment('Patient/A')],
      ['a negation in a compartment', and(compartment('Patient/B'), not(hasToken('status', 'final')))],
    ];
    for (const [sortName, sort] of sorts) {
      it(`sorted by ${sortName}: the pages make the whole, exactly`, async () => {
        for (const [name, criterion] of criteria) {
          const [whole = []] = await pagesOf(criterion, sort, 1000);
          for (const count of [7, 40]) {
            const pages = await pagesOf(criterion, sort, count);
            expect(pages.flat().map(nameOf), `${name} by ${count}`).to.deep.equal(whole.map(nameOf));
            for (const page of pages.slice(0, -1)) expect(page).to.have.length(count);
          }
        }
      });

      it(`sorted by ${sortName}: what is not written meanwhile comes exactly once`, async () => {
        const [whole = []] = await pagesOf(all, sort, 1000);
        const untouched = whole.map(nameOf).filter((name) => Number(name.slice(-3)) % 4 !== 0);
        let step = 0;
        const pages = await pagesOf(all, sort, 10, async () => {
          const id = (at: number) => `Observation/${String((at * 4) % total).padStart(3, '0')}`;
          await commit(
            store,
            deletion(id(step)),
            update(id(step + 11), { entries: [range('date', (step * 13) % 60), text('name', `n${step % 12}`)] }),
            creation(`Observation/${String(step).padStart(3, '0')}-new`, {
              entries: [range('date', step), token('status', '', 'final')],
            }),
          );
          step += 1;
        });
        const names = pages.flat().map(nameOf);
        expect(names.filter((name) => untouched.includes(name))).to.deep.equal(untouched);
      });
    }

    it('next is there only when there is more', async () => {
      const sort = [ascending('name', 'string')];
      const criterion = hasToken('status', 'final');
      expect((await store.search(queryOf(['Observation'], { criterion, sort, count: 40 }))).next).to.equal(undefined);
      expect((await store.search(queryOf(['Observation'], { criterion, sort, count: 39 }))).next).to.not.equal(undefined);
      expect(await store.search(queryOf(['Observation'], { criterion: none }))).to.deep.equal({ items: [] });
    });

    it('count 0 gives the total alone', async () => {
      expect(await store.search(queryOf(['Observation'], { count: 0, total: 'accurate' }))).to.deep.equal({ items: [], total });
      expect(await store.search(queryOf(['Device'], { count: 0, total: 'accurate' }))).to.deep.equal({ items: [], total: 0 });
    });

    it('the total counts matches, not pages, and is absent when not asked for', async () => {
      const query = { criterion: hasToken('status', 'final'), count: 5 };
      const first = await store.search(queryOf(['Observation'], { ...query, total: 'accurate' }));
      expect(first.total).to.equal(40);
      const after = first.next ?? [];
      expect((await store.search(queryOf(['Observation'], { ...query, after, total: 'accurate' }))).total).to.equal(40);
      expect(await store.search(queryOf(['Observation'], query))).to.not.have.property('total');
      expect((await store.search(queryOf(['Observation', 'Device'], { count: 0, total: 'accurate' }))).total).to.equal(total);
    });

    it('an estimate of a type that nothing is stored of is 0', async () => {
      const { total } = await store.search(queryOf(['Basic'], { count: 0, total: 'estimate' }));
      expect(total).to.equal(0);
    });

    it('an estimate is narrowed as the query is', async () => {
      const estimate = async (criterion: Criterion) =>
        (await store.search(queryOf(['Observation'], { criterion, count: 0, total: 'estimate' }))).total;
      expect(await estimate(none)).to.equal(0);
      expect(await estimate(and(compartment('Patient/C'), hasToken('status', 'final')))).to.equal(0);
      expect(await estimate(compartment('Patient/A'))).to.be.within(30, 120);
      expect(await estimate(all)).to.be.within(60, 240);
    });
  });
}
