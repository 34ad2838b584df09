/** Contract: history at three levels. https://hl7.org/fhir/R4/http.html#history */
import { expect } from 'chai';
import type { HistoryScope, PageRequest, Store, StoredVersion } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import { allPages, anyone, commit, creation, deletion, keyOf, openClock, update } from './contract-fixtures.ts';

export function describeHistory(open: OpenStore): void {
  describe('history', () => {
    const clock = openClock();
    const start = clock.now();
    let store: Store;
    // One write a second: its time is `start + seconds`.
    const writes = [
      creation('Patient/a'), // 1 s
      creation('Observation/b'), // 2 s
      update('Patient/a', { method: 'PATCH' }), // 3 s
      update('Observation/b'), // 4 s
      deletion('Patient/a'), // 5 s
      update('Patient/c'), // 6 s
      update('Patient/a'), // 7 s
    ];
    const seconds = (count: number) => start + count * 1000;

    before(async () => {
      store = await open({ now: clock.now });
      for (const write of writes) {
        clock.tick();
        await commit(store, write);
      }
    });
    after(() => store.close());

    const name = ({ key, versionId }: StoredVersion) => `${key.id}${versionId}`;
    const shown = async (scope: HistoryScope, page: Partial<PageRequest> = {}) =>
      (await store.history(scope, anyone, { count: 100, ...page })).items.map(name).join(' ');
    const instance = (reference: string): HistoryScope => ({ kind: 'instance', key: keyOf(reference) });
    const system: HistoryScope = { kind: 'system' };

    const cases: readonly (readonly [string, HistoryScope, Partial<PageRequest>, string])[] = [
      ['of an instance, newest first', instance('Patient/a'), {}, 'a4 a3 a2 a1'],
      ['of an unknown instance is empty', instance('Patient/b'), {}, ''],
      ['of a type', { kind: 'type', type: 'Patient' }, {}, 'a4 c1 a3 a2 a1'],
      ['of a type without resources', { kind: 'type', type: 'Device' }, {}, ''],
      ['of the system', system, {}, 'a4 c1 a3 b2 a2 b1 a1'],
      ['_since includes its own instant', system, { since: seconds(5) }, 'a4 c1 a3'],
      ['_since behind the last version', system, { since: seconds(8) }, ''],
      ['_since at an instance', instance('Patient/a'), { since: seconds(4) }, 'a4 a3'],
      [
        '_at an instant gives the versions current then',
        system,
        { at: { low: seconds(4) + 500, high: seconds(4) + 500 } },
        'b2 a2',
      ],
      [
        '_at the instant of a version gives that version',
        instance('Patient/a'),
        { at: { low: seconds(3), high: seconds(3) } },
        'a2',
      ],
      [
        '_at a period gives the versions current at some point of it',
        system,
        { at: { low: seconds(3) + 500, high: seconds(5) } },
        'a3 b2 a2 b1',
      ],
      ['_at before everything', system, { at: { low: 0, high: seconds(0) } }, ''],
      ['_at after everything gives what is current', system, { at: { low: seconds(60), high: seconds(60) } }, 'a4 c1 b2'],
      ['_since and _at together', system, { since: seconds(4), at: { low: seconds(4), high: seconds(5) } }, 'a3 b2'],
    ];
    for (const [title, scope, page, expected] of cases) {
      it(title, async () => {
        expect(await shown(scope, page)).to.equal(expected);
      });
    }

    it('says how each version came to be', async () => {
      const { items } = await store.history(instance('Patient/a'), anyone, { count: 100 });
      expect(items.map(({ method, deleted, lastUpdated }) => ({ method, deleted, lastUpdated }))).to.deep.equal([
        { method: 'PUT', deleted: false, lastUpdated: seconds(7) },
        { method: 'DELETE', deleted: true, lastUpdated: seconds(5) },
        { method: 'PATCH', deleted: false, lastUpdated: seconds(3) },
        { method: 'POST', deleted: false, lastUpdated: seconds(1) },
      ]);
      expect(items[0]?.text).to.contain('"versionId":"4"');
      expect(items[1]?.text).to.equal('');
    });

    for (const scope of [system, { kind: 'type', type: 'Patient' }, instance('Patient/a')] as const) {
      it(`pages of every size show each version of ${scope.kind} once`, async () => {
        const whole = await shown(scope);
        for (const count of [1, 2, 3, 6, 7, 8]) {
          const pages = await allPages((after) =>
            store.history(scope, anyone, { count, ...(after === undefined ? {} : { after }) }),
          );
          expect(pages.flat().map(name).join(' ')).to.equal(whole);
          for (const page of pages.slice(0, -1)) expect(page).to.have.length(count);
          expect(pages.at(-1)).to.not.have.length(0);
        }
      });
    }

    it('pages show what was there although others write between them', async () => {
      const whole = await shown(system);
      let written = 0;
      const pages = await allPages(
        (after) => store.history(system, anyone, { count: 2, ...(after === undefined ? {} : { after }) }),
        async () => {
          clock.tick();
          written += 1;
          await commit(store, creation(`Patient/between-${written}`), update('Observation/b'));
        },
      );
      expect(pages.flat().map(name).join(' ')).to.equal(whole);
    });

    it('versions of one instant keep their order', async () => {
      for (let index = 0; index < 10; index += 1) await commit(store, update('Device/quick'));
      expect(await shown(instance('Device/quick'))).to.equal(
        Array.from({ length: 10 }, (_, index) => `quick${10 - index}`).join(' '),
      );
      const pages = await allPages((after) =>
        store.history(instance('Device/quick'), anyone, { count: 3, ...(after === undefined ? {} : { after }) }),
      );
      expect(pages.flat()).to.have.length(10);
    });
  });
}
