/** Contract: what walks over a whole store rests on: distinct values, pages by size, deletions alone, and a time that is settled. */
import { expect } from 'chai';
import type { Store, StoreQuery } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  allPages,
  anyone,
  authorized,
  commit,
  compartment,
  creation,
  deletion,
  found,
  hasToken,
  keyOf,
  nameOf,
  openClock,
  queryOf,
  token,
  update,
  uri,
} from './contract-fixtures.ts';

export function describeScan(open: OpenStore): void {
  describe('distinct values', () => {
    let store: Store;
    const tags = (system: string, code: string) => ({ entries: [token('_tag', system, code)] });
    before(async () => {
      store = await open({});
      await store.transact([
        creation('Patient/1', {
          entries: [token('_tag', 'urn:a', 'x'), token('_tag', 'urn:a', 'y'), token('_tagged', '', 'no')],
        }),
        creation('Patient/2', { ...tags('urn:a', 'x'), compartments: ['Patient/2'] }),
        creation('Patient/3', tags('', 'x')),
        creation('Patient/4', tags('urn:a|b\\', 'z|')),
        creation('Patient/5', tags('urn:a', '')),
        creation('Patient/gone', tags('urn:a', 'gone')),
        creation('Patient/moved', tags('urn:a', 'before')),
        update('Patient/moved', tags('urn:a', '\u{1F600}')),
        creation('Observation/1', { ...tags('urn:o', 'o'), compartments: ['Patient/2'] }),
        creation('Observation/2', { entries: [uri('_profile', 'http://p/1'), uri('_profile', 'http://p/1|2')] }),
      ]);
      await commit(store, deletion('Patient/gone'));
    });
    after(() => store.close());

    const shown = async (types: readonly string[], more: Partial<Parameters<Store['distinct']>[0]> = {}) => {
      const values = await store.distinct({ types, parameter: '_tag', shape: 'token', criterion: anyone, count: 100, ...more });
      return values.map(({ type, system, value }) => `${type} ${system}#${value}`).sort();
    };

    it('are each given once, of current resources alone', async () => {
      const expected = ['#x', 'urn:a#', 'urn:a#x', 'urn:a#y', 'urn:a#\u{1F600}', 'urn:a|b\\#z|'];
      expect(await shown(['Patient'])).to.have.members(expected.map((value) => `Patient ${value}`));
    });
    it('come by type', async () => {
      expect(await shown(['Patient', 'Observation', 'Device']))
        .to.have.length(7)
        .and.include('Observation urn:o#o');
    });
    it('of uris have no system', async () => {
      const values = await shown(['Observation'], { parameter: '_profile', shape: 'uri' });
      expect(values).to.deep.equal(['Observation #http://p/1', 'Observation #http://p/1|2']);
    });
    it('are only those of resources inside the criterion', async () => {
      const own = authorized(compartment('Patient/2'));
      expect(await shown(['Patient', 'Observation'], { criterion: own })).to.deep.equal([
        'Observation urn:o#o',
        'Patient urn:a#x',
      ]);
      expect(await shown(['Patient'], { criterion: authorized({ kind: 'none' }) })).to.deep.equal([]);
    });
    it('are at most as many as asked for', async () => {
      expect(await shown(['Patient', 'Observation'], { count: 3 })).to.have.length(3);
    });
    it('of an unknown parameter are none', async () => {
      expect(await shown(['Patient'], { parameter: '_nothing' })).to.deep.equal([]);
    });
  });

  describe('pages by size', () => {
    let store: Store;
    before(async () => {
      store = await open({});
      // The 3rd is long enough to be stored packed.
      const notes = ['a'.repeat(900), 'b'.repeat(900), 'c'.repeat(60_000), 'd'.repeat(900), 'e'.repeat(900)];
      await store.transact(notes.map((note, index) => creation(`Basic/${index}`, { note, entries: [token('tag', '', 'big')] })));
      await commit(store, creation('Account/a', { note: 'f'.repeat(900), entries: [token('tag', '', 'big')] }));
    });
    after(() => store.close());

    const pages = async (parts: Partial<Omit<StoreQuery, 'criterion'>>) => {
      const query = queryOf(['Basic', 'Account'], { criterion: hasToken('tag', 'big'), ...parts });
      const texts = await allPages((after) => store.search({ ...query, ...(after && { after }) }));
      return texts.map((items) => items.map(nameOf).join(' '));
    };

    it('end with the resource that reaches the size, and miss none', async () => {
      expect(await pages({ charactersMax: 1500 })).to.deep.equal(['Account/a Basic/0', 'Basic/1 Basic/2', 'Basic/3 Basic/4']);
      expect(await pages({ charactersMax: 1 })).to.have.length(6);
      const sort = [{ parameter: '_id', shape: 'token', descending: true }] as const;
      expect(await pages({ charactersMax: 1500, sort })).to.deep.equal([
        'Account/a Basic/4',
        'Basic/3 Basic/2',
        'Basic/1 Basic/0',
      ]);
    });
    it('end so in a history too', async () => {
      const texts = await allPages((after) =>
        store.history({ kind: 'type', type: 'Basic' }, anyone, { count: 100, charactersMax: 1500, ...(after && { after }) }),
      );
      // Versions of one moment come in an order of the store's own.
      for (const items of texts.slice(0, -1)) {
        const lengths = items.map(({ text }) => text.length);
        expect(sum(lengths)).to.be.at.least(1500);
        expect(sum(lengths.slice(0, -1))).to.be.below(1500);
      }
      expect(texts.flat().map(nameOf).sort()).to.deep.equal(['Basic/0', 'Basic/1', 'Basic/2', 'Basic/3', 'Basic/4']);
    });
    it('end so among keys, in their order', async () => {
      const keys = ['Basic/3', 'Account/none', 'Account/a', 'Basic/1', 'Basic/0'].map(keyOf);
      const read = async (charactersMax?: number) => (await store.readMany(keys, anyone, charactersMax)).map(nameOf).join(' ');
      expect(await read(1)).to.equal('Basic/3');
      expect(await read(1500)).to.equal('Basic/3 Account/a');
      expect(await read()).to.equal('Basic/3 Account/a Basic/1 Basic/0');
    });
    it('end at the count when that comes first', async () => {
      expect(await pages({ charactersMax: 1_000_000, count: 4 })).to.deep.equal([
        'Account/a Basic/0 Basic/1 Basic/2',
        'Basic/3 Basic/4',
      ]);
    });
  });

  describe('a history of deletions alone', () => {
    it('leaves the other versions out, page by page', async () => {
      const clock = openClock();
      const store = await open({ now: clock.now });
      for (const name of ['Patient/a', 'Patient/b', 'Observation/c']) await commit(store, creation(name));
      const since = clock.tick();
      for (const name of ['Patient/a', 'Patient/b', 'Observation/c']) await commit(store, deletion(name));
      clock.tick();
      await commit(store, update('Patient/a'));
      const page = (after: StoreQuery['after']) =>
        store.history({ kind: 'type', type: 'Patient' }, anyone, { count: 1, since, deletions: true, ...(after && { after }) });
      const items = (await allPages(page)).flat();
      expect(items.map(({ key, versionId }) => `${key.id}${versionId}`)).to.have.members(['a2', 'b2']);
      await store.close();
    });
  });

  describe('the settled time', () => {
    it('lies behind no version that can still come', async () => {
      const store = await open({});
      const writes = Array.from({ length: 50 }, (_, index) => commit(store, creation(`Basic/${index}`)));
      const settled = await store.settled();
      const visible = new Set(await found(store, 'Basic', { kind: 'all' }));
      const late = (await Promise.all(writes)).filter((version) => !visible.has(nameOf(version)));
      for (const { lastUpdated } of late) expect(lastUpdated).to.be.at.least(settled);
      expect(settled).to.be.at.most(Date.now());
      await store.close();
    });
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
