import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, patient, system, unique } from './on-stores.ts';

describeOnStores('http.html#create', (server) => {
  const post = (body: unknown, headers: Record<string, string> = {}, type = 'Patient') =>
    server().fetchFhir(type, { method: 'POST', body, headers });

  it('SHALL return a 201 Created and a Location header with the new Logical Id and Version Id', async () => {
    const { status, headers, body } = await post(patient(unique()));
    expect(status).to.equal(201);
    expect(headers.get('location')).to.equal(`${server().baseUrl}/Patient/${body.id}/_history/1`);
    expect(headers.get('etag')).to.equal('W/"1"');
    expect(Date.parse(headers.get('last-modified') ?? '')).to.be.closeTo(Date.parse(body.meta.lastUpdated), 1000);
  });

  it('If an id is provided, the server SHALL ignore it', async () => {
    const id = unique('mine');
    const { status, body } = await post(patient(unique(), { id }));
    expect(status).to.equal(201);
    expect(body.id).not.to.equal(id);
    expect((await server().fetchFhir(`Patient/${id}`)).status).to.equal(404);
  });

  it('the server SHALL populate the id, meta.versionId and meta.lastUpdated with the new correct values', async () => {
    const meta = { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ code: 'kept' }] };
    const { body } = await post(patient(unique(), { meta }));
    expect(body.meta.versionId).to.equal('1');
    expect(body.meta.lastUpdated).not.to.equal('2001-01-01T00:00:00Z');
    expect(body.meta.tag).to.deep.equal([{ code: 'kept' }]);
  });

  it('keeps every digit of a number and the order of members', async () => {
    const text =
      '{"resourceType":"Observation","status":"final","valueQuantity":{"unit":"g","value":1.00},"code":{"text":"x"},"component":[{"code":{"text":"y"},"valueQuantity":{"value":1e-3}}]}';
    const { status, body } = await post(text, {}, 'Observation');
    expect(status, JSON.stringify(body)).to.equal(201);
    const read = await server().fetchFhir(`Observation/${body.id}`);
    expect(read.text.replace(/"meta":\{[^}]*\},/, '').replace(/"id":"[^"]*",/, '')).to.equal(text);
  });

  const refusals: readonly [what: string, body: unknown, status: number, expression: string | undefined][] = [
    ['text that is no JSON', '{"resourceType":', 400, undefined],
    ['a resource of another type', observation('Patient/1'), 400, 'resourceType'],
    ['a JSON value that is no object', '[]', 400, undefined],
    ['an object without resourceType', {}, 400, undefined],
    ['an unknown element', patient('x', { nome: 'Ada' }), 400, 'Patient'],
    ['a code outside a required binding', patient('x', { gender: 'donna' }), 400, 'Patient.gender'],
    ['a date that does not exist', patient('x', { birthDate: '1981-02-29' }), 400, 'Patient.birthDate'],
  ];
  for (const [what, body, status, expression] of refusals) {
    it(`refuses ${what} with ${status} and an OperationOutcome`, async () => {
      const answer = await post(body);
      expect(answer.status).to.equal(status);
      expect(answer.body.resourceType).to.equal('OperationOutcome');
      if (expression !== undefined) expect(answer.body.issue[0].expression).to.deep.equal([expression]);
    });
  }

  it('refuses an empty body with 400', async () => {
    expect((await server().fetchFhir('Patient', { method: 'POST' })).status).to.equal(400);
  });

  it('names every violation at once', async () => {
    const { body } = await post(patient('x', { gender: 'donna', birthDate: 'ieri', active: 'yes' }));
    const places = body.issue.flatMap((issue: { expression?: string[] }) => issue.expression ?? []);
    expect(places).to.include.members(['Patient.gender', 'Patient.birthDate', 'Patient.active']);
  });

  it('answers 404 for a type that R4 does not have', async () => {
    expect((await post({ resourceType: 'Paziente' }, {}, 'Paziente')).status).to.equal(404);
  });

  for (const status of ['requested', 'active']) {
    it(`refuses a Subscription that is ${status}, since none is honoured`, async () => {
      const channel = { type: 'rest-hook', endpoint: 'https://example.org/hook' };
      const subscription = { resourceType: 'Subscription', reason: 'x', criteria: 'Patient?', channel };
      const { status: code, body } = await post({ ...subscription, status }, {}, 'Subscription');
      expect(code).to.equal(422);
      expect(body.issue[0].expression).to.deep.equal(['Subscription.status']);
      expect((await post({ ...subscription, status: 'off' }, {}, 'Subscription')).status).to.equal(201);
    });
  }
});

describeOnStores('http.html#ccreate', (server) => {
  const create = (value: string, query: string) =>
    server().fetchFhir('Patient', { method: 'POST', body: patient(value), headers: { 'if-none-exist': query } });

  it('No matches: The server processes the create as above', async () => {
    const value = unique();
    expect((await create(value, `identifier=${system}|${value}`)).status).to.equal(201);
  });

  it('One Match: The server ignore the post and returns 200 OK', async () => {
    const value = unique();
    const first = await create(value, `identifier=${system}|${value}`);
    const second = await create(value, `identifier=${system}|${value}`);
    expect(second.status).to.equal(200);
    expect(second.body.id).to.equal(first.body.id);
    expect(second.body.meta.versionId).to.equal('1');
  });

  it('reads the condition with the type before it too, alone and in a transaction', async () => {
    const value = unique();
    const query = `Patient?identifier=${system}|${value}`;
    const first = await create(value, query);
    expect([first.status, (await create(value, query)).status]).to.deep.equal([201, 200]);
    const again = bundle('transaction', entry('POST Patient', patient(value), { ifNoneExist: query }));
    const { body } = await server().fetchFhir('', { method: 'POST', body: again });
    expect(body.entry[0].response.location).to.equal(`Patient/${first.body.id}/_history/1`);
    expect((await create(value, `Group?identifier=${system}|${value}`)).status).to.equal(400);
  });

  it("Multiple matches: The server returns a 412 Precondition Failed error indicating the client's criteria were not selective enough", async () => {
    const value = unique();
    for (const _ of [1, 2]) await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    const { status, body } = await create(value, `identifier=${system}|${value}`);
    expect(status).to.equal(412);
    expect(body.issue[0].code).to.equal('multiple-matches');
  });

  for (const query of ['colour=blue', 'identifier=', '', '_count=3', 'identifier:nonsense=x']) {
    it(`refuses the condition "${query}" with 400, whatever Prefer says`, async () => {
      const { status } = await server().fetchFhir('Patient', {
        method: 'POST',
        body: patient(unique()),
        headers: { 'if-none-exist': query, prefer: 'handling=lenient' },
      });
      expect(status).to.equal(400);
    });
  }

  it('of parallel requests with one condition creates once and answers the others with that resource', async () => {
    const value = unique();
    const answers = await Promise.all(Array.from({ length: 16 }, () => create(value, `identifier=${system}|${value}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).to.have.length(1);
    expect(statuses.filter((status) => status === 200)).to.have.length(15);
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
  });
});

describeOnStores('http.html#ops (Prefer)', (server) => {
  const create = (prefer: string) =>
    server().fetchFhir('Patient', { method: 'POST', body: patient(unique()), headers: { prefer } });

  it('return=minimal: the body is empty', async () => {
    const { status, text, headers } = await create('return=minimal');
    expect(status).to.equal(201);
    expect(text).to.equal('');
    expect(headers.get('location')).to.match(/\/Patient\/[^/]+\/_history\/1$/);
  });

  it('return=representation: the body is the resource as stored', async () => {
    const { body } = await create('return=representation');
    expect(body.resourceType).to.equal('Patient');
  });

  it('return=OperationOutcome: the body says how it went, and always has an issue', async () => {
    const { status, body } = await create('return=OperationOutcome');
    expect(status).to.equal(201);
    expect(body.resourceType).to.equal('OperationOutcome');
    expect(body.issue).not.to.be.empty;
  });
});
