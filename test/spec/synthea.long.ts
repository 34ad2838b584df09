/**
 * The records of 35 synthetic patients and what they share, as Synthea wrote them: Bundles of up to 2,279 entries.
 * https://hl7.org/fhir/R4/http.html#transaction and https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import { expect } from 'chai';
import { rememberSent, type SentEntry } from '../support/patient-record.ts';
import type { TestServer } from '../support/server.ts';
import { findSynthea } from '../support/synthea.ts';
import { describeOnEveryStore } from './on-every-store.ts';

const synthea = findSynthea();

const nameOf = (url: string) => /(\w+\/[\w.-]+)(?:\/_history\/\d+)?$/.exec(url)?.[1] ?? '';

/** The names that all pages of an `$everything` give, in their order. */
async function namesOnPages(server: TestServer, patient: string, count: number): Promise<readonly string[]> {
  const names: string[] = [];
  let path: string | undefined = `${patient}/$everything?_count=${count}`;
  while (path !== undefined) {
    const { status, body, text } = await server.fetchFhir(path);
    expect(status, text.slice(0, 500)).to.equal(200);
    expect(body.entry.length).to.be.within(1, count);
    for (const { fullUrl, search } of body.entry) {
      expect(search.mode, JSON.stringify(body.entry.at(-1))).to.be.oneOf(['match', 'include']);
      names.push(nameOf(fullUrl));
    }
    const next: string | undefined = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    path = next?.slice(server.baseUrl.length + 1);
  }
  return names;
}

describe("Synthea's 37 Bundles", () => {
  if (synthea === undefined) {
    it('are on this machine', function () {
      console.log('      The Synthea bundles are not on this machine (or nothing that unpacks bzip2), so their test is skipped.');
      this.skip();
    });
    return;
  }
  describeOnEveryStore(
    'as they are, conditional references and all',
    (server) => {
      const sent = rememberSent();
      /** What each patient's own Bundle brought. */
      const bundles = new Map<string, readonly string[]>();
      let stored = 0;

      for (const file of [...synthea.shared, ...synthea.patients]) {
        it(`${file.name} is stored whole`, async () => {
          const body = file.read();
          const entries: readonly SentEntry[] = JSON.parse(body).entry;
          const answer = await server().fetchFhir('', { method: 'POST', body });
          expect(answer.status, answer.text.slice(0, 500)).to.equal(200);
          const responses: readonly { readonly status: string; readonly location: string }[] = answer.body.entry.map(
            ({ response }: { response: object }) => response,
          );
          expect(new Set(responses.map(({ status }) => status))).to.deep.equal(new Set(['201 Created']));
          const names = responses.map(({ location }) => nameOf(location));
          expect(names.map((name) => name.split('/')[0])).to.deep.equal(entries.map(({ resource }) => resource.resourceType));
          sent.add(entries, names);
          stored += names.length;
          const patient = names.find((name) => name.startsWith('Patient/'));
          if (patient !== undefined) bundles.set(patient, names);
        });
      }

      it('all 23,467 resources are there, each once, and no reference is left as it was sent', async () => {
        expect([stored, bundles.size]).to.deep.equal([23_467, 35]);
        expect((await server().fetchFhir('?_summary=count')).body.total).to.equal(stored);
        const { text } = await server().fetchFhir('Observation?_count=1000');
        expect(text).not.to.include('urn:uuid:').and.not.to.include('"Practitioner?');
      });

      it('$everything of each patient is that record and what it refers to: each once, nothing of another, on pages too', async function () {
        if (this.test?.parent?.title.includes('stand-in') === true) {
          console.log(
            '      The stand-in takes more than ten minutes for this: $everything of large records is tried on a MongoDB of its own alone.',
          );
          this.skip();
        }
        for (const [patient, brought] of bundles) {
          const { record, shared } = sent.recordOf(patient);
          const expected = [...record, ...shared].sort();
          expect(expected).to.include.members([...brought]);
          const [first, ...rest] = await namesOnPages(server(), patient, 1_000);
          expect(first).to.equal(patient);
          expect([patient, ...rest].sort()).to.deep.equal(expected);
          expect((await namesOnPages(server(), patient, 150)).toSorted()).to.deep.equal(expected);
        }
      }).timeout(600_000);
    },
    // The stand-in lets a transaction fill a share of its cache, and takes many times the room that MongoDB takes for the same indexes.
    { environment: { VALIDATION: 'base' }, standInFlags: ['--cache-size', '8G'] },
  );
});
