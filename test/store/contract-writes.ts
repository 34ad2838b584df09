/** Contract: single writes, versions, expectations, transactions. https://hl7.org/fhir/R4/http.html */
import { expect } from 'chai';
import type { FhirError } from '../../src/fhir/outcome.ts';
import { expectationFailure } from '../../src/store/expectation.ts';
import type { Store, Write } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  anyone,
  authorized,
  commit,
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
} from './contract-fixtures.ts';

/** Runs a transaction that must fail and gives the error. */
export async function refusal(store: Store, ...writes: readonly Write[]): Promise<FhirError> {
  try {
    await store.transact(writes);
  } catch (error) {
    return error as FhirError; // The assertions on its members tell.
  }
  throw new Error('The transaction was expected to fail, but it was committed.');
}

export function describeWrites(open: OpenStore): void {
  const clock = openClock();
  let store: Store;
  before(async () => {
    store = await open({ now: clock.now });
  });
  after(() => store.close());

  const readText = async (reference: string) => (await store.read(keyOf(reference), anyone))?.text;

  describe('create, read, update, delete', () => {
    it('a created resource is read back as version 1 with its text stamped', async () => {
      const time = clock.tick();
      const result = await commit(store, creation('Patient/new', { note: 'as sent' }));
      const expected =
        '{"resourceType":"Patient","id":"new","meta":{"versionId":"1",' +
        `"lastUpdated":"${new Date(time).toISOString()}"},"language":"as sent"}`;
      expect(result).to.include({
        versionId: '1',
        lastUpdated: time,
        method: 'POST',
        deleted: false,
        created: true,
        text: expected,
      });
      expect(await store.read(keyOf('Patient/new'), anyone)).to.deep.include({
        key: keyOf('Patient/new'),
        versionId: '1',
        lastUpdated: time,
        method: 'POST',
        deleted: false,
        text: expected,
      });
    });

    it('an unknown key, id or version is undefined', async () => {
      await commit(store, creation('Patient/known'));
      expect(await store.read(keyOf('Patient/unknown'), anyone)).to.equal(undefined);
      expect(await store.read(keyOf('Observation/known'), anyone)).to.equal(undefined);
      expect(await store.readVersion(keyOf('Patient/known'), '2', anyone)).to.equal(undefined);
      expect(await store.readVersion(keyOf('Patient/known'), '01', anyone)).to.equal(undefined);
      expect(await store.readVersion(keyOf('Patient/known'), 'x', anyone)).to.equal(undefined);
    });

    it('an update makes the next version and keeps the one before', async () => {
      await commit(store, creation('Patient/updated', { note: 'first' }));
      const result = await commit(store, update('Patient/updated', { note: 'second' }));
      expect(result).to.include({ versionId: '2', method: 'PUT', created: false });
      expect(await readText('Patient/updated')).to.contain('"language":"second"');
      expect((await store.readVersion(keyOf('Patient/updated'), '1', anyone))?.text).to.contain('"language":"first"');
      expect((await store.readVersion(keyOf('Patient/updated'), '2', anyone))?.text).to.equal(result.text);
    });

    it('an update replaces the index entries', async () => {
      await commit(store, creation('Patient/reindexed', { entries: [token('tag', 's', 'old'), token('tag', 's', 'kept')] }));
      await commit(store, update('Patient/reindexed', { entries: [token('tag', 's', 'kept'), token('tag', 's', 'new')] }));
      expect(await found(store, 'Patient', hasToken('tag', 'old'))).to.deep.equal([]);
      expect(await found(store, 'Patient', hasToken('tag', 'kept'))).to.deep.equal(['Patient/reindexed']);
      expect(await found(store, 'Patient', hasToken('tag', 'new'))).to.deep.equal(['Patient/reindexed']);
    });

    it('an update of an unknown key creates it', async () => {
      expect(await commit(store, update('Patient/by-update'))).to.include({ versionId: '1', method: 'PUT', created: true });
    });

    it('a create of a key that has a current version is refused', async () => {
      await commit(store, creation('Patient/taken', { note: 'first' }));
      const error = await refusal(store, creation('Patient/taken', { note: 'second' }));
      expect(error.status).to.equal(409);
      expect(expectationFailure(error)).to.deep.equal({ writeIndex: 0, kind: 'absent' });
      expect(await readText('Patient/taken')).to.contain('"language":"first"');
    });

    it('a deleted resource is read as deleted, without text, and no longer found', async () => {
      await commit(store, creation('Patient/gone', { entries: [token('tag', 's', 'gone')] }));
      const time = clock.tick();
      const result = await commit(store, deletion('Patient/gone'));
      const deleted = { versionId: '2', lastUpdated: time, method: 'DELETE', deleted: true, text: '' };
      expect(result).to.include({ ...deleted, created: false });
      expect(await store.read(keyOf('Patient/gone'), anyone)).to.include(deleted);
      expect(await store.readVersion(keyOf('Patient/gone'), '2', anyone)).to.include(deleted);
      expect((await store.readVersion(keyOf('Patient/gone'), '1', anyone))?.deleted).to.equal(false);
      expect(await store.readMany([keyOf('Patient/gone')], anyone)).to.deep.equal([]);
      expect(await found(store, 'Patient', hasToken('tag', 'gone'))).to.deep.equal([]);
      expect(await found(store, 'Patient', { kind: 'id', ids: ['gone'] })).to.deep.equal([]);
      expect(await found(store, 'Patient', { kind: 'not', of: hasToken('tag', 'nothing') })).to.not.include('Patient/gone');
    });

    it('a delete of an unknown key does nothing', async () => {
      const result = await commit(store, deletion('Patient/never'));
      expect(result).to.include({ versionId: '', deleted: true, text: '', created: false });
      expect(await store.read(keyOf('Patient/never'), anyone)).to.equal(undefined);
      expect((await store.history({ kind: 'instance', key: keyOf('Patient/never') }, anyone, { count: 5 })).items).to.deep.equal(
        [],
      );
    });

    it('a delete of a deleted resource gives the deleted version again', async () => {
      await commit(store, creation('Patient/twice'));
      const first = await commit(store, deletion('Patient/twice'));
      clock.tick();
      const second = await commit(store, deletion('Patient/twice'));
      expect(second).to.include({ versionId: first.versionId, lastUpdated: first.lastUpdated, deleted: true });
    });

    it('a deleted resource can be brought back; its versions count on', async () => {
      await commit(store, creation('Patient/back'));
      await commit(store, deletion('Patient/back'));
      const result = await commit(store, update('Patient/back', { note: 'again', entries: [token('tag', 's', 'back')] }));
      expect(result).to.include({ versionId: '3', created: true, deleted: false });
      expect(await found(store, 'Patient', hasToken('tag', 'back'))).to.deep.equal(['Patient/back']);
      expect((await store.readVersion(keyOf('Patient/back'), '2', anyone))?.deleted).to.equal(true);
    });

    it('many are read in the order asked, without those that are not there', async () => {
      await commit(store, creation('Patient/m1'), creation('Patient/m2'), creation('Observation/m1'));
      const keys = ['Observation/m1', 'Patient/m3', 'Patient/m2', 'Patient/m1'].map(keyOf);
      expect((await store.readMany(keys, anyone)).map(nameOf)).to.deep.equal(['Observation/m1', 'Patient/m2', 'Patient/m1']);
      expect(await store.readMany([], anyone)).to.deep.equal([]);
    });

    it('lastUpdated never goes back when the clock does', async () => {
      const { lastUpdated } = await commit(store, creation('Patient/clock'));
      clock.tick(-60_000);
      const later = await commit(store, update('Patient/clock'));
      clock.tick(60_000);
      expect(later.lastUpdated).to.be.at.least(lastUpdated);
      expect(later.text).to.contain(new Date(later.lastUpdated).toISOString());
    });
  });

  describe('texts and ids are kept as they are', () => {
    const texts: readonly (readonly [string, string])[] = [
      ['accents and combining marks', 'àéîõü a\u0300 ç ß'],
      ['emoji and astral code points', '👩🏽‍⚕️ 𝒳 𐍈'],
      ['quotes, backslashes and control characters', '"\\ \n\t\u0001 \u2028 \u0000'],
      ['database operators', "$where {$gt: 1} %_* '; DROP TABLE resource; --"],
      ['a long text', 'Ω'.repeat(1_500_000)],
    ];
    for (const [index, [name, note]] of texts.entries()) {
      it(name, async () => {
        const reference = `Patient/text-${index}`;
        await commit(store, creation(reference, { note }));
        const text = (await readText(reference)) ?? '';
        expect((JSON.parse(text) as { language: string }).language === note, 'the same text').to.equal(true);
        await commit(store, update(reference));
        expect((await store.readVersion(keyOf(reference), '1', anyone))?.text === text, 'the same version').to.equal(true);
      });
    }

    const ids = ['a.b', 'a..b', '.', '-', 'A', 'a', '0', '00', '1', 'a-b.c', 'x'.repeat(64), 'id'];
    it('ids with dots, dashes, digits and both cases', async () => {
      for (const id of ids) await commit(store, creation(`Device/${id}`, { note: id }));
      for (const id of ids) expect(await readText(`Device/${id}`)).to.contain(`"language":${JSON.stringify(id)}`);
      const { items } = await store.search(queryOf(['Device']));
      expect(items.map(({ key }) => key.id)).to.deep.equal([...ids].sort());
    });
  });

  describe('expectations', () => {
    it('absent holds for an unknown and for a deleted key only', async () => {
      const write = update('Patient/absent', { expect: { kind: 'absent' } });
      expect(await commit(store, write)).to.include({ versionId: '1' });
      const error = await refusal(store, write);
      expect([error.status, expectationFailure(error)]).to.deep.equal([409, { writeIndex: 0, kind: 'absent' }]);
      await commit(store, deletion('Patient/absent'));
      expect(await commit(store, write)).to.include({ versionId: '3' });
    });

    it('version holds for the current version only', async () => {
      const at = (versionId: string) => ({ expect: { kind: 'version', versionId } }) as const;
      await commit(store, creation('Patient/versioned'));
      expect(await commit(store, update('Patient/versioned', at('1')))).to.include({ versionId: '2' });
      for (const write of [
        update('Patient/versioned', at('1')),
        deletion('Patient/versioned', at('1')),
        update('Patient/versioned', at('3')),
        update('Patient/unknown-version', at('1')),
      ]) {
        const error = await refusal(store, write);
        expect([error.status, expectationFailure(error)]).to.deep.equal([412, { writeIndex: 0, kind: 'version' }]);
      }
      expect(await store.read(keyOf('Patient/versioned'), anyone)).to.include({ versionId: '2' });
      expect(await commit(store, deletion('Patient/versioned', at('2')))).to.include({ versionId: '3' });
    });

    it('no-match holds while no current resource of the type meets the criterion', async () => {
      const criterion = authorized(hasToken('identifier', '1', 'urn:cf'));
      const write = (id: string) =>
        creation(`Person/${id}`, { entries: [token('identifier', 'urn:cf', '1')], expect: { kind: 'no-match', criterion } });
      await commit(store, creation('Group/other-type', { entries: [token('identifier', 'urn:cf', '1')] }));
      await commit(store, creation('Person/other-value', { entries: [token('identifier', 'urn:cf', '2')] }));
      expect(await commit(store, write('a'))).to.include({ created: true });
      const error = await refusal(store, write('b'));
      expect([error.status, expectationFailure(error)]).to.deep.equal([409, { writeIndex: 0, kind: 'no-match' }]);
      await commit(store, deletion('Person/a'));
      expect(await commit(store, write('c'))).to.include({ created: true });
    });

    it('no-match sees the writes before it in the same list', async () => {
      const criterion = authorized(hasToken('identifier', '7'));
      const write = (id: string) =>
        creation(`Person/${id}`, { entries: [token('identifier', '', '7')], expect: { kind: 'no-match', criterion } });
      const error = await refusal(store, write('x'), write('y'));
      expect(expectationFailure(error)).to.deep.equal({ writeIndex: 1, kind: 'no-match' });
      await commit(store, write('x'));
      await commit(store, deletion('Person/x'), write('y'));
      expect(await found(store, 'Person', criterion)).to.deep.equal(['Person/y']);
    });
  });

  describe('transactions', () => {
    it('commits every write in order', async () => {
      const writes = Array.from({ length: 300 }, (_, index) => creation(`Basic/t${index}`));
      const results = await store.transact([...writes, update('Basic/t0', { note: 'again' })]);
      expect(results).to.have.length(301);
      expect(results.map(nameOf).slice(0, 2)).to.deep.equal(['Basic/t0', 'Basic/t1']);
      expect(results.at(-1)).to.include({ versionId: '2', created: false });
      const { total } = await store.search(queryOf(['Basic'], { count: 0, total: 'accurate' }));
      expect(total).to.equal(300);
    });

    it('an empty list is committed as nothing', async () => {
      expect(await store.transact([])).to.deep.equal([]);
    });

    it('one failed expectation undoes create, update and delete alike', async () => {
      const kept = [token('tag', 's', 'rollback')];
      await commit(
        store,
        creation('List/updated', { note: 'before', entries: kept }),
        creation('List/deleted', { entries: kept }),
      );
      const error = await refusal(
        store,
        creation('List/created', { entries: kept }),
        update('List/updated', { note: 'after' }),
        deletion('List/deleted'),
        creation('List/again', { entries: kept }),
        update('List/updated', { expect: { kind: 'version', versionId: '1' } }),
      );
      expect(expectationFailure(error)).to.deep.equal({ writeIndex: 4, kind: 'version' });
      expect(await store.read(keyOf('List/created'), anyone)).to.equal(undefined);
      expect(await store.read(keyOf('List/updated'), anyone)).to.include({ versionId: '1' });
      expect(await readText('List/updated')).to.contain('"language":"before"');
      expect(await store.read(keyOf('List/deleted'), anyone)).to.include({ versionId: '1', deleted: false });
      expect(await found(store, 'List', hasToken('tag', 'rollback'))).to.deep.equal(['List/deleted', 'List/updated']);
      expect((await store.history({ kind: 'type', type: 'List' }, anyone, { count: 10 })).items).to.have.length(2);
    });
  });
}
