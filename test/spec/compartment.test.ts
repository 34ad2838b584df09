import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { comparable, keysOf, openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };

for (const store of ['memory', 'embedded'] as const) {
  describe(`compartmentdefinition.html#use, on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
    });
    after(() => two.close());

    describe('"GET [base]/Patient/123/Observation" finds the members of one type', () => {
      const rows: readonly (readonly [path: string, matches: readonly string[], why?: string])[] = [
        ['Patient/B/Encounter', ['Encounter/enc-B']],
        ['Patient/B/Observation?value-quantity=gt4', ['Observation/of-B-by-A']],
        [
          'Patient/A/Observation?_sort=_id',
          ['Observation/from-B-to-A', 'Observation/of-A', 'Observation/of-A-by-B', 'Observation/of-B-by-A'],
        ],
        ['Patient/A/Patient', ['Patient/A'], 'the owner belongs to it; a link of another does too'],
        ['Patient/A/Observation?performer=Practitioner/doc', ['Observation/of-A']],
        ['Practitioner/doc/Observation', ['Observation/of-A']],
        ['Practitioner/doc/Appointment?_sort=_id', ['Appointment/app-A', 'Appointment/app-B']],
        ['Device/dev-A/Observation', []],
        ['RelatedPerson/rel-B/RelatedPerson', ['RelatedPerson/rel-B']],
        ['Encounter/enc-B/Encounter', ['Encounter/enc-B']],
      ];
      for (const [path, matches, why = ''] of rows) {
        it(`${path} finds ${matches.join(', ') || 'nothing'}${why === '' ? '' : `: ${why}`}`, async () => {
          expect(keysOf(await two.asSystem(path), 'match')).to.deep.equal(matches);
        });
      }

      it('by POST _search too, with parameters of the URL and the body', async () => {
        const answer = await two.asSystem('Patient/A/Observation/_search?status=final', { ...form, body: 'date=2026-01' });
        expect(keysOf(answer, 'match')).to.deep.equal(['Observation/of-A']);
        expect(answer.body.link[0].url).to.equal(`${two.server.baseUrl}/Patient/A/Observation?status=final&date=2026-01`);
      });

      it('with includes, a total, and pages whose links stay inside', async () => {
        const first = await two.asSystem(
          'Patient/A/Observation?_count=1&_total=accurate&_include=Observation:performer&_sort=_id',
        );
        expect(first.body.total).to.equal(4);
        const next: string = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
        expect(next.startsWith(`${two.server.baseUrl}/Patient/A/Observation?`)).to.equal(true);
        const second = await two.asSystem(next.slice(two.server.baseUrl.length + 1));
        expect(keysOf(second, 'match')).to.deep.equal(['Observation/of-A']);
        expect(keysOf(second, 'include')).to.deep.equal(['Practitioner/doc']);
        const other = next.slice(two.server.baseUrl.length + 1).replace('Patient/A', 'Patient/B');
        expect((await two.asSystem(other)).status).to.equal(400);
      });
    });

    describe('"GET [base]/Patient/123/*" finds all members', () => {
      it('of every type', async () => {
        const keys = keysOf(await two.asSystem('Patient/B/*?_count=100'), 'match');
        expect([...keys].sort()).to.deep.equal([
          'Appointment/app-B',
          'Condition/cond-A',
          'Condition/cond-B',
          'Encounter/enc-B',
          'Group/both',
          'Observation/from-A-to-B',
          'Observation/of-A-by-B',
          'Observation/of-B',
          'Observation/of-B-by-A',
          'Patient/A',
          'Patient/B',
          'RelatedPerson/rel-B',
        ]);
      });
      it('of the types asked for', async () => {
        const keys = keysOf(await two.asSystem('Patient/B/*?_type=Encounter,Appointment'), 'match');
        expect(keys).to.deep.equal(['Appointment/app-B', 'Encounter/enc-B']);
      });
      it('by POST', async () => {
        for (const path of ['Patient/B/_search', 'Patient/B/*/_search']) {
          const answer = await two.asSystem(path, { ...form, body: '_type=Encounter' });
          expect(keysOf(answer, 'match'), path).to.deep.equal(['Encounter/enc-B']);
        }
      });
      it('inside a batch', async () => {
        const entry = ['Patient/B/Encounter', 'Patient/B/*?_type=Encounter', 'Patient/B/Organization'].map((url) => ({
          request: { method: 'GET', url },
        }));
        const { body } = await two.asSystem('', { method: 'POST', body: { resourceType: 'Bundle', type: 'batch', entry } });
        const [one, all, none] = body.entry;
        expect(one.resource.entry[0].resource.id).to.equal('enc-B');
        expect(all.resource.entry[0].resource.id).to.equal('enc-B');
        expect(none.response.status).to.match(/^404/);
      });
    });

    describe('never finds all resources of a type by mistake', () => {
      const rows: readonly (readonly [path: string, status: number, sentence: RegExp])[] = [
        ['Patient/A/Organization', 404, /Organization is never part of the compartment of a Patient/],
        ['Patient/A/*?_type=Organization', 404, /never part/],
        ['Organization/org/Patient', 404, /Organization has no compartment; Device, Encounter, Patient/],
        ['Organization/org/*', 404, /has no compartment/],
        ['Patient/unknown/Observation', 404, /No Patient with this id/],
        ['Patient/unknown/*', 404, /No Patient with this id/],
        ['Patient/A/Foo', 404, /Foo is not a resource type/],
        ['Foo/A/Observation', 404, /Foo is not a resource type/],
        ['patient/A/Observation', 404, /Did you mean Patient/],
        ['Patient/A_/Observation', 400, /id in the URL/],
        ['Patient/A/Observation?famly=x', 400, /no search parameter/],
      ];
      for (const [path, status, sentence] of rows) {
        it(`${path}: ${status}`, async () => {
          const answer = await two.asSystem(path, { headers: { prefer: 'handling=strict' } });
          expect(answer.status).to.equal(status);
          expect(answer.body.issue[0].details.text).to.match(sentence);
        });
      }
      it('is not there for writing', async () => {
        const answer = await two.asSystem('Patient/A/Observation', { method: 'POST', body: { resourceType: 'Observation' } });
        expect(answer.status).to.equal(405);
        expect(answer.headers.get('allow')).to.equal('GET, HEAD');
      });
    });

    describe("A27: a patient's token", () => {
      it("is told of B's compartment what it is told of nobody's", async () => {
        for (const path of ['Observation', '*', 'Patient', 'Observation?_summary=count']) {
          const hidden = await two.asA(`Patient/B/${path}`);
          const unknown = await two.asA(`Patient/unknown/${path}`);
          expect(hidden.status, path).to.equal(404);
          expect(comparable(hidden)).to.deep.equal(comparable(unknown));
        }
      });
      it('sees its own', async () => {
        expect(keysOf(await two.asA('Patient/A/Observation?_sort=_id'), 'match')).to.deep.equal([
          'Observation/from-B-to-A',
          'Observation/of-A',
          'Observation/of-A-by-B',
        ]);
        const all = keysOf(await two.asA('Patient/A/*?_count=100'), 'match');
        expect([...all].sort()).to.deep.equal([
          'Appointment/app-A',
          'Condition/cond-A',
          'Observation/from-B-to-A',
          'Observation/of-A',
          'Observation/of-A-by-B',
          'Patient/A',
        ]);
      });
      it("sees of a practitioner's compartment its own part", async () => {
        expect(keysOf(await two.asA('Practitioner/doc/Appointment'), 'match')).to.deep.equal(['Appointment/app-A']);
        expect(keysOf(await two.asA('Practitioner/doc/Observation'), 'match')).to.deep.equal(['Observation/of-A']);
      });
      it('may not search a type without its scope, and of an owner it has no right on learns nothing', async () => {
        expect((await two.asA('Patient/A/Observation', { scope: 'patient/Patient.rs' })).status).to.equal(403);
        const scope = 'patient/Observation.rs';
        const hidden = await two.asA('Patient/B/Observation', { scope });
        // Performed by B, but of A.
        expect(keysOf(hidden, 'match')).to.deep.equal(['Observation/of-A-by-B']);
        expect(keysOf(await two.asA('Patient/unknown/Observation', { scope }), 'match')).to.deep.equal([]);
        expect((await two.asA('Patient/A/*', { scope: 'patient/Organization.rs' })).status).to.equal(403);
      });
    });

    it('every compartment and every member type of R4 can be asked', async () => {
      const definitions = openDefinitions();
      const { body } = await two.asSystem('metadata');
      const claimed: readonly string[] = body.rest[0].compartment;
      expect(claimed).to.have.length(definitions.compartments.length);
      const owners = { Patient: 'A', Practitioner: 'doc', Device: 'dev-A', Encounter: 'enc-B', RelatedPerson: 'rel-B' };
      for (const [compartment, id] of Object.entries(owners)) {
        expect(claimed.some((url) => url.toLowerCase().endsWith(`/${compartment.toLowerCase()}`))).to.equal(true);
        const members = definitions.resourceTypes.filter((type) => definitions.compartment(compartment, type) !== undefined);
        for (const type of members) {
          expect((await two.asSystem(`${compartment}/${id}/${type}?_summary=count`)).status, `${compartment}: ${type}`).to.equal(
            200,
          );
        }
      }
    }).timeout(30_000);
  });
}
