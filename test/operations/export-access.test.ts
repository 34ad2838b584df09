/** Who may export, and who may fetch what was exported: access.md 1.2a, "rs on every output type", "bound to creating client_id; foreign job: 404" */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { observation, organization, patient, unique } from '../spec/on-stores.ts';
import { begin, ended, finish, kickOff, namesOf, pathOf, result } from '../support/bulk.ts';
import { startTestServer, type TestServer, type TokenOptions } from '../support/server.ts';

describe('$export under access control', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'base' } });
    for (const [path, resource] of [
      ['Patient/A', patient(unique())],
      ['Observation/a', observation('Patient/A')],
      ['Organization/o', organization(unique())],
    ] as const) {
      const body = { ...resource, id: path.split('/')[1] };
      expect((await server.fetchFhir(path, { method: 'PUT', body })).status).to.equal(201);
    }
  });
  after(() => server.close());

  const cases: readonly (readonly [what: string, scope: string, options: TokenOptions, path: string])[] = [
    ['a patient’s token', 'patient/*.cruds', { patient: 'A' }, '$export'],
    ['a patient’s token', 'patient/*.cruds', { patient: 'A' }, 'Patient/$export'],
    ['a user’s token', 'user/*.cruds', { fhirUser: 'Practitioner/1' }, '$export'],
    [
      'a token with patient/ and user/ scopes',
      'patient/*.rs user/*.rs',
      { patient: 'A', fhirUser: 'Practitioner/1' },
      'Patient/$export',
    ],
    ['r without s', 'system/*.r', {}, '$export'],
    ['s without r', 'system/*.s', {}, '$export'],
    ['a type without a scope', 'system/Patient.rs', {}, '$export?_type=Patient,Observation'],
    ['system/ for writing alone', 'system/*.cud', {}, '$export'],
    [
      'system/ of another type beside user/ of all',
      'user/*.rs system/Device.rs',
      { fhirUser: 'Practitioner/1' },
      '$export?_type=Patient',
    ],
    ['a token that names no client', 'system/*.rs', { clientId: '' }, '$export'],
    ['a Group that may not be read', 'system/Patient.rs', {}, 'Group/g/$export'],
    [
      'a filter that leads to a type without a scope',
      'system/Observation.rs',
      {},
      '$export?_typeFilter=Observation%3Fsubject:Patient.family%3Dx',
    ],
  ];
  for (const [what, scope, options, path] of cases) {
    it(`refuses ${what}: ${path} (403)`, async () => {
      const answer = await kickOff(server, path, { token: await server.token(scope, options) });
      expect(answer.status, answer.text).to.equal(403);
      expect(answer.headers.get('content-location')).to.equal(null);
    });
  }

  it('gives of all types those that the client may read and search, and of the records what a user/ scope adds nothing to', async () => {
    const token = await server.token('system/Patient.rs system/Organization.rs user/*.rs system/Observation.r', {
      fhirUser: 'Practitioner/1',
    });
    const { files } = await finish(server, '$export', { token });
    expect(namesOf(await files('output'))).to.deep.equal(['Organization/o', 'Patient/A']);
  });

  it('shows a job and its files to the client that began it alone; to others it is unknown', async () => {
    const own = { token: await server.token('system/*.rs', { clientId: 'exporter' }) };
    const status = await begin(server, '$export?_type=Patient', own);
    const { manifest } = result(server, await ended(server, status, own), own);
    const file = pathOf(manifest.output[0].url);
    const unknown = await server.fetchFhir('_jobs/0190aaaa-0000-7000-8000-000000000000', own);
    expect(unknown.status).to.equal(404);
    for (const path of [status, file]) {
      for (const token of [
        await server.token('system/*.cruds', { clientId: 'other' }),
        await server.token('patient/*.rs', { patient: 'A', clientId: 'thief' }),
      ]) {
        const answer = await server.fetchFhir(path, { token });
        expect(answer.status).to.equal(404);
        expect(answer.body.issue).to.deep.equal(unknown.body.issue);
        expect((await server.fetchFhir(path, { token, method: 'HEAD' })).status).to.equal(404);
      }
      expect((await server.fetchFhir(path, { token: null })).status).to.equal(401);
    }
    const foreign = await server.token('system/*.cruds', { clientId: 'other' });
    expect((await server.fetchFhir(status, { method: 'DELETE', token: foreign })).status).to.equal(404);
    // A renewed token of the same client goes on where the old one stopped.
    const renewed = await server.token('system/Patient.rs', { clientId: 'exporter' });
    expect((await server.fetchFhir(file, { token: renewed })).status).to.equal(200);
  });

  it('"an access token with scopes that cover all resources being exported": a file needs rs on its type', async () => {
    const clientId = 'narrowed';
    const own = { token: await server.token('system/*.rs', { clientId }) };
    const { manifest } = result(server, await ended(server, await begin(server, '$export?_type=Patient', own), own), own);
    const path = pathOf(manifest.output[0].url);
    for (const scope of ['system/Observation.rs', 'system/Patient.r', 'user/*.rs']) {
      const token = await server.token(scope, { clientId, fhirUser: 'Practitioner/1' });
      expect((await server.fetchFhir(path, { token })).status, scope).to.equal(403);
    }
  });

  it(`has room for ${limits.jobsKeptMax} jobs of a client, and says when to come back (429)`, async () => {
    const own = { token: await server.token('system/Device.rs', { clientId: 'busy' }) };
    const jobs: string[] = [];
    for (let index = 0; index < limits.jobsKeptMax; index += 1) {
      const status = await begin(server, '$export?_type=Device', own);
      jobs.push(status);
      await ended(server, status, own);
    }
    const refused = await kickOff(server, '$export?_type=Device', own);
    expect([refused.status, refused.body.issue[0].code]).to.deep.equal([429, 'throttled']);
    expect(Number(refused.headers.get('retry-after'))).to.be.above(0);
    await server.fetchFhir(jobs[0] ?? '', { ...own, method: 'DELETE' });
    expect((await kickOff(server, '$export?_type=Device', own)).status).to.equal(202);
  });

  it('under AUTH=none is open to whoever reaches the server', async () => {
    const open = await startTestServer({ environment: { AUTH: 'none' } });
    const { manifest } = await finish(open, '$export', { token: null });
    expect(manifest).to.include({ requiresAccessToken: false }).and.deep.include({ output: [] });
    await open.close();
  });
});
