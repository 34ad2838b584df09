import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

const patient = { resourceType: 'Patient', active: true, multipleBirthInteger: 2 };

describe('http.html: what comes back', () => {
  let server: TestServer;
  let id: string;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    id = (await server.fetchFhir('Patient', { method: 'POST', body: patient })).body.id;
  });
  after(() => server.close());

  it('create "SHALL return a 201 Created ... and SHALL also return a Location header which contains the new Logical Id and Version Id"', async () => {
    const answer = await server.fetchFhir('Patient', { method: 'POST', body: patient });
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('location')).to.equal(`${server.baseUrl}/Patient/${answer.body.id}/_history/1`);
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    const modified = Date.parse(answer.headers.get('last-modified') ?? '');
    expect(modified).to.equal(Math.floor(Date.parse(answer.body.meta.lastUpdated) / 1000) * 1000);
  });

  it('read: ETag, Last-Modified, the FHIR media type, and nothing for caches', async () => {
    const answer = await server.fetchFhir(`Patient/${id}`);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/fhir+json; charset=utf-8');
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    expect(answer.headers.get('last-modified')).to.match(/GMT$/);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(answer.headers.get('vary'))
      .to.match(/Origin/)
      .and.to.match(/Authorization, Accept, Prefer/);
  });

  it('HEAD is GET without the body', async () => {
    const get = await server.fetchFhir(`Patient/${id}`);
    const head = await server.fetchFhir(`Patient/${id}`, { method: 'HEAD' });
    expect(head.status).to.equal(200);
    expect(head.text).to.equal('');
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified']) {
      expect(head.headers.get(name), name).to.equal(get.headers.get(name));
    }
  });

  it('HEAD of nothing is 404 without a body', async () => {
    const head = await server.fetchFhir('Patient/none', { method: 'HEAD' });
    expect([head.status, head.text]).to.deep.equal([404, '']);
  });

  it('conditional read: 304 without a body, with the ETag', async () => {
    const answer = await server.fetchFhir(`Patient/${id}`, { headers: { 'if-none-match': 'W/"1"' } });
    expect([answer.status, answer.text]).to.deep.equal([304, '']);
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    expect(answer.headers.get('content-type')).to.equal(null);
  });

  it('If-Match that is not the current version is 412', async () => {
    const body = { ...patient, id, active: false };
    const answer = await server.fetchFhir(`Patient/${id}`, { method: 'PUT', body, headers: { 'if-match': 'W/"9"' } });
    expect(answer.status).to.equal(412);
    expect(answer.body.resourceType).to.equal('OperationOutcome');
  });

  it('If-None-Exist reaches the create', async () => {
    const body = { ...patient, identifier: [{ system: 'urn:test', value: 'one' }] };
    const headers = { 'if-none-exist': 'identifier=urn:test|one' };
    expect((await server.fetchFhir('Patient', { method: 'POST', body, headers })).status).to.equal(201);
    expect((await server.fetchFhir('Patient', { method: 'POST', body, headers })).status).to.equal(200);
  });

  it('Prefer: return=minimal leaves the body out and says so by its length', async () => {
    const answer = await server.fetchFhir('Patient', { method: 'POST', body: patient, headers: { prefer: 'return=minimal' } });
    expect([answer.status, answer.text, answer.headers.get('content-length')]).to.deep.equal([201, '', '0']);
  });

  it('delete is 204 without a body; then read is 410, and 404 was for what never was', async () => {
    const created = await server.fetchFhir('Patient', { method: 'POST', body: patient });
    const path = `Patient/${created.body.id}`;
    const answer = await server.fetchFhir(path, { method: 'DELETE' });
    expect([answer.status, answer.text]).to.deep.equal([204, '']);
    expect((await server.fetchFhir(path)).status).to.equal(410);
    expect((await server.fetchFhir('Patient/never')).status).to.equal(404);
  });

  it('search by POST reads URL and form together, the form behind the URL', async () => {
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const both = await server.fetchFhir('Patient/_search?_id=none', { ...form, body: `_id=${id}` });
    expect(both.body.entry ?? []).to.have.length(0);
    const alone = await server.fetchFhir('Patient/_search', { ...form, body: `_id=${id}` });
    expect(alone.body.entry).to.have.length(1);
  });

  it('a Bundle at the base is a batch or a transaction by its type', async () => {
    for (const type of ['batch', 'transaction']) {
      const answer = await server.fetchFhir('', { method: 'POST', body: { resourceType: 'Bundle', type } });
      expect(answer.body.type).to.equal(`${type}-response`);
      expect(server.log.at(-1)).to.include({ interaction: type });
    }
  });

  it('numbers keep their digits through HTTP', async () => {
    const body = '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}';
    const created = await server.fetchFhir('Observation', { method: 'POST', body });
    expect((await server.fetchFhir(`Observation/${created.body.id}`)).text).to.include('"value":1.00}');
  });

  it('406 for a format that is not there, also by _format', async () => {
    expect((await server.fetchFhir(`Patient/${id}`, { headers: { accept: 'text/turtle' } })).status).to.equal(406);
    expect((await server.fetchFhir(`Patient/${id}?_format=ttl`)).status).to.equal(406);
    expect((await server.fetchFhir(`Patient/${id}?_format=json`, { headers: { accept: 'text/html' } })).status).to.equal(200);
  });
});
