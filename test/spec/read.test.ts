import { expect } from 'chai';
import { describeOnStores, observation, patient, unique } from './on-stores.ts';

describeOnStores('http.html#read', (server) => {
  let id = '';
  beforeEach(async () => {
    id = (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body.id;
  });

  it('SHALL return a single instance with the content specified for the resource type, with ETag and Last-Modified', async () => {
    const { status, headers, body } = await server().fetchFhir(`Patient/${id}`);
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^application\/fhir\+json/);
    expect(headers.get('etag')).to.equal('W/"1"');
    expect(headers.get('last-modified')).to.be.a('string');
    expect(body.id).to.equal(id);
  });

  it('HEAD answers like GET, without the body', async () => {
    const { status, headers, text } = await server().fetchFhir(`Patient/${id}`, { method: 'HEAD' });
    expect([status, headers.get('etag'), text]).to.deep.equal([200, 'W/"1"', '']);
  });

  const refusals: readonly [what: string, path: string, status: number][] = [
    ['an unknown id', 'Patient/unknown', 404],
    ['an unknown type', 'Paziente/1', 404],
    ['a type in the wrong case', 'patient/1', 404],
    ['an id that none can have', 'Patient/under_score', 400],
    ['an id of more than 64 characters', `Patient/${'a'.repeat(65)}`, 400],
  ];
  for (const [what, path, status] of refusals) {
    it(`answers ${status} for ${what}`, async () => {
      const answer = await server().fetchFhir(path);
      expect(answer.status).to.equal(status);
      expect(answer.body.resourceType).to.equal('OperationOutcome');
    });
  }

  it('a GET for a deleted resource returns a 410 status code', async () => {
    await server().fetchFhir(`Patient/${id}`, { method: 'DELETE' });
    const { status, body } = await server().fetchFhir(`Patient/${id}`);
    expect(status).to.equal(410);
    expect(body.issue[0].code).to.equal('deleted');
  });

  it('_summary and _elements give parts, marked SUBSETTED', async () => {
    const { body } = await server().fetchFhir(`Patient/${id}?_elements=gender`);
    expect(body.gender).to.equal('female');
    expect(body).not.to.have.property('birthDate');
    expect(body.meta.tag[0].code).to.equal('SUBSETTED');
    expect((await server().fetchFhir(`Patient/${id}?_summary=count`)).status).to.equal(400);
  });
});

describeOnStores('http.html#parameters: _summary and _elements are defined for all interactions', (server) => {
  let id = '';
  before(async () => {
    ({ id } = (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body);
    await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${id}`) });
    await server().fetchFhir(`Patient/${id}`, { method: 'PUT', body: patient(unique(), { id, active: true }) });
  });
  const resourcesOf = async (path: string) => {
    const { body } = await server().fetchFhir(path);
    return body.entry.map(({ resource }: { resource: object }) => resource);
  };

  it('a history gives parts of versions, on its later pages too', async () => {
    const { body } = await server().fetchFhir(`Patient/${id}/_history?_elements=gender&_count=1`);
    const next = body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const later = await resourcesOf(next.slice(`${server().baseUrl}/`.length));
    for (const resource of [body.entry[0].resource, ...later]) {
      expect(resource).to.have.property('gender', 'female');
      expect(resource).not.to.have.property('birthDate');
      expect(resource.meta.tag[0].code).to.equal('SUBSETTED');
    }
  });
  it('$everything gives parts of a record', async () => {
    for (const resource of await resourcesOf(`Patient/${id}/$everything?_elements=gender,status`)) {
      expect(resource).not.to.have.property('birthDate');
      expect(resource.meta.tag[0].code).to.equal('SUBSETTED');
    }
  });
  it('/metadata gives a part of the statement', async () => {
    const { body } = await server().fetchFhir('metadata?_elements=software', { token: null });
    expect(body.software.name).to.equal('Fascicolo');
    expect(body).not.to.have.any.keys('rest', 'publisher');
  });
  it('what they can not mean there is 400', async () => {
    const wrong = [
      'Patient/_history?_summary=count',
      'Patient/_history?_elements=colour',
      `Patient/${id}/$everything?_summary=count`,
    ];
    for (const path of wrong) expect((await server().fetchFhir(path)).status, path).to.equal(400);
  });
});

describeOnStores('http.html#cread', (server) => {
  const cases: readonly [header: string, value: (etag: string, modified: string) => string, status: number][] = [
    ['if-none-match', (etag) => etag, 304],
    ['if-none-match', () => '*', 304],
    ['if-none-match', () => 'W/"99"', 200],
    ['if-none-match', () => 'nonsense', 400],
    ['if-modified-since', (_, modified) => modified, 304],
    ['if-modified-since', () => 'Wed, 01 Jan 2020 00:00:00 GMT', 200],
    ['if-modified-since', () => 'yesterday', 200],
  ];
  for (const [header, value, status] of cases) {
    it(`${header}: ${value('<current>', '<last>')} answers ${status}`, async () => {
      const { headers } = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
      const location = new URL(headers.get('location') ?? '').pathname.replace(/\/_history.*/, '');
      const sent = { [header]: value(headers.get('etag') ?? '', headers.get('last-modified') ?? '') };
      const answer = await server().fetchFhir(location, { headers: sent });
      expect(answer.status).to.equal(status);
      if (status === 304) expect([answer.text, answer.headers.get('etag')]).to.deep.equal(['', 'W/"1"']);
    });
  }
});

describeOnStores('http.html#vread', (server) => {
  it('returns each version as it was, and 410 for the one that is a deletion', async () => {
    const first = (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;
    const path = `Patient/${first.id}`;
    await server().fetchFhir(path, { method: 'PUT', body: { ...first, active: true } });
    await server().fetchFhir(path, { method: 'DELETE' });
    expect((await server().fetchFhir(`${path}/_history/1`)).body).to.deep.equal(first);
    expect((await server().fetchFhir(`${path}/_history/2`)).body.active).to.equal(true);
    expect((await server().fetchFhir(`${path}/_history/3`)).status).to.equal(410);
    const missing = await server().fetchFhir(`${path}/_history/4`);
    expect(missing.status).to.equal(404);
    expect(missing.body.issue[0].details.text).to.equal('No Patient with this id and version id is known.');
    const unknown = await server().fetchFhir('Patient/unknown/_history/1');
    expect({ status: unknown.status, issue: unknown.body.issue }).to.deep.equal({ status: 404, issue: missing.body.issue });
  });
});

describeOnStores('http.html#delete', (server) => {
  const create = async () => (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body.id;
  const remove = (path: string, headers: Record<string, string> = {}, token?: string) =>
    server().fetchFhir(path, { method: 'DELETE', headers, ...(token === undefined ? {} : { token }) });

  it('returns 204 No Content, also when it is deleted already or never was', async () => {
    const path = `Patient/${await create()}`;
    expect((await remove(path)).status).to.equal(204);
    expect((await remove(path)).status).to.equal(204);
    expect((await remove('Patient/unknown')).status).to.equal(204);
  });

  it('with Prefer: return=OperationOutcome answers 200 with one', async () => {
    const { status, body } = await remove(`Patient/${await create()}`, { prefer: 'return=OperationOutcome' });
    expect(status).to.equal(200);
    expect(body.resourceType).to.equal('OperationOutcome');
  });

  it('makes a version, and takes the resource out of searches', async () => {
    const id = await create();
    await remove(`Patient/${id}`);
    const history = (await server().fetchFhir(`Patient/${id}/_history`)).body;
    expect(history.entry.map((one: { request: { method: string } }) => one.request.method)).to.deep.equal(['DELETE', 'POST']);
    expect((await server().fetchFhir(`Patient?_id=${id}`)).body.entry).to.equal(undefined);
  });

  it('with an If-Match that is not the current version answers 412 and deletes nothing', async () => {
    const path = `Patient/${await create()}`;
    expect((await remove(path, { 'if-match': 'W/"9"' })).status).to.equal(412);
    expect((await server().fetchFhir(path)).status).to.equal(200);
  });

  it("with a patient's token answers the same 404 for another's resource and an unknown one", async () => {
    const [mine, other] = [await create(), await create()];
    const hidden = await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${other}`) });
    const token = await server().token('patient/*.cruds', { patient: mine });
    const [foreign, unknown] = [
      await remove(`Observation/${hidden.body.id}`, {}, token),
      await remove('Observation/unknown', {}, token),
    ];
    expect([foreign.status, unknown.status]).to.deep.equal([404, 404]);
    expect({ ...foreign.body, id: '' }).to.deep.equal({ ...unknown.body, id: '' });
    expect((await server().fetchFhir(`Observation/${hidden.body.id}`)).status).to.equal(200);
  });
});

describeOnStores('http.html#cdelete', (server) => {
  const create = (value: string) => server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
  const remove = (query: string) => server().fetchFhir(`Patient${query}`, { method: 'DELETE' });

  it('No matches or One Match: The server performs an ordinary delete', async () => {
    const value = unique();
    const { body } = await create(value);
    expect((await remove(`?identifier=${value}`)).status).to.equal(204);
    expect((await server().fetchFhir(`Patient/${body.id}`)).status).to.equal(410);
    expect((await remove(`?identifier=${value}`)).status).to.equal(204);
  });

  it('Multiple matches: 412, and nothing is deleted', async () => {
    const value = unique();
    const [first] = [await create(value), await create(value)];
    expect((await remove(`?identifier=${value}`)).status).to.equal(412);
    expect((await server().fetchFhir(`Patient/${first.body.id}`)).status).to.equal(200);
  });

  for (const query of ['', '?colour=blue', '?identifier=', '?_count=1']) {
    it(`refuses DELETE Patient${query} with 400`, async () => {
      expect((await remove(query)).status).to.equal(400);
    });
  }
});
