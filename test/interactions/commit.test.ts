import { expect } from 'chai';
import { everyone } from '../../src/access/access-context.ts';
import { narrow } from '../../src/access/narrow.ts';
import { limits } from '../../src/fhir/limits.ts';
import { conflict, FhirError } from '../../src/fhir/outcome.ts';
import { commit } from '../../src/interactions/commit.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Expectation, Write } from '../../src/store/store.ts';

const key = { type: 'Patient', id: '1' };
const allowed = narrow(everyone, ['Patient'], 'r');

function write(expect: Expectation): Write {
  const text = { head: '{"resourceType":"Patient","id":"1","meta":{', tail: '}}' };
  return { op: 'update', key, method: 'PUT', text, entries: [], compartments: [], expect };
}

describe('interactions/commit', () => {
  it('plans again on the new state when an expectation does not hold', async () => {
    const store = openMemory();
    await store.transact([write({ kind: 'any' })]);
    let attempts = 0;
    const versionId = await commit(async () => {
      attempts += 1;
      const current = await store.read(key, allowed);
      // Another writer comes between reading and writing, the first time.
      if (attempts === 1) await store.transact([write({ kind: 'any' })]);
      const writes = [write({ kind: 'version', versionId: current?.versionId ?? '' })];
      return { writes, answer: ([stored]) => stored?.versionId };
    }, store);
    expect([attempts, versionId]).to.deep.equal([2, '3']);
  });

  it('gives up after the limit: 409, since planning again found nothing against it', async () => {
    const store = openMemory();
    let attempts = 0;
    const hopeless = commit(async () => {
      attempts += 1;
      return { writes: [write({ kind: 'version', versionId: '99' })], answer: () => undefined };
    }, store);
    const error = await hopeless.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FhirError).and.have.property('status', 409);
    expect(attempts).to.equal(limits.commitAttemptsMax);
  });

  it('stops at once when the plan knows that its own writes are in the way', async () => {
    const store = openMemory();
    let attempts = 0;
    const refused = commit(async () => {
      attempts += 1;
      const writes = [write({ kind: 'version', versionId: '99' })];
      return { writes, answer: () => undefined, refusal: () => conflict('The plan says no.') };
    }, store);
    expect(await refused.catch((reason: unknown) => reason)).to.have.property('message', 'The plan says no.');
    expect(attempts).to.equal(1);
  });

  it('asks nothing of the store when there is nothing to write', async () => {
    const answer = await commit(async () => ({ writes: [], answer: () => 'unchanged' }), openMemory());
    expect(answer).to.equal('unchanged');
  });
});
