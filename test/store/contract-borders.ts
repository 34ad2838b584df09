/** Contract: what a caller with a border may know of current, old and deleted versions (store.ts, `readVersion`). */
import { expect } from 'chai';
import { type Authorized, and, type Criterion, none, not, or } from '../../src/search/criterion.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  anyone,
  authorized,
  commit,
  compartment,
  creation,
  deletion,
  has,
  hasToken,
  keyOf,
  member,
  nameOf,
  openClock,
  queryOf,
  reference,
  token,
  update,
} from './contract-fixtures.ts';

export function describeBorders(open: OpenStore): void {
  describe('borders', () => {
    const clock = openClock();
    let store: Store;
    const of = (...patients: readonly string[]) => ({ compartments: patients.map((id) => `Patient/${id}`) });
    const onlyA = member('Patient/A');
    const onlyB = member('Patient/B');

    before(async () => {
      store = await open({ now: clock.now });
      for (const write of [
        creation('Observation/stays', of('A')),
        creation('Observation/moved', of('A')),
        creation('Observation/deleted', of('A')),
        creation('Observation/returned', of('A')),
        creation('Observation/shared', of('A', 'B')),
        creation('Observation/nobody', of()),
        update('Observation/stays', of('A')),
        update('Observation/moved', of('B')),
        deletion('Observation/deleted'),
        deletion('Observation/returned'),
        update('Observation/returned', of('B')),
        creation('Observation/moved-and-deleted', of('A')),
        update('Observation/moved-and-deleted', of('B')),
        deletion('Observation/moved-and-deleted'),
      ]) {
        clock.tick();
        await commit(store, write);
      }
    });
    after(() => store.close());

    /** `id/version` of everything that history, read and vread show of these resources. */
    async function known(allowed: Authorized<Criterion>) {
      const page = await store.history({ kind: 'type', type: 'Observation' }, allowed, { count: 100 });
      const history = page.items.map(({ key, versionId }) => `${key.id}/${versionId}`);
      const instances: string[] = [];
      const versions: string[] = [];
      const current: string[] = [];
      for (const id of ['stays', 'moved', 'deleted', 'returned', 'shared', 'nobody', 'moved-and-deleted']) {
        const key = { type: 'Observation', id };
        const instance = await store.history({ kind: 'instance', key }, allowed, { count: 100 });
        instances.push(...instance.items.map(({ versionId }) => `${id}/${versionId}`));
        for (const versionId of ['1', '2', '3']) {
          if ((await store.readVersion(key, versionId, allowed)) !== undefined) versions.push(`${id}/${versionId}`);
        }
        const read = await store.read(key, allowed);
        if (read !== undefined) current.push(`${id}/${read.versionId}`);
      }
      return { history: history.sort(), instances: instances.sort(), versions: versions.sort(), current: current.sort() };
    }

    const cases: readonly (readonly [string, Authorized<Criterion>, readonly string[], readonly string[]])[] = [
      [
        'a version moved from A to B is gone for A, also after its deletion',
        onlyA,
        ['deleted/1', 'deleted/2', 'shared/1', 'stays/1', 'stays/2'],
        ['deleted/2', 'shared/1', 'stays/2'],
      ],
      [
        "B sees what is B's, never the versions that were A's",
        onlyB,
        ['moved-and-deleted/2', 'moved-and-deleted/3', 'moved/2', 'returned/3', 'shared/1'],
        ['moved-and-deleted/3', 'moved/2', 'returned/3', 'shared/1'],
      ],
      ['a stranger sees nothing', member('Patient/C'), [], []],
      ['a compartment is compared whole', member('Patient/'), [], []],
      ['none shows nothing', authorized(none), [], []],
      [
        'a union shows the versions that either part shows, of resources that either part shows',
        authorized(or(compartment('Patient/A'), compartment('Patient/B'))),
        [
          'deleted/1',
          'deleted/2',
          'moved-and-deleted/1',
          'moved-and-deleted/2',
          'moved-and-deleted/3',
          'moved/1',
          'moved/2',
          'returned/1',
          'returned/2',
          'returned/3',
          'shared/1',
          'stays/1',
          'stays/2',
        ],
        ['deleted/2', 'moved-and-deleted/3', 'moved/2', 'returned/3', 'shared/1', 'stays/2'],
      ],
      [
        'a negation holds for each version',
        authorized(and(not(compartment('Patient/A')), not(compartment('Patient/B')))),
        ['nobody/1'],
        ['nobody/1'],
      ],
      ['another type shows nothing', authorized({ kind: 'type', types: ['Patient'] }), [], []],
    ];
    for (const [name, allowed, versions, current] of cases) {
      it(name, async () => {
        expect(await known(allowed)).to.deep.equal({ history: versions, instances: versions, versions, current });
      });
    }

    it('readMany and search show the current, undeleted ones inside the border', async () => {
      const keys = ['stays', 'moved', 'deleted', 'returned', 'shared', 'nobody'].map((id) => ({ type: 'Observation', id }));
      expect((await store.readMany(keys, onlyA)).map(nameOf)).to.deep.equal(['Observation/stays', 'Observation/shared']);
      const search = async (criterion: Criterion) =>
        (await store.search(queryOf(['Observation'], { criterion }))).items.map(nameOf);
      expect(await search(compartment('Patient/A'))).to.deep.equal(['Observation/shared', 'Observation/stays']);
      expect(await search(compartment('Patient/B'))).to.deep.equal([
        'Observation/moved',
        'Observation/returned',
        'Observation/shared',
      ]);
      expect(await search(not(compartment('Patient/B')))).to.deep.equal(['Observation/nobody', 'Observation/stays']);
    });

    it('history is narrowed before its page is cut', async () => {
      const page = await store.history({ kind: 'system' }, onlyA, { count: 4 });
      expect(page.items.map(({ key, versionId }) => `${key.id}/${versionId}`)).to.deep.equal([
        'deleted/2',
        'stays/2',
        'shared/1',
        'deleted/1',
      ]);
      const rest = await store.history({ kind: 'system' }, onlyA, {
        count: 4,
        ...(page.next === undefined ? {} : { after: page.next }),
      });
      expect(rest.items.map(({ key, versionId }) => `${key.id}/${versionId}`)).to.deep.equal(['stays/1']);
      expect(rest.next).to.equal(undefined);
    });

    it("a criterion on entries is judged on each version's own entries; a deleted version has those it deleted", async () => {
      const labelled = (code: string) => ({ entries: [token('_security', 'urn:label', code)], compartments: ['Patient/A'] });
      await commit(store, creation('Condition/opened', labelled('R')));
      await commit(store, update('Condition/opened', labelled('N')));
      await commit(store, creation('Condition/closed', labelled('N')));
      await commit(store, update('Condition/closed', labelled('R')));
      await commit(store, creation('Condition/over', labelled('N')));
      await commit(store, deletion('Condition/over'));
      await commit(store, creation('Condition/hidden', labelled('R')));
      await commit(store, deletion('Condition/hidden'));
      const allowed = authorized(and(compartment('Patient/A'), not(hasToken('_security', 'R', 'urn:label'))));
      const { items } = await store.history({ kind: 'type', type: 'Condition' }, allowed, { count: 100 });
      expect(items.map(({ key, versionId }) => `${key.id}/${versionId}`)).to.have.members(['over/2', 'over/1', 'opened/2']);
      expect(await store.readVersion(keyOf('Condition/opened'), '1', allowed)).to.equal(undefined);
      expect(await store.readVersion(keyOf('Condition/closed'), '1', allowed)).to.equal(undefined);
      expect(await store.read(keyOf('Condition/closed'), allowed)).to.equal(undefined);
      expect(await store.read(keyOf('Condition/over'), allowed)).to.include({ deleted: true });
      expect(await store.read(keyOf('Condition/hidden'), allowed)).to.equal(undefined);
      expect(await store.readVersion(keyOf('Condition/opened'), '1', anyone)).to.include({ versionId: '1' });
    });

    it('a border may follow references', async () => {
      await commit(store, creation('Practitioner/p', { entries: [token('active', '', 'true')] }));
      await commit(store, creation('Encounter/e', { entries: [reference('participant', 'Practitioner/p')] }));
      const allowed = authorized({
        kind: 'chain',
        parameter: 'participant',
        types: ['Practitioner'],
        target: hasToken('active', 'true'),
      });
      const keys = [keyOf('Encounter/e')];
      expect(await store.readMany(keys, allowed)).to.have.length(1);
      expect((await store.history({ kind: 'instance', key: keyOf('Encounter/e') }, allowed, { count: 5 })).items).to.have.length(
        1,
      );
      await commit(store, update('Practitioner/p', { entries: [token('active', '', 'false')] }));
      expect(await store.readMany(keys, allowed)).to.have.length(0);
      expect(await store.read(keyOf('Encounter/e'), authorized(has('participant')))).to.include({ versionId: '1' });
    });
  });
}
