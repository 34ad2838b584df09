/** Bulk export over HTTP: https://hl7.org/fhir/uv/bulkdata/STU2/export.html */
import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from '../spec/on-stores.ts';
import { begin, ended, finish, kickOff, namesOf, pathOf } from '../support/bulk.ts';
import type { TestServer } from '../support/server.ts';

const ref = (reference: string) => ({ reference });

type Entry = readonly [type: string, id: string, resource: object];

const practitioner = { name: [{ family: 'Curante' }] };

/** Two patients, what belongs to them, what they share, and what is nobody's. */
const resources: readonly Entry[] = [
  ['Organization', 'top', organization(unique())],
  ['Organization', 'asl', organization(unique(), { partOf: ref('Organization/top') })],
  ['Organization', 'alone', organization(unique())],
  ['Practitioner', 'doc', practitioner],
  ['Practitioner', 'idle', practitioner],
  ['Patient', 'p1', patient(unique(), { managingOrganization: ref('Organization/asl') })],
  ['Patient', 'p2', patient(unique(), { link: [{ other: ref('Patient/p1'), type: 'seealso' }] })],
  ['Patient', 'p3', patient(unique())],
  [
    'Observation',
    'o1',
    observation('Patient/p1', { performer: [ref('Practitioner/doc')], category: [{ coding: [{ code: 'laboratory' }] }] }),
  ],
  ['Observation', 'o2', observation('Patient/p2', { status: 'preliminary' })],
  ['Observation', 'o12', observation('Patient/p1', { performer: [ref('Patient/p2')] })],
  ['Observation', 'nobody', { resourceType: 'Observation', status: 'final', code: { text: 'water' } }],
  ['Device', 'd', { deviceName: [{ name: 'x', type: 'other' }] }],
  ['Device', 'of-p2', { patient: ref('Patient/p2') }],
  ['Binary', 'b', { contentType: 'text/plain', data: 'QUJD' }],
  [
    'DocumentReference',
    'dr',
    { status: 'current', subject: ref('Patient/p1'), content: [{ attachment: { contentType: 'text/plain', url: 'Binary/b' } }] },
  ],
  [
    'Provenance',
    'of-o2',
    { target: [ref('Observation/o2')], recorded: '2026-01-01T00:00:00Z', agent: [{ who: ref('Practitioner/doc') }] },
  ],
  [
    'Provenance',
    'of-nobody',
    { target: [ref('Observation/nobody')], recorded: '2026-01-01T00:00:00Z', agent: [{ who: ref('Practitioner/idle') }] },
  ],
  [
    'Group',
    'g',
    {
      type: 'person',
      actual: true,
      member: [{ entity: ref('Patient/p1') }, { entity: ref('Patient/p3'), inactive: true }, { entity: ref('Group/inner') }],
    },
  ],
  [
    'Group',
    'inner',
    {
      type: 'person',
      actual: true,
      member: [
        { entity: ref('Patient/p1') },
        { entity: ref('Group/g') },
        { entity: ref('Device/d') },
        { entity: ref('Device/of-p2') },
      ],
    },
  ],
  ['Group', 'empty', { type: 'person', actual: true }],
];

async function load(server: TestServer): Promise<void> {
  const entries = resources.map(([resourceType, id, resource]) =>
    entry(`PUT ${resourceType}/${id}`, { ...resource, resourceType, id }),
  );
  const answer = await server.fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  expect(answer.status, answer.text).to.equal(200);
}

const environment = { VALIDATION: 'base' };
const all = resources.map(([type, id]) => `${type}/${id}`).sort();

describeOnStores(
  '$export',
  (server) => {
    before(() => load(server()));

    it('of the system gives every resource once, one type a file, as it is stored', async () => {
      const { manifest, headers, files } = await finish(server(), '$export');
      const output = await files('output');
      expect(namesOf(output)).to.deep.equal(all);
      for (const [type, read] of Object.entries(output)) {
        expect(new Set(read.map(({ resourceType }) => resourceType))).to.deep.equal(new Set([type]));
      }
      expect(output['Patient']).to.deep.include((await server().fetchFhir('Patient/p1')).body);
      expect(manifest).to.include({ request: `${server().baseUrl}/$export`, requiresAccessToken: true });
      expect(Date.parse(manifest.transactionTime)).to.be.at.most(Date.now());
      expect(manifest.error).to.deep.equal([]);
      expect(manifest).to.not.have.property('deleted');
      expect(Date.parse(headers.get('expires') ?? '')).to.be.above(Date.now());
      expect(headers.get('content-type')).to.equal('application/json');
    });

    it('of all patients gives what is in the Patient compartment of any, Provenance of that, and what it refers to', async () => {
      const { files } = await finish(server(), 'Patient/$export');
      expect(namesOf(await files('output'))).to.deep.equal([
        'Device/d',
        'Device/of-p2',
        'DocumentReference/dr',
        'Group/g',
        'Group/inner',
        'Observation/o1',
        'Observation/o12',
        'Observation/o2',
        'Organization/asl',
        'Organization/top',
        'Patient/p1',
        'Patient/p2',
        'Patient/p3',
        'Practitioner/doc',
        'Provenance/of-o2',
      ]);
    });

    it('of a Group gives the records of its active members, those of Groups in it too', async () => {
      const { files } = await finish(server(), 'Group/g/$export');
      const names = namesOf(await files('output'));
      expect(names).to.include.members([
        'Patient/p1',
        'Observation/o1',
        'Observation/o12',
        'DocumentReference/dr',
        'Practitioner/doc',
        'Organization/top',
      ]);
      for (const other of ['Patient/p2', 'Patient/p3', 'Observation/o2', 'Provenance/of-o2', 'Device/of-p2'])
        expect(names).not.to.include(other);
      expect(new Set(names).size).to.equal(names.length);
      expect((await finish(server(), 'Group/empty/$export')).manifest.output).to.deep.equal([]);
    });

    it('"SHALL NOT return resources in the patient compartments belonging to patients outside of this list" (patient)', async () => {
      const body = {
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueReference: ref('Patient/p2') },
          { name: '_type', valueString: 'Patient,Observation' },
        ],
      };
      const { files } = await finish(server(), 'Patient/$export', { method: 'POST', body });
      expect(namesOf(await files('output'))).to.deep.equal(['Observation/o12', 'Observation/o2', 'Patient/p2']);
    });

    const filtered: readonly (readonly [query: string, names: readonly string[]])[] = [
      ['_type=Patient', ['Patient/p1', 'Patient/p2', 'Patient/p3']],
      ['_type=Device,Practitioner&_type=Device', ['Device/d', 'Device/of-p2', 'Practitioner/doc', 'Practitioner/idle']],
      ['_type=Observation,Device&_typeFilter=Observation%3Fstatus%3Dpreliminary', ['Device/d', 'Device/of-p2', 'Observation/o2']],
      [
        '_type=Observation&_typeFilter=Observation%3Fstatus%3Dpreliminary,Observation%3Fcategory%3Dlaboratory,imaging',
        ['Observation/o1', 'Observation/o2'],
      ],
      ['_type=Observation&_typeFilter=Observation%3Fpatient%3Dp1%26status%3Dfinal', ['Observation/o1', 'Observation/o12']],
      ['_type=Observation&_typeFilter=Observation%3Fsubject:Patient.family%3DNessuno', []],
      ['_type=Device&_outputFormat=application/fhir%2Bndjson', ['Device/d', 'Device/of-p2']],
      ['_type=Device&_outputFormat=application/fhir+ndjson', ['Device/d', 'Device/of-p2']],
      ['_type=Device&_outputFormat=ndjson&_format=json', ['Device/d', 'Device/of-p2']],
    ];
    for (const [query, names] of filtered) {
      it(`takes ${query}`, async () => {
        const { files } = await finish(server(), `$export?${query}`);
        expect(namesOf(await files('output'))).to.deep.equal(names);
      });
    }

    it('takes the parameters of a Parameters resource', async () => {
      const parameter = [
        { name: '_type', valueString: 'Observation' },
        { name: '_typeFilter', valueString: 'Observation?status=preliminary' },
      ];
      const { manifest, files } = await finish(server(), '$export', {
        method: 'POST',
        body: { resourceType: 'Parameters', parameter },
      });
      expect(namesOf(await files('output'))).to.deep.equal(['Observation/o2']);
      expect(manifest.request).to.equal(`${server().baseUrl}/$export`);
    });

    it('gives the elements asked for and the mandatory ones, marked SUBSETTED', async () => {
      const { files } = await finish(server(), '$export?_type=Patient,Observation&_elements=Patient.gender,id');
      const { Patient: patients = [], Observation: observations = [] } = await files('output');
      expect(Object.keys(patients[0]).sort()).to.deep.equal(['gender', 'id', 'meta', 'resourceType']);
      expect(Object.keys(observations[0]).sort()).to.deep.equal(['code', 'id', 'meta', 'resourceType', 'status']);
      expect(patients[0].meta.tag[0].code).to.equal('SUBSETTED');
    });

    it('"the url element SHALL be an absolute url that can be de-referenced to the attachment’s content"', async () => {
      const { files } = await finish(server(), '$export?_type=DocumentReference');
      const { DocumentReference: [found] = [] } = await files('output');
      expect(found.content[0].attachment.url).to.equal(`${server().baseUrl}/Binary/b`);
      expect((await server().fetchFhir(pathOf(found.content[0].attachment.url))).status).to.equal(200);
    });

    const refusals: readonly (readonly [path: string, status: number, text: RegExp])[] = [
      ['$export?_outputFormat=text/csv', 400, /_outputFormat/],
      ['$export?_since=yesterday', 400, /_since/],
      ['$export?_type=Paziente', 400, /'Paziente' is not a resource type/],
      ['$export?includeAssociatedData=LatestProvenanceResources', 400, /includeAssociatedData/],
      ['$export?_types=Patient', 400, /no parameter '_types'. Did you mean '_type'/],
      ['$export?_type=Patient&_typeFilter=Observation%3Fstatus%3Dfinal', 400, /type that is not exported/],
      ['$export?_typeFilter=Patient', 400, /is not written/],
      ['$export?_typeFilter=Patient%3F_sort%3Dname', 400, /'_sort' shapes a search/],
      ['$export?_typeFilter=Patient%3Fnome%3Dx', 400, /nome/],
      ['$export?_typeFilter=Patient%3Fbirthdate%3Dx', 400, /birthdate/],
      ['$export?_elements=Patient.name.family', 400, /root element/],
      ['$export?_elements=Patient.nome', 400, /root element/],
      ['$export?patient=Patient/p1', 400, /POST/],
      ['Patient/$export?_type=Organization', 400, /no patient's record/],
      ['Group/unknown/$export', 404, /No Group/],
      ['Patient/p1/$export', 404, /not offered/],
    ];
    for (const [path, status, text] of refusals) {
      it(`refuses ${path} with ${status}`, async () => {
        const answer = await kickOff(server(), path);
        expect(answer.status, answer.text).to.equal(status);
        expect(answer.body.issue[0].details.text).to.match(text);
      });
    }

    it('names every fault of a request at once', async () => {
      const answer = await kickOff(server(), '$export?_since=x&_outputFormat=y&includeAssociatedData=z');
      expect(answer.body.issue).to.have.length(3);
    });

    it('refuses patients who are unknown or no members, each by its place', async () => {
      const parameter = ['p1', 'unknown', 'p2'].map((id) => ({ name: 'patient', valueReference: ref(`Patient/${id}`) }));
      const answer = await kickOff(server(), 'Group/g/$export', {
        method: 'POST',
        body: { resourceType: 'Parameters', parameter },
      });
      expect(answer.status).to.equal(400);
      const places = answer.body.issue.map(({ expression }: { expression: string[] }) => expression[0]);
      expect(places).to.deep.equal([
        "Parameters.parameter.where(name='patient')[1]",
        "Parameters.parameter.where(name='patient')[2]",
      ]);
    });

    it('under handling=lenient goes on without what is not supported, and says so among the messages', async () => {
      const headers = { prefer: 'respond-async, handling=lenient' };
      const { files } = await finish(server(), '$export?_type=Device,Nothing&includeAssociatedData=x&_unknown=1', { headers });
      expect(namesOf(await files('output'))).to.deep.equal(['Device/d', 'Device/of-p2']);
      const { OperationOutcome: outcomes = [] } = await files('error');
      expect(outcomes.map(({ issue }) => issue[0].expression[0])).to.have.members([
        'http._type',
        'http.includeAssociatedData',
        'http._unknown',
      ]);
    });

    it('needs Prefer: respond-async, and can be no entry of a Bundle', async () => {
      const answer = await server().fetchFhir('$export');
      expect([answer.status, answer.body.issue[0].details.text]).to.deep.equal([
        400,
        "$export is answered later: send it with the header 'Prefer: respond-async'.",
      ]);
      const body = bundle('batch', entry('GET $export'), entry('GET _jobs/x'), entry('DELETE _jobs/x'));
      const batch = await server().fetchFhir('', { method: 'POST', body, headers: { prefer: 'respond-async' } });
      const statuses = batch.body.entry.map(({ response }: { response: { status: string } }) => response.status);
      expect(statuses).to.deep.equal(['400 Bad Request', '400 Bad Request', '400 Bad Request']);
    });

    it('tells how far it is, and when to ask again', async () => {
      const answer = await server().fetchFhir(await begin(server(), '$export'));
      if (answer.status === 202) {
        expect(answer.headers.get('x-progress')).to.match(/^[ -~]{1,99}$/);
        expect(Number(answer.headers.get('retry-after'))).to.be.above(0);
      } else expect(answer.status).to.equal(200);
    });

    it('"following the delete request, [...] the server SHALL return a 404", and the files are gone', async () => {
      const status = await begin(server(), '$export');
      const { body } = await ended(server(), status);
      const end = await server().fetchFhir(status, { method: 'DELETE' });
      expect(end.status).to.equal(202);
      for (const path of [status, pathOf(body.output[0].url)]) {
        const answer = await server().fetchFhir(path);
        expect([answer.status, answer.body.resourceType]).to.deep.equal([404, 'OperationOutcome']);
      }
      expect((await server().fetchFhir(status, { method: 'DELETE' })).status).to.equal(404);
    });

    it('a running export can be ended', async () => {
      const status = await begin(server(), '$export');
      expect((await server().fetchFhir(status, { method: 'DELETE' })).status).to.equal(202);
      expect((await server().fetchFhir(status)).status).to.equal(404);
    });

    it('answers HEAD, takes any Accept for files, and packs them for those who like', async () => {
      const { manifest } = await finish(server(), '$export?_type=Patient');
      const path = pathOf(manifest.output[0].url);
      const head = await server().fetchFhir(path, { method: 'HEAD' });
      expect([head.status, head.text, Number(head.headers.get('content-length')) > 100]).to.deep.equal([200, '', true]);
      const packed = await server().fetchFhir(path, {
        headers: { accept: 'application/fhir+ndjson', 'accept-encoding': 'gzip' },
      });
      expect(packed.text.split('\n')).to.have.length(4);
      expect((await server().fetchFhir(`${path}x`)).status).to.equal(404);
      expect((await server().fetchFhir(path, { method: 'POST', body: {} })).status).to.equal(405);
    });
  },
  { environment },
);
