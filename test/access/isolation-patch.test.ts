import { expect } from 'chai';
import { bundle, entry } from '../spec/on-stores.ts';
import { binaryPatch, fhirpathPatch, jsonPatch } from '../support/patches.ts';
import type { FetchOptions } from '../support/server.ts';
import { comparable, openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const toB = { reference: 'Patient/B' };

for (const store of ['memory', 'embedded'] as const) {
  describe(`A patient's token and another's records: patching (access.md 2.5), on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
    });
    after(() => two.close());

    const version = async (path: string) => (await two.asSystem(path)).body.meta.versionId;

    const own: readonly (readonly [what: string, options: FetchOptions, status: number])[] = [
      ['replaces the subject', jsonPatch({ op: 'replace', path: '/subject', value: toB }), 403],
      ["replaces the subject's reference", jsonPatch({ op: 'replace', path: '/subject/reference', value: 'Patient/B' }), 403],
      ['removes the subject', jsonPatch({ op: 'remove', path: '/subject' }), 403],
      [
        'copies a reference over the subject',
        jsonPatch({ op: 'add', path: '/focus', value: [toB] }, { op: 'copy', from: '/focus/0', path: '/subject' }),
        403,
      ],
      [
        'moves a reference over the subject',
        jsonPatch({ op: 'add', path: '/focus', value: [toB] }, { op: 'move', from: '/focus/0', path: '/subject' }),
        403,
      ],
      ['replaces the subject by FHIRPath', fhirpathPatch('replace Observation.subject', { valueReference: toB }), 403],
      ['deletes the subject by FHIRPath', fhirpathPatch('delete Observation.subject'), 403],
      ['changes what is the own', jsonPatch({ op: 'replace', path: '/status', value: 'amended' }), 200],
    ];
    for (const [what, options, status] of own) {
      it(`A32: a patch of an own Observation that ${what} is ${status}`, async () => {
        const before = await version('Observation/of-A');
        const answer = await two.asA('Observation/of-A', options);
        expect(answer.status, answer.text).to.equal(status);
        expect((await version('Observation/of-A')) === before).to.equal(status !== 200);
      });
    }

    const oracles: readonly (readonly [what: string, options: FetchOptions])[] = [
      ['a test that holds', jsonPatch({ op: 'test', path: '/status', value: 'final' })],
      ['a test that does not hold', jsonPatch({ op: 'test', path: '/status', value: 'amended' })],
      ['a path that leads nowhere', jsonPatch({ op: 'remove', path: '/bodySite' })],
      ['a FHIRPath that leads nowhere', fhirpathPatch('replace Observation.bodySite', { valueCodeableConcept: { text: 'x' } })],
      ['a claim of the subject', jsonPatch({ op: 'replace', path: '/subject/reference', value: 'Patient/A' })],
      [
        'an If-Match',
        {
          ...jsonPatch({ op: 'remove', path: '/note' }),
          headers: { 'content-type': 'application/json-patch+json', 'if-match': 'W/"9"' },
        },
      ],
    ];
    for (const [what, options] of oracles) {
      it(`A33: ${what} on another's Observation, living or deleted, is the 404 of one that never was`, async () => {
        const [hidden, gone, unknown] = await Promise.all(
          ['of-B', 'gone-B', 'never'].map((id) => two.asA(`Observation/${id}`, options)),
        );
        expect(hidden?.status).to.equal(404);
        if (hidden === undefined || gone === undefined || unknown === undefined) throw new Error('Three were asked.');
        expect(comparable(hidden)).to.deep.equal(comparable(unknown));
        expect(comparable(gone)).to.deep.equal(comparable(unknown));
        expect(await version('Observation/of-B')).to.equal('1');
      });
    }

    it("A37: a conditional patch that only another's resource meets is a 404, as for none", async () => {
      const patch = jsonPatch({ op: 'replace', path: '/status', value: 'amended' });
      const [hidden, unknown] = await Promise.all(
        ['obs-B', 'nobody'].map((value) => two.asA(`Observation?identifier=urn:test|${value}`, patch)),
      );
      expect([hidden?.status, hidden?.body.issue]).to.deep.equal([404, unknown?.body.issue]);
    });

    for (const type of ['batch', 'transaction'] as const) {
      it(`A40: in a ${type} another's Observation is as little there`, async () => {
        const send = async (id: string) => {
          const patch = entry(`PATCH Observation/${id}`, binaryPatch({ op: 'test', path: '/status', value: 'final' }));
          const { body } = await two.asA('', { method: 'POST', body: bundle(type, patch) });
          return type === 'batch' ? body.entry[0].response : { status: '404', issue: body.issue };
        };
        const [hidden, unknown] = [await send('of-B'), await send('never')];
        expect(hidden).to.deep.equal(unknown);
        expect(hidden.status).to.match(/^404/);
      });
    }

    it('shared resources and the Patient itself are not patched', async () => {
      for (const path of ['Organization/org', 'Patient/A']) {
        expect((await two.asA(path, jsonPatch({ op: 'add', path: '/active', value: false }))).status).to.equal(403);
      }
    });
  });
}
