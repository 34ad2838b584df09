/** Contract: writers that come at the same time. */
import { expect } from 'chai';
import { expectationFailure } from '../../src/store/expectation.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import { anyone, authorized, commit, creation, found, hasToken, keyOf, token, update } from './contract-fixtures.ts';

export function describeConcurrency(open: OpenStore): void {
  describe('writers at the same time', () => {
    let store: Store;
    before(async () => {
      store = await open({});
    });
    after(() => store.close());

    const failures = (results: readonly PromiseSettledResult<unknown>[]) =>
      results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));

    it('of 64 conditional creates of the same thing exactly one is committed', async () => {
      const criterion = authorized(hasToken('identifier', 'RSSMRA80A01H501U', 'urn:cf'));
      const entries = [token('identifier', 'urn:cf', 'RSSMRA80A01H501U')];
      const attempts = Array.from({ length: 64 }, (_, index) =>
        store.transact([creation(`Patient/p${index}`, { entries, expect: { kind: 'no-match', criterion } })]),
      );
      const refused = failures(await Promise.allSettled(attempts));
      expect(refused).to.have.length(63);
      for (const error of refused) expect(expectationFailure(error)).to.deep.equal({ writeIndex: 0, kind: 'no-match' });
      expect(await found(store, 'Patient', criterion)).to.have.length(1);
    });

    it('of 32 updates of the same version exactly one is committed', async () => {
      await commit(store, creation('Patient/contended'));
      const attempts = Array.from({ length: 32 }, () =>
        store.transact([update('Patient/contended', { expect: { kind: 'version', versionId: '1' } })]),
      );
      const refused = failures(await Promise.allSettled(attempts));
      expect(refused).to.have.length(31);
      for (const error of refused) expect(expectationFailure(error)).to.deep.equal({ writeIndex: 0, kind: 'version' });
      expect(await store.read(keyOf('Patient/contended'), anyone)).to.include({ versionId: '2' });
    });

    it('32 updates without an expectation make 32 versions, none lost', async () => {
      await commit(store, creation('Patient/busy'));
      const attempts = Array.from({ length: 32 }, (_, index) => commit(store, update('Patient/busy', { note: `n${index}` })));
      const versions = (await Promise.all(attempts)).map(({ versionId }) => Number(versionId)).sort((one, other) => one - other);
      expect(versions).to.deep.equal(Array.from({ length: 32 }, (_, index) => index + 2));
      const { items } = await store.history({ kind: 'instance', key: keyOf('Patient/busy') }, anyone, { count: 100 });
      expect(items.map(({ versionId }) => Number(versionId))).to.deep.equal(Array.from({ length: 33 }, (_, index) => 33 - index));
    });

    it('transactions that touch the same resources in opposite order all commit', async () => {
      const names = ['Organization/a', 'Organization/b', 'Organization/c'];
      const attempts = Array.from({ length: 20 }, (_, index) =>
        store.transact((index % 2 === 0 ? names : [...names].reverse()).map((name) => update(name))),
      );
      await Promise.all(attempts);
      for (const name of names) expect(await store.read(keyOf(name), anyone)).to.include({ versionId: '20' });
    });

    it('a search that starts after a commit was acknowledged sees it', async () => {
      for (let index = 0; index < 20; index += 1) {
        await commit(store, creation(`Basic/s${index}`, { entries: [token('tag', '', `s${index}`)] }));
        expect(await found(store, 'Basic', hasToken('tag', `s${index}`))).to.deep.equal([`Basic/s${index}`]);
      }
    });
  });
}
