import { expect } from 'chai';
import { keysOf, openTwoPatients, type TwoPatients, visibleToA } from '../support/two-patients.ts';

const ownObservations = ['Observation/from-B-to-A', 'Observation/of-A', 'Observation/of-A-by-B'];

for (const store of ['memory', 'embedded'] as const) {
  describe(`A patient's token and another's records: searching (access.md 2.5), on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
      for (const [id, subject] of [
        ['of-A', 'A'],
        ['of-B', 'B'],
      ]) {
        const entry = ['Observation/of-A', 'Observation/of-B'].map((reference) => ({ item: { reference } }));
        const body = {
          resourceType: 'List',
          id,
          status: 'current',
          mode: 'working',
          subject: { reference: `Patient/${subject}` },
          entry,
        };
        expect((await two.asSystem(`List/${id}`, { method: 'PUT', body })).status).to.equal(201);
      }
    });
    after(() => two.close());

    const found: readonly (readonly [row: string, query: string, matches: readonly string[], why?: string])[] = [
      ['own', 'Observation', ownObservations],
      ['own', 'Patient', ['Patient/A']],
      ['own', 'Device', ['Device/dev-A', 'Device/dev-catalogue']],
      ['own', 'Appointment', ['Appointment/app-A']],
      ['own', 'Organization', ['Organization/org']],
      ['A8', 'Observation?patient=B', []],
      ['A8', 'Observation?subject=Patient/B', []],
      ['A8', 'Observation?patient=A,B', ownObservations],
      ['A8', 'Observation?patient=A&patient=B', []],
      ['A8', 'Observation?performer=Patient/A', []],
      ['A8', 'Observation?_id=of-A,of-B', ['Observation/of-A']],
      ['A8', 'Patient?_id=B', []],
      ['A8', 'Patient?identifier=CF-B', []],
      ['A8', 'Patient?family=bianchi', []],
      ['A10', 'Observation?subject=http://other.example/fhir/Patient/B', []],
      ['A14', 'Patient?_has:Observation:patient:value-quantity=gt3', []],
      ['A14', 'Patient?_has:Observation:patient:value-quantity=gt1.5', ['Patient/A']],
      ['chain', 'Observation?subject:Patient.family=bianchi', []],
      ['chain', 'Observation?subject:Patient.family=rossi', ownObservations],
      ['chain', 'Condition?asserter:Patient.family=bianchi', []],
      ['chain', 'Observation?performer:Patient.identifier=CF-B', []],
      ['negation', 'Observation?status:not=final', []],
      ['missing', 'Observation?subject:missing=true', []],
      ['A24', '?_type=Patient,Observation', [...ownObservations, 'Patient/A']],
      ['A23', 'Observation?_filter=subject+eq+Patient/B', []],
      ['A23', 'Observation?_filter=value-quantity+gt+1.5', ['Observation/of-A-by-B']],
      ['A23', 'Observation?_filter=not+(status+eq+amended)', ownObservations],
      ['A23', 'Observation?_filter=subject.family+eq+bianchi', []],
      ['A23', 'Observation?_filter=performer.birthdate+eq+1950-05-05', []],
      ['A23', 'Patient?_content=bianchi', []],
      ['A23', 'Patient?_content=NOT+rossi', []],
      ['A23', 'Observation?subject:Patient._content=bianchi', []],
      ['A23', 'Observation?_list=of-B', [], 'a hidden list names nothing'],
      ['A23', 'Observation?_list=of-A', ['Observation/of-A'], 'and what a list of the own names is seen where it is the own'],
      ['A47', 'Observation?code=$where', []],
    ];
    for (const [row, query, matches, why = ''] of found) {
      const what = `${matches.length === 0 ? 'nothing' : matches.join(', ')}${why === '' ? '' : `: ${why}`}`;
      it(`${row}: ${query} finds ${what}`, async () => {
        const answer = await two.asA(query);
        expect([...keysOf(answer, 'match')].sort()).to.deep.equal(matches);
        // The links repeat what was asked; the entries may not know it.
        expect(JSON.stringify(answer.body.entry ?? [])).not.to.match(/Bianchi|CF-B|1950-05-05/);
      });
    }

    it('A9: a form and a URL that name different patients find what both mean: nothing', async () => {
      const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      for (const [url, body] of [
        ['B', 'A'],
        ['A', 'B'],
      ]) {
        expect(keysOf(await two.asA(`Observation/_search?patient=${url}`, { ...form, body: `patient=${body}` }))).to.deep.equal(
          [],
        );
      }
      expect(keysOf(await two.asA('Observation/_search', { ...form, body: 'patient=B' }))).to.deep.equal([]);
    });

    const refused: readonly (readonly [row: string, scope: string, query: string])[] = [
      ['A12', 'patient/Observation.rs', 'Observation?subject:Patient.birthdate=1950-05-05'],
      ['A13', 'patient/Patient.rs', 'Patient?_has:Observation:patient:code=c1'],
      ['A13', 'patient/Patient.rs patient/Observation.r', 'Patient?_has:Observation:patient:code=c1'],
      ['A13', 'patient/Patient.rs', 'Patient?_list=of-A'],
      ['A12', 'patient/Observation.rs', 'Observation?_filter=subject.birthdate+eq+1950-05-05'],
      ['A23', 'patient/*.rs', 'Observation?_explain=true'],
      ['A26', 'patient/*.rs', 'Group?member=Patient/B'],
      ['A48', 'patient/*.rs', 'Binary'],
    ];
    for (const [row, scope, query] of refused) {
      it(`${row}: ${scope} may not ask ${query}`, async () => expect((await two.asA(query, { scope })).status).to.equal(403));
    }

    const included: readonly (readonly [row: string, query: string])[] = [
      ['A15', 'Observation?_include=Observation:focus'],
      ['A15', 'Observation?_include=Observation:performer'],
      ['A15', 'Condition?_include=Condition:asserter'],
      ['A15', 'Patient?_include=Patient:link'],
      ['A15', 'Observation?_include=*'],
      ['A16', 'Patient?_revinclude=Observation:performer'],
      ['A16', 'Patient?_revinclude=Condition:asserter'],
      ['A16', 'Patient?_revinclude=Group:member'],
      ['A17', 'Observation?_revinclude=Provenance:target'],
    ];
    for (const [row, query] of included) {
      it(`${row}: ${query} brings nothing of B`, async () => {
        const answer = await two.asA(query);
        const keys = keysOf(answer);
        expect(keys).not.to.be.empty;
        expect(visibleToA).to.include.members([...keys]);
      });
    }

    it('includes what may be seen, so that the rows before prove something', async () => {
      expect(keysOf(await two.asA('Observation?_id=of-A&_include=Observation:performer', {}), 'include')).to.deep.equal([
        'Practitioner/doc',
      ]);
      const asSystem = await two.asSystem('Observation?_id=of-A-by-B&_include=Observation:performer');
      expect(keysOf(asSystem, 'include')).to.deep.equal(['Patient/B']);
    });

    it('leaves an include of a type without scope out', async () => {
      const scope = 'patient/Observation.rs';
      expect(keysOf(await two.asA('Observation?_id=of-A&_include=Observation:performer', { scope }), 'include')).to.deep.equal(
        [],
      );
    });

    for (const query of [
      'Observation?_total=accurate',
      'Observation?_summary=count',
      'Observation?_total=estimate',
      'Observation?_count=0',
    ]) {
      it(`A18: ${query} counts the own`, async () => {
        const { body } = await two.asA(query);
        expect(body.total).to.equal(ownObservations.length);
      });
    }

    it('A20: projections project what may be seen', async () => {
      for (const query of ['Observation?_elements=id', 'Observation?_summary=true', 'Observation?_summary=text']) {
        expect([...keysOf(await two.asA(query))].sort(), query).to.deep.equal(ownObservations);
      }
    });

    it('A21: pages are full, though hidden resources lie between', async () => {
      const keys: string[] = [];
      let next: string | undefined = 'Observation?_count=1&_sort=date';
      while (next !== undefined) {
        const answer = await two.asA(next);
        expect(keysOf(answer)).to.have.length(1);
        keys.push(...keysOf(answer));
        const link: { url: string } | undefined = answer.body.link.find(
          ({ relation }: { relation: string }) => relation === 'next',
        );
        next = link?.url.slice(two.server.baseUrl.length + 1);
      }
      expect(keys).to.deep.equal(['Observation/of-A', 'Observation/of-A-by-B', 'Observation/from-B-to-A']);
    });

    it("A22: another caller's paging link shows a patient nothing of others, tampered ones neither", async () => {
      const { body } = await two.asSystem('Observation?_count=1');
      const link: string = body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
      const stolen = await two.asA(link.slice(two.server.baseUrl.length + 1));
      expect(stolen.status).to.equal(400);
      const tampered = await two.asA(`${link.slice(two.server.baseUrl.length + 1, -2)}xx`);
      expect(tampered.status).to.equal(400);
    });

    it('A23: parameters that this server does not know change nothing of the border', async () => {
      for (const query of ['_contained=true', '_query=all', '_patient=B', '_compartment=Patient/B']) {
        const answer = await two.asA(`Observation?${query}`);
        if (answer.status !== 200) expect(answer.status, query).to.be.oneOf([400, 403]);
        else expect(ownObservations, query).to.include.members([...keysOf(answer, 'match')]);
      }
    });

    it('A19: sorting through B is refused', async () => {
      expect((await two.asA('Observation?_sort=subject.name')).status).to.equal(400);
    });

    it('A44: links are of the configured base', async () => {
      const { body } = await two.asA('Observation', {
        headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
      });
      expect(body.link[0].url.startsWith(`${two.server.baseUrl}/`)).to.equal(true);
    });
  });
}
