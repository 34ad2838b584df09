/** Contract: referential integrity, judged on the state that a list of writes leaves behind. */
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { referenceParameter } from '../../src/search/reference-parameter.ts';
import { expectationFailure } from '../../src/store/expectation.ts';
import type { Store, Write } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import { anyone, commit, creation, deletion, found, has, keyOf, nameOf, reference, update } from './contract-fixtures.ts';

/** Refers to the others, as the interactions have it: an entry for each, and each required. */
const referring = (...targets: readonly string[]) => ({
  entries: targets.map((target) => reference(referenceParameter, target)),
  requires: targets.map(keyOf),
});
const refers = (name: string, ...targets: readonly string[]): Write => ({ ...creation(name), ...referring(...targets) });
const release = (name: string): Write => ({ ...deletion(name), unreferenced: true });

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(FhirError).and.have.property('status', 409);
  return expectationFailure(error);
}

export function describeIntegrity(open: OpenStore): void {
  describe('referential integrity', () => {
    let store: Store;
    before(async () => {
      store = await open({});
    });
    after(() => store.close());

    it('what is required has to be there, undeleted', async () => {
      await commit(store, creation('Patient/here'), creation('Patient/gone'));
      await commit(store, deletion('Patient/gone'));
      expect(await commit(store, refers('Observation/good', 'Patient/here'))).to.include({ versionId: '1' });
      for (const target of ['Patient/gone', 'Patient/never', 'Basic/never']) {
        const writes = [creation('Basic/before'), refers('Observation/bad', 'Patient/here', target)];
        expect(await failureOf(store.transact(writes))).to.deep.equal({ writeIndex: 1, kind: 'missing' });
      }
      expect(await store.readMany(['Basic/before', 'Observation/bad'].map(keyOf), anyone)).to.deep.equal([]);
    });

    it('an update is held to what it requires as a create is', async () => {
      const write = { ...update('Observation/good'), ...referring('Patient/never') };
      expect(await failureOf(store.transact([write]))).to.deep.equal({ writeIndex: 0, kind: 'missing' });
      expect(await store.read(keyOf('Observation/good'), anyone)).to.include({ versionId: '1' });
    });

    it('names every write that requires what is missing', async () => {
      const writes = [
        refers('Basic/a', 'Patient/x'),
        creation('Basic/b'),
        refers('Basic/c', 'Patient/y'),
        refers('Basic/d', 'Patient/x'),
      ];
      expect(await failureOf(store.transact(writes))).to.deep.equal({ writeIndex: 0, kind: 'missing', others: [2, 3] });
    });

    it('resources of one list may require each other, whatever their order, and themselves', async () => {
      await store.transact([refers('List/a', 'List/b'), refers('List/b', 'List/a', 'List/b')]);
      expect((await store.readMany(['List/a', 'List/b'].map(keyOf), anyone)).map(nameOf)).to.deep.equal(['List/a', 'List/b']);
    });

    it('what the same list deletes is not there', async () => {
      await commit(store, creation('Group/a'));
      const writes = [deletion('Group/a'), refers('Basic/e', 'Group/a')];
      expect(await failureOf(store.transact(writes))).to.deep.equal({ writeIndex: 1, kind: 'missing' });
    });

    it('what is referred to is not deleted, until nothing refers to it', async () => {
      await commit(store, creation('Device/a'), refers('Basic/f', 'Device/a'));
      expect(await failureOf(store.transact([release('Device/a')]))).to.deep.equal({ writeIndex: 0, kind: 'referenced' });
      expect(await store.read(keyOf('Device/a'), anyone)).to.include({ deleted: false });
      await commit(store, { ...update('Basic/f'), ...referring() });
      expect(await commit(store, release('Device/a'))).to.include({ deleted: true });
      await commit(store, creation('Device/b'), refers('Basic/g', 'Device/b'));
      await commit(store, deletion('Basic/g'));
      expect(await commit(store, release('Device/b'))).to.include({ deleted: true });
    });

    it('names every write that deletes what is referred to', async () => {
      await store.transact([
        creation('Device/c'),
        creation('Device/d'),
        creation('Device/e'),
        refers('Basic/h', 'Device/c', 'Device/e'),
      ]);
      const writes = [release('Device/d'), release('Device/e'), release('Device/c')];
      expect(await failureOf(store.transact(writes))).to.deep.equal({ writeIndex: 1, kind: 'referenced', others: [2] });
    });

    it('what refers to each other can be deleted together', async () => {
      await store.transact([release('List/b'), release('List/a')]);
      expect(await store.readMany(['List/a', 'List/b'].map(keyOf), anyone)).to.deep.equal([]);
    });

    it('what refers to itself can be deleted', async () => {
      await commit(store, refers('Location/self', 'Location/self'));
      expect(await commit(store, release('Location/self'))).to.include({ deleted: true });
    });

    it('a reference of the same list holds, and one that the same list takes away does not', async () => {
      await store.transact([creation('Device/f'), creation('Device/g'), refers('Basic/i', 'Device/f')]);
      const moved = { ...update('Basic/i'), ...referring('Device/g') };
      expect(await failureOf(store.transact([release('Device/g'), moved]))).to.include({ writeIndex: 1, kind: 'missing' });
      await store.transact([release('Device/f'), moved]);
      expect(await found(store, 'Basic', has(referenceParameter, { shape: 'reference', target: 'Device/g' }))).to.deep.equal([
        'Basic/i',
      ]);
    });

    it('a delete that does not ask is not held, and no other parameter holds', async () => {
      await commit(store, creation('Device/h'), refers('Basic/j', 'Device/h'));
      expect(await commit(store, deletion('Device/h'))).to.include({ deleted: true });
      await commit(store, creation('Device/i'), creation('Basic/k', { entries: [reference('subject', 'Device/i')] }));
      expect(await commit(store, release('Device/i'))).to.include({ deleted: true });
    });

    it('of a delete and references that come at the same time none leaves a reference to nothing', async () => {
      const rounds = Array.from({ length: 8 }, async (_, round) => {
        const target = `Person/t${round}`;
        await commit(store, creation(target));
        const attempts = [
          ...Array.from({ length: 3 }, (__, index) => refers(`Media/m${round}-${index}`, target)),
          release(target),
          ...Array.from({ length: 3 }, (__, index) => refers(`Media/n${round}-${index}`, target)),
        ];
        const results = await Promise.allSettled(attempts.map((write) => store.transact([write])));
        for (const result of results) {
          if (result.status === 'rejected')
            expect(expectationFailure(result.reason)?.kind).to.be.oneOf(['missing', 'referenced']);
        }
        const left = await found(store, 'Media', has(referenceParameter, { shape: 'reference', target }));
        const gone = (await store.read(keyOf(target), anyone))?.deleted === true;
        expect(gone && left.length > 0, `${target} is gone, and ${left.join()} refer to it`).to.equal(false);
        expect(gone || left.length > 0, 'one of them came first').to.equal(true);
      });
      await Promise.all(rounds);
    });

    it('many that refer to one resource at the same time do not hinder each other', async () => {
      await commit(store, creation('Organization/busy'));
      const attempts = Array.from({ length: 48 }, (_, index) =>
        store.transact([refers(`Person/b${index}`, 'Organization/busy')]),
      );
      expect(await Promise.all(attempts)).to.have.length(48);
    });
  });
}
