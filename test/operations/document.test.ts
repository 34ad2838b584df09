/** https://hl7.org/fhir/R4/composition-operation-document.html over HTTP */
import { expect } from 'chai';
import { openValidator } from '../../src/validation/validate.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from '../spec/on-stores.ts';
import { type Answer, sharedDefinitions } from '../support/server.ts';
import { openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const ref = (reference: string) => ({ reference });

const composition = (more: object = {}) => ({
  resourceType: 'Composition',
  status: 'final',
  type: { text: 'Lettera di dimissione' },
  subject: ref('Patient/doc-p'),
  date: '2026-05-31',
  author: [ref('Practitioner/doc-a')],
  title: 'Lettera',
  ...more,
});

const namesOf = ({ body }: Answer): readonly string[] =>
  body.entry.map(({ resource }: { resource: { resourceType: string; id: string } }) => `${resource.resourceType}/${resource.id}`);

describeOnStores(
  'Composition/[id]/$document',
  (server) => {
    const put = async (type: string, id: string, resource: object) => {
      const body = { resourceType: type, id, ...resource };
      const answer = await server().fetchFhir(`${type}/${id}`, { method: 'PUT', body });
      expect(answer.status, answer.text).to.be.oneOf([200, 201]);
    };
    const section = [
      {
        title: 'Esami',
        entry: [ref('Observation/doc-o')],
        section: [{ title: 'Altro', entry: [ref('Observation/doc-o2/_history/1')] }],
      },
    ];
    before(async () => {
      await put('Organization', 'doc-top', organization(unique()));
      await put('Organization', 'doc-org', organization(unique(), { partOf: ref('Organization/doc-top') }));
      await put('Practitioner', 'doc-a', { name: [{ family: 'Curante' }] });
      await put('Patient', 'doc-other', patient(unique()));
      const link = [{ other: ref('Patient/doc-other'), type: 'seealso' }];
      await put('Patient', 'doc-p', patient(unique(), { managingOrganization: ref('Organization/doc-org'), link }));
      await put('Binary', 'doc-bin', { contentType: 'text/plain', data: 'QUJD' });
      await put('Media', 'doc-m', { status: 'completed', content: { url: 'Binary/doc-bin', contentType: 'text/plain' } });
      await put(
        'Observation',
        'doc-o',
        observation('Patient/doc-p', { derivedFrom: [ref('Media/doc-m')], focus: [ref('Patient/doc-other')] }),
      );
      await put('Observation', 'doc-o2', observation('Patient/doc-p', { note: [{ text: 'first' }] }));
      await put('Observation', 'doc-o2', observation('Patient/doc-p', { note: [{ text: 'second' }] }));
      await put('Composition', 'doc-c', composition({ section, custodian: ref('Organization/doc-org') }));
    });

    it('is a document Bundle of the Composition first and all that it refers to, directly or not, each once', async () => {
      const answer = await server().fetchFhir('Composition/doc-c/$document');
      expect(answer.status, answer.text).to.equal(200);
      const { type, timestamp, identifier, entry: entries } = answer.body;
      expect(type).to.equal('document');
      expect(timestamp).to.match(/^\d{4}-\d\d-\d\dT/);
      expect(identifier).to.have.all.keys('system', 'value');
      const names = namesOf(answer);
      expect(names[0]).to.equal('Composition/doc-c');
      expect(names).to.have.members([
        'Composition/doc-c',
        'Patient/doc-p',
        'Practitioner/doc-a',
        'Organization/doc-org',
        'Organization/doc-top',
        'Observation/doc-o',
        'Observation/doc-o2',
        'Media/doc-m',
        'Binary/doc-bin',
      ]);
      for (const { fullUrl, resource } of entries)
        expect(fullUrl).to.equal(`${server().baseUrl}/${resource.resourceType}/${resource.id}`);
    });

    it('holds the version that a reference names', async () => {
      const { body } = await server().fetchFhir('Composition/doc-c/$document');
      const found = body.entry.find(({ fullUrl }: { fullUrl: string }) => fullUrl.endsWith('Observation/doc-o2'));
      expect(found.resource.note[0].text).to.equal('first');
    });

    it('is valid by base R4', async () => {
      const { body } = await server().fetchFhir('Composition/doc-c/$document');
      const issues = openValidator(sharedDefinitions(), { mode: 'base', timeZone: 'Europe/Rome' }).validate(body);
      expect(issues.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
    });

    it('"GET [base]/Composition/[id]/$document is identical in meaning to GET [base]/Composition/$document?id=[id]"', async () => {
      const expected = namesOf(await server().fetchFhir('Composition/doc-c/$document'));
      const parameters = {
        resourceType: 'Parameters',
        parameter: [{ name: 'id', valueUri: `${server().baseUrl}/Composition/doc-c` }],
      };
      for (const answer of [
        await server().fetchFhir('Composition/$document?id=doc-c'),
        await server().fetchFhir('Composition/$document?id=Composition/doc-c'),
        await server().fetchFhir('Composition/$document', { method: 'POST', body: parameters }),
      ]) {
        expect(answer.status, answer.text).to.equal(200);
        expect(namesOf(answer)).to.deep.equal(expected);
      }
    });

    it('with persist=true is stored as a Bundle, "provided explicitly in the HTTP Location header"', async () => {
      const answer = await server().fetchFhir('Composition/doc-c/$document?persist=true', { method: 'POST' });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers.get('location')).to.equal(`${server().baseUrl}/Bundle/${answer.body.id}/_history/1`);
      const stored = await server().fetchFhir(`Bundle/${answer.body.id}`);
      expect(stored.body).to.deep.equal(answer.body);
      expect(stored.body.entry).to.have.length(9);
    });

    it('without persist stores nothing', async () => {
      const count = async () => (await server().fetchFhir('Bundle?_summary=count')).body.total;
      const before = await count();
      await server().fetchFhir('Composition/doc-c/$document?persist=false', { method: 'POST' });
      expect(await count()).to.equal(before);
    });

    it('works in a batch', async () => {
      const body = bundle(
        'batch',
        entry('GET Composition/doc-c/$document'),
        entry('POST Composition/doc-c/$document?persist=true'),
      );
      const answer = await server().fetchFhir('', { method: 'POST', body });
      expect(answer.body.entry[0].resource.type).to.equal('document');
      expect(answer.body.entry[1].response.status).to.equal('400 Bad Request');
    });

    it('fails with the place of each reference of the Composition that leads nowhere', async () => {
      await put(
        'Composition',
        'doc-broken',
        composition({
          author: [ref('Practitioner/unknown'), { identifier: { value: 'logical' } }],
          custodian: ref('https://elsewhere.example/fhir/Organization/1'),
          section: [{ title: 'x', section: [{ title: 'y', entry: [ref('Observation/unknown')] }] }],
          relatesTo: [{ code: 'replaces', targetReference: ref('Composition/unknown') }],
        }),
      );
      const answer = await server().fetchFhir('Composition/doc-broken/$document');
      expect(answer.status, answer.text).to.equal(422);
      expect(
        answer.body.issue.map(({ code, expression }: { code: string; expression: string[] }) => [code, expression[0]]),
      ).to.have.deep.members([
        ['not-found', 'Composition.author[0].reference'],
        ['not-found', 'Composition.custodian.reference'],
        ['not-found', 'Composition.section[0].section[0].entry[0].reference'],
      ]);
    });

    const refusals: readonly (readonly [path: string, method: string, status: number])[] = [
      ['Composition/unknown/$document', 'GET', 404],
      ['Composition/doc-c/$document?id=doc-c', 'GET', 400],
      ['Composition/$document', 'GET', 400],
      ['Composition/$document?id=https://elsewhere.example/fhir/Composition/1', 'GET', 400],
      ['Composition/$document?id=Patient/doc-p', 'GET', 400],
      ['Composition/doc-c/$document?persist=true', 'GET', 405],
      ['Composition/doc-c/$document?persist=maybe', 'GET', 400],
      ['Composition/doc-c/$document?graph=http://example.org/g', 'GET', 400],
      ['Patient/doc-p/$document', 'GET', 404],
    ];
    for (const [path, method, status] of refusals) {
      it(`answers ${status} to ${method} ${path}`, async () => {
        const answer = await server().fetchFhir(path, { method });
        expect(answer.status, answer.text).to.equal(status);
        expect(answer.body.resourceType).to.equal('OperationOutcome');
      });
    }

    it('is refused over its limit (422 too-costly)', async () => {
      const ids = Array.from({ length: 1001 }, (_, index) => `doc-many-${index}`);
      const puts = ids.map((id) => entry(`PUT Basic/${id}`, { resourceType: 'Basic', id, code: { text: 'x' } }));
      expect((await server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...puts) })).status).to.equal(200);
      await put(
        'Composition',
        'doc-long',
        composition({ section: [{ title: 'x', entry: ids.map((id) => ref(`Basic/${id}`)) }] }),
      );
      const answer = await server().fetchFhir('Composition/doc-long/$document');
      expect([answer.status, answer.body.issue[0].code]).to.deep.equal([422, 'too-costly']);
    });

    it('needs no more than the caller may read: what hides from the caller is as if it were not there', async () => {
      const token = await server().token('system/Composition.r system/Patient.r system/Observation.r system/Organization.r');
      const answer = await server().fetchFhir('Composition/doc-c/$document', { token });
      expect(answer.status).to.equal(422);
      expect(answer.body.issue[0].expression).to.deep.equal(['Composition.author[0].reference']);
      const none = await server().token('system/Patient.rs');
      expect((await server().fetchFhir('Composition/doc-c/$document', { token: none })).status).to.equal(403);
    });
  },
  { environment: { VALIDATION: 'base', REFERENCES: 'free' } },
);

describe('$document under a patient’s token', () => {
  let two: TwoPatients;
  before(async () => {
    two = await openTwoPatients({ store: 'embedded' });
    const common = { author: [ref('Practitioner/doc')] };
    const compositions = [
      composition({
        ...common,
        id: 'own',
        subject: ref('Patient/A'),
        section: [{ title: 'x', entry: [ref('Observation/of-A-by-B')] }],
      }),
      composition({
        ...common,
        id: 'graft',
        subject: ref('Patient/A'),
        section: [{ title: 'x', entry: [ref('Observation/of-B')] }],
      }),
      composition({ ...common, id: 'other', subject: ref('Patient/B') }),
    ] as const;
    for (const body of compositions) {
      const { id } = body as unknown as { id: string };
      const answer = await two.asSystem(`Composition/${id}`, { method: 'PUT', body });
      expect(answer.status, answer.text).to.equal(201);
    }
  });
  after(() => two.close());

  it('is made of the patient’s own and of shared resources', async () => {
    const answer = await two.asA('Composition/own/$document');
    expect(answer.status, answer.text).to.equal(200);
    expect(namesOf(answer)).to.have.members(['Composition/own', 'Patient/A', 'Practitioner/doc', 'Observation/of-A-by-B']);
  });

  it('tells nothing of another’s resource that the Composition names (A51)', async () => {
    const hidden = await two.asA('Composition/graft/$document');
    expect(hidden.status).to.equal(422);
    expect(hidden.text).not.to.include('of-B');
    expect(hidden.body.issue[0].details.text).to.match(/No resource that this reference names is known/);
  });

  it('answers 404 for another’s Composition, and 403 to a patient who would store', async () => {
    expect((await two.asA('Composition/other/$document')).status).to.equal(404);
    expect((await two.asA('Composition/own/$document?persist=true', { method: 'POST' })).status).to.equal(403);
  });
});
