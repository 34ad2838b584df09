/** Contract: index entries that come after the version they belong to, and the notes beside the resources. */
import { expect } from 'chai';
import type { IndexEntry } from '../../src/search/index-entry.ts';
import type { Reindexing, Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  anyone,
  ascending,
  commit,
  creation,
  deletion,
  found,
  has,
  hasText,
  hasToken,
  keyOf,
  openClock,
  range,
  reference,
  text,
  token,
  update,
  uri,
} from './contract-fixtures.ts';

function reindexing(
  name: string,
  versionId: string,
  parameters: readonly string[],
  ...entries: readonly IndexEntry[]
): Reindexing {
  return { key: keyOf(name), versionId, parameters, entries };
}

export function describeReindex(open: OpenStore): void {
  const clock = openClock();
  let store: Store;
  before(async () => {
    store = await open({ now: clock.now });
  });
  after(() => store.close());

  const versionsOf = async (name: string) => {
    const { items } = await store.history({ kind: 'instance', key: keyOf(name) }, anyone, { count: 10 });
    return items.map(({ versionId, lastUpdated, method, text: stored }) => ({ versionId, lastUpdated, method, stored }));
  };

  describe('reindex', () => {
    it('gives a version entries of every shape that it did not have', async () => {
      await commit(store, creation('Basic/new'), creation('Basic/other'));
      const entries = [
        token('late', 's', 'code'),
        text('late:text', 'rossi', 'Rossi'),
        range('late-date', 10, 20),
        reference('late-subject', 'Patient/1'),
        uri('late-url', 'urn:x'),
        { shape: 'words', parameter: '_late', element: 0, words: ' il fegato ' } as const,
        token('late-pair$1', 's', 'a', 1),
        range('late-pair$2', 5, 5, '', 1),
      ];
      const parameters = ['late', 'late-date', 'late-subject', 'late-url', 'late-pair', '_late'];
      await store.reindex([reindexing('Basic/new', '1', parameters, ...entries)]);
      const pair = has('late-pair', {
        shape: 'tuple',
        parts: [
          { shape: 'token', system: 's', code: 'a' },
          { shape: 'range', comparison: 'eq', low: 5, high: 5, unit: '' },
        ],
      });
      const criteria = [
        hasToken('late', 'code', 's'),
        hasToken('late', 'code'),
        has('late'),
        hasText('late:text', 'prefix', 'ros'),
        hasText('late:text', 'exact', 'Rossi'),
        hasText('late:text', 'contains', 'oss'),
        has('late-date', { shape: 'range', comparison: 'eq', low: 0, high: 30, unit: '' }),
        has('late-subject', { shape: 'reference', target: 'Patient/1' }),
        has('late-url', { shape: 'uri', match: 'exact', value: 'urn:x' }),
        has('_late', { shape: 'words', match: 'start', value: 'feg' }),
        pair,
      ];
      for (const criterion of criteria) {
        expect(await found(store, 'Basic', criterion), JSON.stringify(criterion)).to.deep.equal(['Basic/new']);
      }
      const sort = [ascending('late-date', 'range')];
      const both = { kind: 'id', ids: ['new', 'other'] } as const;
      expect(await found(store, 'Basic', both, { sort })).to.deep.equal(['Basic/new', 'Basic/other']);
    });

    it('replaces what the version had under the parameters and the keys derived from them, and nothing else', async () => {
      const before: readonly IndexEntry[] = [
        token('late', 's', 'old'),
        text('late:text', 'old'),
        token('late$1', 's', 'old', 1),
        { shape: 'words', parameter: 'late', element: 0, words: ' old ' },
        token('later', 's', 'kept'),
        token('_bundle-identifier', 's', 'kept'),
        range('when', 1),
        range('late', 7),
      ];
      await commit(store, creation('Basic/kept', { entries: before }));
      await store.reindex([reindexing('Basic/kept', '1', ['late'], token('late', 's', 'fresh'))]);
      for (const gone of [
        hasToken('late', 'old'),
        hasText('late:text', 'exact', 'old'),
        has('late:text'),
        has('late$1'),
        has('late', { shape: 'words', match: 'word', value: 'old' }),
        has('late', { shape: 'range', comparison: 'eq', low: 7, high: 7, unit: '' }),
      ]) {
        expect(await found(store, 'Basic', gone), JSON.stringify(gone)).to.not.include('Basic/kept');
      }
      for (const kept of [
        hasToken('later', 'kept'),
        hasToken('_bundle-identifier', 'kept'),
        hasToken('late', 'fresh'),
        has('when'),
      ]) {
        expect(await found(store, 'Basic', kept), JSON.stringify(kept)).to.include('Basic/kept');
      }
      const sort = [ascending('late', 'range')];
      const ids = { kind: 'id', ids: ['kept', 'sorted'] } as const;
      await commit(store, creation('Basic/sorted', { entries: [range('late', 9)] }));
      expect(await found(store, 'Basic', ids, { sort })).to.deep.equal(['Basic/sorted', 'Basic/kept']);
    });

    it('with no entries takes a parameter away', async () => {
      await commit(store, creation('Basic/less', { entries: [token('late', 's', 'less'), text('late:text', 'less')] }));
      await store.reindex([reindexing('Basic/less', '1', ['late'])]);
      expect(await found(store, 'Basic', { kind: 'and', of: [has('late'), { kind: 'id', ids: ['less'] }] })).to.deep.equal([]);
      expect(await found(store, 'Basic', hasText('late:text', 'exact', 'less'))).to.deep.equal([]);
    });

    it('makes no version: text, version id, time and history stay', async () => {
      clock.tick();
      const created = await commit(store, creation('Basic/same', { note: 'same' }));
      const before = await versionsOf('Basic/same');
      clock.tick();
      await store.reindex([reindexing('Basic/same', '1', ['late'], token('late', 's', 'same'))]);
      expect(await store.read(keyOf('Basic/same'), anyone)).to.deep.include({ versionId: '1', text: created.text });
      expect(await versionsOf('Basic/same')).to.deep.equal(before);
      expect(await commit(store, update('Basic/same', { expect: { kind: 'version', versionId: '1' } }))).to.include({
        versionId: '2',
      });
      expect(await found(store, 'Basic', hasToken('late', 'same')), 'an update has only its own').to.deep.equal([]);
    });

    it('passes over a version that is not current any more, a deleted and an unknown one', async () => {
      await commit(store, creation('Basic/raced'), creation('Basic/deleted'), creation('Basic/beside'));
      await commit(store, update('Basic/raced', { entries: [token('late', 's', 'newest')] }));
      await commit(store, deletion('Basic/deleted'));
      await store.reindex([
        reindexing('Basic/raced', '1', ['late'], token('late', 's', 'stale')),
        reindexing('Basic/deleted', '1', ['late'], token('late', 's', 'stale')),
        reindexing('Basic/deleted', '2', ['late'], token('late', 's', 'stale')),
        reindexing('Basic/never', '1', ['late'], token('late', 's', 'stale')),
        reindexing('Basic/beside', '1', ['late'], token('late', 's', 'beside')),
      ]);
      expect(await found(store, 'Basic', hasToken('late', 'stale'))).to.deep.equal([]);
      expect(await found(store, 'Basic', hasToken('late', 'newest'))).to.deep.equal(['Basic/raced']);
      expect(await found(store, 'Basic', hasToken('late', 'beside'))).to.deep.equal(['Basic/beside']);
    });

    it('beside updates never leaves the entries of an older version', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `Basic/race-${index}`);
      await commit(store, ...names.map((name) => creation(name, { entries: [token('turn', 's', '1')] })));
      const rewriting = names.map((name) => store.reindex([reindexing(name, '1', ['turn'], token('turn', 's', 'reindexed'))]));
      const updating = names.map((name) => commit(store, update(name, { entries: [token('turn', 's', '2')] })));
      await Promise.all([...rewriting, ...updating]);
      expect(await found(store, 'Basic', hasToken('turn', 'reindexed'))).to.deep.equal([]);
      expect(await found(store, 'Basic', hasToken('turn', '2'))).to.have.length(names.length);
    });

    it('what the rewritten version was found by is gone when it is deleted, and its border stays', async () => {
      await commit(store, creation('Basic/ended', { compartments: ['Patient/A'] }));
      await store.reindex([reindexing('Basic/ended', '1', ['late'], token('late', 's', 'ended'))]);
      await commit(store, deletion('Basic/ended'));
      expect(await found(store, 'Basic', hasToken('late', 'ended'))).to.deep.equal([]);
      expect(await store.read(keyOf('Basic/ended'), anyone)).to.include({ deleted: true });
    });
  });

  describe('notes', () => {
    it('a note that was never written is undefined', async () => {
      expect(await store.readNote('unknown')).to.equal(undefined);
    });

    it('is written when it is what was expected, and says so', async () => {
      expect(await store.writeNote('plain', 'à "1"', undefined)).to.equal(true);
      expect(await store.writeNote('plain', 'again', undefined), 'not absent any more').to.equal(false);
      expect(await store.writeNote('plain', 'two', 'other'), 'another text').to.equal(false);
      expect(await store.readNote('plain')).to.equal('à "1"');
      expect(await store.writeNote('plain', 'two', 'à "1"')).to.equal(true);
      expect(await store.readNote('plain')).to.equal('two');
      expect(await store.readNote('other')).to.equal(undefined);
    });

    it('of many who expect the same one writes', async () => {
      await store.writeNote('contended', '0', undefined);
      const written = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store.writeNote('contended', `by ${index}`, '0')),
      );
      expect(written.filter(Boolean)).to.have.length(1);
      expect(await store.readNote('contended')).to.equal(`by ${written.indexOf(true)}`);
    });
  });
}
