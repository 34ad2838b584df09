/** A Bundle of thousands of entries, as it is. https://hl7.org/fhir/R4/http.html#transaction */
import { expect } from 'chai';
import { findSynthea } from '../support/synthea.ts';
import { describeOnEveryStore } from './on-every-store.ts';

interface Entry {
  readonly resource: { readonly resourceType: string };
}

const synthea = findSynthea();

describe("Synthea's largest Bundle", () => {
  if (synthea === undefined) {
    it('is on this machine', function () {
      console.log('      The Synthea bundles are not on this machine (or nothing that unpacks bzip2), so their test is skipped.');
      this.skip();
    });
    return;
  }
  describeOnEveryStore(
    'with 2,279 entries, conditional references and all',
    (server) => {
      it('is stored whole, each entry once, its references intact', async function () {
        this.timeout(120_000);
        for (const file of synthea.shared) {
          const answer = await server().fetchFhir('', { method: 'POST', body: file.read() });
          expect(answer.status, answer.text.slice(0, 500)).to.equal(200);
        }
        const body = synthea.largest.read();
        const entries: readonly Entry[] = JSON.parse(body).entry;
        expect(entries).to.have.length(2_279);
        const answer = await server().fetchFhir('', { method: 'POST', body });
        expect(answer.status, answer.text.slice(0, 500)).to.equal(200);
        expect(new Set(answer.body.entry.map(({ response }: { response: { status: string } }) => response.status))).to.deep.equal(
          new Set(['201 Created']),
        );
        for (const type of new Set(entries.map(({ resource }) => resource.resourceType))) {
          const sent = entries.filter(({ resource }) => resource.resourceType === type).length;
          expect((await server().fetchFhir(`${type}?_summary=count`)).body.total, type).to.be.at.least(sent);
        }
        const { body: page } = await server().fetchFhir('Observation?_count=1000');
        expect(JSON.stringify(page)).not.to.include('urn:uuid:').and.not.to.include('"Practitioner?');
      });
    },
    // The stand-in lets a transaction fill a share of its cache, and takes many times the room that MongoDB takes for the same indexes.
    { environment: { VALIDATION: 'base' }, standInFlags: ['--cache-size', '8G'] },
  );
});
