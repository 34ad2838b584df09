/** Contract: a store says how it would search, in sentences and without the values asked for. */
import { expect } from 'chai';
import { and, not } from '../../src/search/criterion.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import { creation, hasToken, openClock, queryOf, token } from './contract-fixtures.ts';

export function describeExplain(open: OpenStore): void {
  describe('explanations', () => {
    let store: Store;
    before(async () => {
      store = await open({ now: openClock().now });
      await store.transact(
        ['a', 'b', 'c'].map((id) => creation(`Observation/${id}`, { entries: [token('code', 'urn:s', 'geheim')] })),
      );
    });
    after(() => store.close());

    it('say something of each type, and nothing of the values', async () => {
      const criterion = and(hasToken('code', 'geheim', 'urn:s'), not({ kind: 'id', ids: ['geheim'] }));
      const sort = [{ parameter: '_lastUpdated', shape: 'range', descending: true }] as const;
      const steps = await store.explain(queryOf(['Observation', 'Patient'], { criterion, sort }));
      for (const type of ['Observation', 'Patient']) {
        expect(
          steps.filter(({ text }) => text.startsWith(`${type}: `)),
          type,
        ).not.to.be.empty;
      }
      expect(JSON.stringify(steps)).not.to.match(/geheim/);
    });

    it('do not search', async () => {
      const before = await store.search(queryOf(['Observation']));
      await store.explain(queryOf(['Observation']));
      expect(await store.search(queryOf(['Observation']))).to.deep.equal(before);
    });
  });
}
