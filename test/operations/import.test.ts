/** `$import`, as conformance/operation-definitions/import.json describes it */

import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from '../spec/on-stores.ts';
import { begin, ended, type Finished, finish, kickOff, namesOf, pathOf, result } from '../support/bulk.ts';
import { type FetchOptions, startTestServer, type TestServer } from '../support/server.ts';

const lines = (...resources: readonly (object | string)[]) =>
  resources.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');

const source = (body: string | Uint8Array, more: FetchOptions = {}): FetchOptions => ({
  method: 'POST',
  body,
  ...more,
  headers: { 'content-type': 'application/fhir+ndjson', ...more.headers },
});

const load = (server: TestServer, ...resources: readonly (object | string)[]): Promise<Finished> =>
  finish(server, '$import', source(lines(...resources)));

const reference = (to: string) => ({ reference: to });

describeOnStores('$import', (server) => {
  it('stores each line under its id, and tells what became of each type', async () => {
    const people = [1, 2, 3].map((number) => ({ ...patient(unique()), id: `imp-${number}` }));
    const clinic = organization(unique());
    const { manifest } = await load(server(), ...people, clinic);
    expect(manifest.output).to.deep.equal([
      { type: 'Organization', count: 1, created: 1, updated: 0, unchanged: 0 },
      { type: 'Patient', count: 3, created: 3, updated: 0, unchanged: 0 },
    ]);
    expect(manifest.error).to.deep.equal([]);
    expect(manifest).to.include({ request: `${server().baseUrl}/$import`, requiresAccessToken: true });
    const { body } = await server().fetchFhir('Patient/imp-2');
    expect(body)
      .to.include({ id: 'imp-2' })
      .and.deep.include({ identifier: (people[1] as { identifier?: unknown }).identifier });
    expect(body.meta.versionId).to.equal('1');
  });

  it('of what is stored already as it is makes no new version; of what differs it does', async () => {
    const [same, other] = ['imp-same', 'imp-other'].map((id) => ({ ...patient(unique()), id }));
    await load(server(), same ?? {}, other ?? {});
    const { manifest } = await load(server(), same ?? {}, { ...other, active: true });
    expect(manifest.output).to.deep.equal([{ type: 'Patient', count: 2, created: 0, updated: 1, unchanged: 1 }]);
    expect((await server().fetchFhir('Patient/imp-same')).body.meta.versionId).to.equal('1');
    expect((await server().fetchFhir('Patient/imp-other')).body.meta.versionId).to.equal('2');
  });

  it('keeps the digits, and finds what it stored', async () => {
    const text = `{"resourceType":"Observation","id":"imp-digits","status":"final","code":{"text":"x"},"effectiveDateTime":"2026-01-01","valueQuantity":{"value":1.500}}`;
    await load(server(), text);
    expect((await server().fetchFhir('Observation/imp-digits')).text).to.include('"value":1.500');
    const found = await server().fetchFhir('Observation?_id=imp-digits&date=2026-01-01');
    expect(found.body.entry).to.have.length(1);
  });

  it('refuses lines by themselves, each with its number, its places and all that is wrong with it', async () => {
    const { manifest, files } = await load(
      server(),
      { ...patient(unique()), id: 'imp-good-1' },
      '{"resourceType":"Patient",',
      { ...patient(unique()), id: 'imp-bad', gender: 'x', birthDate: 'yesterday' },
      '',
      { resourceType: 'Paziente' },
      { ...patient(unique()), id: 'not an id' },
      '   ',
      '[]',
      { ...patient(unique()), id: 'imp-good-2' },
    );
    expect(manifest.output).to.deep.equal([{ type: 'Patient', count: 2, created: 2, updated: 0, unchanged: 0 }]);
    expect(manifest.extension).to.deep.equal({ refused: 5 });
    const { OperationOutcome: outcomes = [] } = await files('error');
    expect(outcomes.map(({ id }) => id)).to.have.members(['line-2', 'line-3', 'line-5', 'line-6', 'line-8']);
    const bad = outcomes.find(({ id }) => id === 'line-3');
    const places = bad.issue
      .filter(({ severity }: { severity: string }) => severity === 'error')
      .map(({ expression }: { expression: string[] }) => expression[0]);
    expect(places).to.include.members(['Patient.gender', 'Patient.birthDate']);
    expect(bad.issue[0].diagnostics).to.equal('Line 3 of the source.');
    expect((await server().fetchFhir('Patient/imp-bad')).status).to.equal(404);
    expect((await server().fetchFhir('Patient/imp-good-2')).status).to.equal(200);
  });

  it('takes of two lines with one id the later one as the newer version', async () => {
    const id = 'imp-twice';
    const { manifest } = await load(server(), { ...patient(unique()), id }, { ...patient(unique()), id, active: false });
    expect(manifest.output).to.deep.equal([{ type: 'Patient', count: 2, created: 1, updated: 1, unchanged: 0 }]);
    expect((await server().fetchFhir(`Patient/${id}`)).body).to.include({ active: false });
  });

  it('lets a line refer to one that comes later, far behind it and in a circle too', async () => {
    const far = limits.importBatchLines + 20;
    const chain = Array.from({ length: far }, (_, index) => ({
      ...organization(unique()),
      id: `imp-chain-${index}`,
      ...(index + 1 < far ? { partOf: reference(`Organization/imp-chain-${index + 1}`) } : {}),
    }));
    const circle = [
      observation('Patient/imp-c', { id: 'imp-c1', hasMember: [reference('Observation/imp-c2')] }),
      observation('Patient/imp-c', { id: 'imp-c2', hasMember: [reference('Observation/imp-c1')] }),
      { ...patient(unique()), id: 'imp-c' },
    ];
    const { manifest } = await load(server(), ...circle, ...chain);
    expect(manifest.error).to.deep.equal([]);
    expect(manifest.output.map(({ type, count }: { type: string; count: number }) => `${type} ${count}`)).to.deep.equal([
      'Observation 2',
      `Organization ${far}`,
      'Patient 1',
    ]);
  });

  it('refuses in the end what refers to nothing', async () => {
    const { manifest, files } = await load(
      server(),
      observation('Patient/imp-nobody', { id: 'imp-dangling' }),
      observation('Observation/imp-dangling', {
        id: 'imp-after',
        subject: reference('Patient/imp-here'),
        hasMember: [reference('Observation/imp-dangling')],
      }),
      { ...patient(unique()), id: 'imp-here' },
    );
    expect(manifest.output).to.deep.equal([{ type: 'Patient', count: 1, created: 1, updated: 0, unchanged: 0 }]);
    const { OperationOutcome: outcomes = [] } = await files('error');
    expect(outcomes.map(({ id, issue }) => `${id} ${issue[0].expression[0]}`).sort()).to.deep.equal([
      'line-1 Observation.subject.reference',
      'line-2 Observation.hasMember[0].reference',
    ]);
  });

  it('gives a resource without an id one of its own', async () => {
    const value = unique();
    await load(server(), patient(value));
    const { body } = await server().fetchFhir(`Patient?identifier=${value}`);
    expect(body.entry).to.have.length(1);
    expect(body.entry[0].resource.id).to.match(/^[0-9a-f]{32}$/);
  });

  it('takes a packed source, and thousands of lines', async () => {
    const many = Array.from({ length: 1500 }, (_, index) => ({
      resourceType: 'Basic',
      id: `imp-many-${index}`,
      code: { text: 'x' },
    }));
    const options = source(gzipSync(lines(...many)), { headers: { 'content-encoding': 'gzip' } });
    const { manifest } = await finish(server(), '$import', options);
    expect(manifest.output).to.deep.equal([{ type: 'Basic', count: 1500, created: 1500, updated: 0, unchanged: 0 }]);
  });

  it('takes in what was exported', async () => {
    const { files, manifest: exported } = await finish(server(), '$export?_type=Organization');
    const { Organization: read = [] } = await files('output');
    expect(exported.output).to.have.length(1);
    const { manifest } = await load(server(), ...read);
    expect(manifest.output).to.deep.equal([
      { type: 'Organization', count: read.length, created: 0, updated: 0, unchanged: read.length },
    ]);
  });

  const refusals: readonly (readonly [what: string, path: string, options: FetchOptions, status: number, text: RegExp])[] = [
    ['another media type', '$import', { method: 'POST', body: { resourceType: 'Parameters' } }, 415, /application\/fhir\+ndjson/],
    ['another packing', '$import', source('{}', { headers: { 'content-encoding': 'zstd' } }), 415, /gzip, deflate or br/],
    ['what is not packed as it says', '$import', source('{}', { headers: { 'content-encoding': 'gzip' } }), 400, /not packed/],
    ['no body', '$import', { method: 'POST', headers: { 'content-type': 'application/fhir+ndjson' } }, 400, /A body/],
    [
      'an unknown parameter under handling=strict',
      '$import?url=http://169.254.169.254/',
      source('{}', { headers: { prefer: 'respond-async, handling=strict' } }),
      400,
      /'url'/,
    ],
    ['an answer at once', '$import', source('{}', { headers: { prefer: 'return=minimal' } }), 400, /respond-async/],
    ['GET', '$import', {}, 405, /POST/],
    ['a type', 'Patient/$import', { method: 'POST', body: {} }, 404, /not offered/],
  ];
  for (const [what, path, options, status, text] of refusals) {
    it(`refuses ${what} with ${status}`, async () => {
      const answer = await kickOff(server(), path, options);
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.issue[0].details.text).to.match(text);
    });
  }

  it('can be no entry of a Bundle', async () => {
    for (const type of ['batch', 'transaction'] as const) {
      const body = bundle(type, entry('POST $import', patient('x')));
      const answer = await server().fetchFhir('', { method: 'POST', body });
      const status = type === 'batch' ? answer.body.entry[0].response.status : String(answer.status);
      expect(status, answer.text).to.match(/^400/);
    }
  });

  it('leaves no copy of its source behind, and its report is for its client alone', async () => {
    const status = await begin(server(), '$import', source(lines({ resourceType: 'Patient', id: 'imp-x', gender: 'x' })));
    const { manifest } = result(server(), await ended(server(), status));
    expect((await server().fetchFhir(`${status}/source.ndjson`)).status).to.equal(404);
    const token = await server().token('system/*.cruds', { clientId: 'other' });
    for (const path of [status, pathOf(manifest.error[0].url)])
      expect((await server().fetchFhir(path, { token })).status).to.equal(404);
  });
});

describe('$import under access control', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    await server.fetchFhir('Patient/A', { method: 'PUT', body: { ...patient(unique()), id: 'A' } });
  });
  after(() => server.close());

  for (const [what, scope] of [
    ['a patient’s token', 'patient/*.cruds'],
    ['a user’s token', 'user/*.cruds'],
    ['creating alone', 'system/*.c'],
    ['updating alone', 'system/*.u'],
    ['reading alone', 'system/*.rs'],
  ] as const) {
    it(`is refused to ${what} (403)`, async () => {
      const token = await server.token(scope, {
        ...(scope.startsWith('patient') && { patient: 'A' }),
        fhirUser: 'Practitioner/1',
      });
      const answer = await kickOff(server, '$import', source(lines(patient(unique())), { token }));
      expect(answer.status, answer.text).to.equal(403);
    });
  }

  it('refuses the lines of types that the client may not write, user/ scopes notwithstanding', async () => {
    const token = await server.token('system/Organization.cu user/*.cruds', { fhirUser: 'Practitioner/1' });
    const body = lines({ ...organization(unique()), id: 'ok' }, { ...patient(unique()), id: 'no' });
    const { manifest, files } = await finish(server, '$import', source(body, { token }));
    expect(manifest.output.map(({ type }: { type: string }) => type)).to.deep.equal(['Organization']);
    const { OperationOutcome: [outcome] = [] } = await files('error');
    expect(outcome).to.include({ id: 'line-2' });
    expect(outcome.issue[0].code).to.equal('forbidden');
    const { Organization: none } = await (await finish(server, '$export?_type=Patient')).files('output');
    expect(none).to.equal(undefined);
    expect(namesOf(await (await finish(server, '$export?_type=Patient')).files('output'))).to.deep.equal(['Patient/A']);
  });
});
