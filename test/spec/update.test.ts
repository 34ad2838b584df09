import { expect } from 'chai';
import { describeOnStores, observation, patient, system, unique } from './on-stores.ts';

describeOnStores('http.html#update', (server) => {
  const put = (id: string, body: object, headers: Record<string, string> = {}) =>
    server().fetchFhir(`Patient/${id}`, { method: 'PUT', body, headers });
  const stored = async () => (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;

  it('creates a new current version for an existing resource: 200 OK with ETag and Last-Modified', async () => {
    const before = await stored();
    const { status, headers, body } = await put(before.id, { ...before, active: true });
    expect(status).to.equal(200);
    expect(headers.get('etag')).to.equal('W/"2"');
    expect(headers.get('last-modified')).to.be.a('string');
    expect(body.meta.versionId).to.equal('2');
    expect((await server().fetchFhir(`Patient/${before.id}`)).body.active).to.equal(true);
  });

  it('creates the initial version when no resource exists for the id: 201 Created with a Location', async () => {
    const id = unique('chosen');
    const { status, headers } = await put(id, patient(unique(), { id }));
    expect(status).to.equal(201);
    expect(headers.get('location')).to.equal(`${server().baseUrl}/Patient/${id}/_history/1`);
  });

  it('If no id element is provided, the server SHALL respond with an HTTP 400', async () => {
    expect((await put(unique('chosen'), patient(unique()))).status).to.equal(400);
  });

  it('If the id disagrees with the id in the URL, the server SHALL respond with an HTTP 400', async () => {
    const { status, body } = await put(unique('chosen'), patient(unique(), { id: 'another' }));
    expect(status).to.equal(400);
    expect(body.issue[0].expression).to.deep.equal(['Patient.id']);
  });

  it('refuses an id that none can have with 400', async () => {
    expect((await put('under_score', patient(unique(), { id: 'under_score' }))).status).to.equal(400);
  });

  it('makes no new version of what is stored already', async () => {
    const before = await stored();
    const { status, headers } = await put(before.id, before);
    expect(status).to.equal(200);
    expect(headers.get('etag')).to.equal('W/"1"');
    expect((await server().fetchFhir(`Patient/${before.id}/_history`)).body.entry).to.have.length(1);
  });

  it('makes none of the same in another order of members, or in XML', async () => {
    const before = await stored();
    const turned = Object.fromEntries(Object.entries(before).reverse());
    expect((await put(before.id, turned)).headers.get('etag')).to.equal('W/"1"');
    const xml = await server().fetchFhir(`Patient/${before.id}`, { headers: { accept: 'application/fhir+xml' } });
    const headers = { 'content-type': 'application/fhir+xml' };
    const again = await server().fetchFhir(`Patient/${before.id}`, { method: 'PUT', body: xml.text, headers });
    expect([again.status, again.headers.get('etag')]).to.deep.equal([200, 'W/"1"']);
    const { name, ...others } = before;
    const swapped = { ...others, name: [...name, { family: 'Seconda' }] };
    expect((await put(before.id, swapped)).headers.get('etag')).to.equal('W/"2"');
    const reversed = { ...others, name: [...swapped.name].reverse() };
    expect((await put(before.id, reversed)).headers.get('etag')).to.equal('W/"3"');
  });

  it('brings a deleted resource back: 201', async () => {
    const before = await stored();
    await server().fetchFhir(`Patient/${before.id}`, { method: 'DELETE' });
    const { status, body } = await put(before.id, before);
    expect(status).to.equal(201);
    expect(body.meta.versionId).to.equal('3');
    expect((await server().fetchFhir(`Patient/${before.id}`)).status).to.equal(200);
  });

  it('of parallel updates of one resource keeps every one as a version of its own', async () => {
    const before = await stored();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => put(before.id, { ...before, multipleBirthInteger: index + 1 })),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).to.equal(12);
  });
});

describeOnStores('http.html#concurrency', (server) => {
  const stored = async () => (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;
  const cases: readonly [ifMatch: string, status: number][] = [
    ['W/"1"', 200],
    ['"1"', 200],
    ['*', 200],
    ['W/"7", W/"1"', 200],
    ['W/"2"', 412],
    ['nonsense', 400],
  ];
  for (const [ifMatch, status] of cases) {
    it(`If-Match: ${ifMatch} on version 1 answers ${status}`, async () => {
      const before = await stored();
      const headers = { 'if-match': ifMatch };
      const answer = await server().fetchFhir(`Patient/${before.id}`, {
        method: 'PUT',
        body: { ...before, active: true },
        headers,
      });
      expect(answer.status).to.equal(status);
      const after = await server().fetchFhir(`Patient/${before.id}`);
      expect(after.body.meta.versionId).to.equal(status === 200 ? '2' : '1');
    });
  }

  it('If-Match on what is not there answers 412', async () => {
    const id = unique('chosen');
    const headers = { 'if-match': 'W/"1"' };
    const body = patient(unique(), { id });
    expect((await server().fetchFhir(`Patient/${id}`, { method: 'PUT', body, headers })).status).to.equal(412);
  });

  it('of parallel updates with one If-Match lets one pass', async () => {
    const before = await stored();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        server().fetchFhir(`Patient/${before.id}`, {
          method: 'PUT',
          body: { ...before, multipleBirthInteger: index + 1 },
          headers: { 'if-match': 'W/"1"' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, ...Array(7).fill(412)]);
  });
});

describeOnStores('http.html#cond-update', (server) => {
  const put = (query: string, body: object) => server().fetchFhir(`Patient?${query}`, { method: 'PUT', body });

  it('No matches, no id provided: The server creates the resource', async () => {
    const value = unique();
    const { status, headers } = await put(`identifier=${system}|${value}`, patient(value));
    expect(status).to.equal(201);
    expect(headers.get('location')).to.match(/\/Patient\/[^/]+\/_history\/1$/);
  });

  it('No matches, id provided: The server treats the interaction as an Update as Create', async () => {
    const [id, value] = [unique('chosen'), unique()];
    const { status, body } = await put(`identifier=${system}|${value}`, patient(value, { id }));
    expect(status).to.equal(201);
    expect(body.id).to.equal(id);
  });

  it('No matches, id of another resource provided: 409, and nothing changes', async () => {
    const other = (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;
    const value = unique();
    expect((await put(`identifier=${system}|${value}`, patient(value, { id: other.id }))).status).to.equal(409);
    expect((await server().fetchFhir(`Patient/${other.id}`)).body.meta.versionId).to.equal('1');
  });

  it('One Match, no resource id provided: The server performs the update against the matching resource', async () => {
    const value = unique();
    const first = await put(`identifier=${system}|${value}`, patient(value));
    const second = await put(`identifier=${system}|${value}`, patient(value, { active: true }));
    expect(second.status).to.equal(200);
    expect(second.body.id).to.equal(first.body.id);
    expect(second.body.meta.versionId).to.equal('2');
  });

  it('One Match, resource id provided but does not match resource found: The server returns a 400 Bad Request', async () => {
    const value = unique();
    await put(`identifier=${system}|${value}`, patient(value));
    const { status, body } = await put(`identifier=${system}|${value}`, patient(value, { id: 'another' }));
    expect(status).to.equal(400);
    expect(body.issue[0].expression).to.deep.equal(['Patient.id']);
    expect(body.issue[0].details.text).to.match(/that meets the condition has another id/);
  });

  it('Multiple matches: The server returns a 412 Precondition Failed', async () => {
    const value = unique();
    for (const _ of [1, 2]) await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    expect((await put(`identifier=${system}|${value}`, patient(value))).status).to.equal(412);
  });

  it('refuses a condition without a search parameter, or with an unknown one', async () => {
    expect((await server().fetchFhir('Patient', { method: 'PUT', body: patient(unique()) })).status).to.equal(400);
    expect((await put('colour=blue', patient(unique()))).status).to.equal(400);
  });
});

describeOnStores("http.html#update, with a patient's token", (server) => {
  it('answers a PUT to the resource of another and one to an unknown id with the same 404', async () => {
    const people = await Promise.all(
      [1, 2].map(() => server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })),
    );
    const [mine, other] = people.map(({ body }) => body.id);
    const hidden = await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${other}`) });
    const token = await server().token('patient/*.cruds', { patient: mine });
    const put = (id: string) =>
      server().fetchFhir(`Observation/${id}`, { method: 'PUT', body: observation(`Patient/${mine}`, { id }), token });
    const [foreign, unknown] = await Promise.all([put(hidden.body.id), put(unique('unknown'))]);
    expect(foreign?.status).to.equal(404);
    expect(unknown?.status).to.equal(404);
    // The outcome's id is the request's.
    expect({ ...foreign?.body, id: '' }).to.deep.equal({ ...unknown?.body, id: '' });
    expect((await server().fetchFhir(`Observation/${hidden.body.id}`)).body.meta.versionId).to.equal('1');
  });

  it('lets the patient change what is about the patient, and move it to nobody else', async () => {
    const people = await Promise.all(
      [1, 2].map(() => server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })),
    );
    const [mine, other] = people.map(({ body }) => body.id);
    const token = await server().token('patient/*.cruds', { patient: mine });
    const own = await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${mine}`), token });
    expect(own.status).to.equal(201);
    const put = (subject: string) =>
      server().fetchFhir(`Observation/${own.body.id}`, {
        method: 'PUT',
        body: observation(subject, { id: own.body.id, status: 'amended' }),
        token,
      });
    expect((await put(`Patient/${mine}`)).status).to.equal(200);
    expect((await put(`Patient/${other}`)).status).to.equal(403);
  });
});
