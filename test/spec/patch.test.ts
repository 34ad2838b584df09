import { expect } from 'chai';
import { binaryPatch, fhirpathPatch, jsonPatch, jsonPatchType } from '../support/patches.ts';
import { type FetchOptions, startTestServer, type TestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, system, unique } from './on-stores.ts';

const creator = (server: () => TestServer) => async (body: object) => {
  const { resourceType } = body as { resourceType: string }; // The factories' resources have one.
  return (await server().fetchFhir(resourceType, { method: 'POST', body })).body;
};

describeOnStores('http.html#patch', (server) => {
  const create = creator(server);

  it('JSON Patch: 200 with the new version, its ETag and its location; history tells that it was a PATCH', async () => {
    const { id } = await create(patient(unique()));
    const answer = await server().fetchFhir(
      `Patient/${id}`,
      jsonPatch({ op: 'replace', path: '/name/0/family', value: 'Nuova' }),
    );
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.headers.get('etag')).to.equal('W/"2"');
    expect(answer.headers.get('location')).to.equal(`${server().baseUrl}/Patient/${id}/_history/2`);
    expect(answer.body.name[0].family).to.equal('Nuova');
    expect((await server().fetchFhir(`Patient/${id}`)).body).to.deep.equal(answer.body);
    const { body } = await server().fetchFhir(`Patient/${id}/_history`);
    expect(body.entry[0].request).to.deep.equal({ method: 'PATCH', url: `Patient/${id}` });
  });

  it('FHIRPath Patch: Parameters in JSON or XML', async () => {
    const { id } = await create(patient(unique()));
    const path = `Patient/${id}`;
    const json = await server().fetchFhir(path, fhirpathPatch('replace Patient.gender', { valueCode: 'other' }));
    expect([json.status, json.body.gender]).to.deep.equal([200, 'other']);
    const xml = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>
      <part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="Patient"/></part>
      <part><name value="name"/><valueString value="active"/></part><part><name value="value"/><valueBoolean value="true"/></part></parameter></Parameters>`;
    const headers = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+json' };
    const answer = await server().fetchFhir(path, { method: 'PATCH', body: xml, headers });
    expect([answer.status, answer.body.active], answer.text).to.deep.equal([200, true]);
  });

  it('keeps the digits of numbers it does not touch, and of those it brings', async () => {
    const { id: subject } = await create(patient(unique()));
    const body = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/${subject}"},"valueQuantity":{"value":1.50}}`;
    const { body: before } = await server().fetchFhir('Observation', { method: 'POST', body });
    const text = '[{"op":"add","path":"/referenceRange","value":[{"low":{"value":0.10}}]}]';
    const options = { method: 'PATCH', body: text, headers: { 'content-type': jsonPatchType } };
    const answer = await server().fetchFhir(`Observation/${before.id}`, options);
    expect(answer.text).to.include('"valueQuantity":{"value":1.50}').and.include('{"low":{"value":0.10}}');
  });

  it('a patch that changes nothing makes no version', async () => {
    const { id } = await create(patient(unique()));
    const answer = await server().fetchFhir(`Patient/${id}`, jsonPatch({ op: 'replace', path: '/gender', value: 'female' }));
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, 'W/"1"']);
  });

  const answers: readonly (readonly [prefer: string, body: (text: string) => unknown, expected: unknown])[] = [
    ['return=minimal', (text) => text, ''],
    ['return=representation', (text) => JSON.parse(text).active, true],
    ['return=OperationOutcome', (text) => JSON.parse(text).resourceType, 'OperationOutcome'],
  ];
  for (const [prefer, read, expected] of answers) {
    it(`Prefer: ${prefer}, as for an update`, async () => {
      const { id } = await create(patient(unique()));
      const patch = jsonPatch({ op: 'add', path: '/active', value: true });
      const answer = await server().fetchFhir(`Patient/${id}`, { ...patch, headers: { ...patch.headers, prefer } });
      expect([answer.status, read(answer.text)]).to.deep.equal([200, expected]);
    });
  }

  const refused: readonly (readonly [what: string, options: FetchOptions, status: number, place?: string])[] = [
    ['a test that fails', jsonPatch({ op: 'test', path: '/gender', value: 'male' }), 422],
    ['a path that leads nowhere', jsonPatch({ op: 'remove', path: '/deceasedBoolean' }), 422],
    [
      'a FHIRPath that leads nowhere',
      fhirpathPatch('replace Patient.maritalStatus', { valueCodeableConcept: { text: 'x' } }),
      422,
      'Parameters.parameter[0]',
    ],
    ['a result that violates base R4', jsonPatch({ op: 'replace', path: '/gender', value: 'donna' }), 400, 'Patient.gender'],
    ['a result with an unknown element', jsonPatch({ op: 'add', path: '/colour', value: 'blue' }), 400, 'Patient'],
    [
      'a result that refers to nothing',
      jsonPatch({ op: 'add', path: '/managingOrganization', value: { reference: 'Organization/nowhere' } }),
      422,
      'Patient.managingOrganization.reference',
    ],
    ['a change of the id', jsonPatch({ op: 'replace', path: '/id', value: 'other' }), 422],
    ['a change of the type', jsonPatch({ op: 'replace', path: '/resourceType', value: 'Person' }), 422],
    ['an array of operations as FHIR', { method: 'PATCH', body: [{ op: 'remove', path: '/name' }] }, 400],
    ['an object as JSON Patch', { ...jsonPatch(), body: { resourceType: 'Parameters' } }, 400],
    ['a resource that is no Parameters', { method: 'PATCH', body: patient('x') }, 400],
    [
      'a Parameters that is not valid',
      {
        method: 'PATCH',
        body: { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'value', valueDate: 'ieri' }] }] },
      },
      400,
      'Parameters.parameter[0].part[0].value.ofType(date)',
    ],
    ['no body', { method: 'PATCH', headers: { 'content-type': jsonPatchType } }, 400],
    ['a broken body', { ...jsonPatch(), body: '[{"op":' }, 400],
    ['an XML Patch', { method: 'PATCH', body: '<diff/>', headers: { 'content-type': 'application/xml-patch+xml' } }, 415],
    ['a merge patch', { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/merge-patch+json' } }, 415],
  ];
  for (const [what, options, status, place] of refused) {
    it(`refuses ${what} with ${status}; nothing changes`, async () => {
      const before = await create(patient(unique()));
      const answer = await server().fetchFhir(`Patient/${before.id}`, options);
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.resourceType).to.equal('OperationOutcome');
      if (place !== undefined) expect(answer.body.issue[0].expression).to.deep.equal([place]);
      if (status === 415)
        expect(answer.headers.get('accept-patch')).to.include(jsonPatchType).and.include('application/fhir+json');
      expect((await server().fetchFhir(`Patient/${before.id}`)).body).to.deep.equal(before);
    });
  }

  it('OPTIONS names the formats in Accept-Patch', async () => {
    const answer = await server().fetchFhir('Patient/1', { method: 'OPTIONS' });
    expect(answer.headers.get('accept-patch')).to.include(jsonPatchType);
    expect(answer.headers.get('allow')).to.include('PATCH');
  });

  it('never creates: 404 for an unknown id, 410 for a deleted one', async () => {
    const { id } = await create(patient(unique()));
    await server().fetchFhir(`Patient/${id}`, { method: 'DELETE' });
    const patch = jsonPatch({ op: 'add', path: '/active', value: true });
    expect((await server().fetchFhir('Patient/nobody', patch)).status).to.equal(404);
    expect((await server().fetchFhir(`Patient/${id}`, patch)).status).to.equal(410);
  });

  const preconditions: readonly (readonly [header: string, value: string, status: number])[] = [
    ['if-match', 'W/"1"', 200],
    ['if-match', 'W/"2"', 412],
    ['if-match', '*', 200],
    ['if-none-match', 'W/"1"', 412],
    ['if-match', 'nonsense', 400],
  ];
  for (const [header, value, status] of preconditions) {
    it(`${header}: ${value} on version 1 answers ${status}`, async () => {
      const { id } = await create(patient(unique()));
      const patch = jsonPatch({ op: 'add', path: '/active', value: true });
      const answer = await server().fetchFhir(`Patient/${id}`, { ...patch, headers: { ...patch.headers, [header]: value } });
      expect(answer.status).to.equal(status);
    });
  }

  it('the capability statement claims the interaction and its formats', async () => {
    const { body } = await server().fetchFhir('metadata');
    expect(body.patchFormat).to.deep.equal([jsonPatchType, 'application/fhir+json', 'application/fhir+xml']);
    const resource = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
    expect(resource.interaction).to.deep.include({ code: 'patch' });
  });
});

describeOnStores('http.html#patch, conditional', (server) => {
  const create = creator(server);
  const patch = jsonPatch({ op: 'add', path: '/active', value: true });
  const send = (value: string, options: FetchOptions = patch) =>
    server().fetchFhir(`Patient?identifier=${system}|${value}`, options);

  it('No matches: The server returns a 404 Not Found', async () => {
    expect((await send(unique())).status).to.equal(404);
  });

  it('One Match: The server performs the update against the matching resource', async () => {
    const value = unique();
    const { id } = await create(patient(value));
    const answer = await send(value);
    expect([answer.status, answer.body.id, answer.body.active]).to.deep.equal([200, id, true]);
  });

  it('Multiple matches: The server returns a 412 Precondition Failed', async () => {
    const value = unique();
    for (const _ of [1, 2]) await create(patient(value));
    expect((await send(value)).status).to.equal(412);
  });

  it('needs a condition that is understood', async () => {
    expect((await server().fetchFhir('Patient', patch)).status).to.equal(400);
    expect((await server().fetchFhir('Patient?colour=blue', patch)).status).to.equal(400);
  });
});

describeOnStores('http.html#patch in a Bundle', (server) => {
  const create = creator(server);
  const send = (type: 'batch' | 'transaction', ...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle(type, ...entries) });

  for (const type of ['batch', 'transaction'] as const) {
    it(`a ${type} takes a Binary with a JSON Patch, and a Parameters`, async () => {
      const [one, other] = [await create(patient(unique())), await create(patient(unique()))];
      const { body } = fhirpathPatch('add Patient', { valueBoolean: true }, 'active');
      const answer = await send(
        type,
        entry(`PATCH Patient/${one.id}`, binaryPatch({ op: 'add', path: '/active', value: true }), { ifMatch: 'W/"1"' }),
        entry(`PATCH Patient/${other.id}`, body as object),
      );
      expect(answer.status, answer.text).to.equal(200);
      const lines = answer.body.entry.map(({ response }: { response: { status: string; etag: string } }) => [
        response.status,
        response.etag,
      ]);
      expect(lines).to.deep.equal([
        ['200 OK', 'W/"2"'],
        ['200 OK', 'W/"2"'],
      ]);
      for (const { id } of [one, other]) expect((await server().fetchFhir(`Patient/${id}`)).body.active).to.equal(true);
    });
  }

  it('a patch in a transaction may refer to what the transaction brings', async () => {
    const { id } = await create(patient(unique()));
    const fullUrl = 'urn:uuid:6f9b0a3e-1111-4222-8333-444455556666';
    const reference = { reference: fullUrl };
    const answer = await send(
      'transaction',
      entry(`PATCH Patient/${id}`, binaryPatch({ op: 'add', path: '/managingOrganization', value: reference })),
      entry('POST Organization', organization(unique()), { fullUrl }),
    );
    expect(answer.status, answer.text).to.equal(200);
    const { body } = await server().fetchFhir(`Patient/${id}`);
    expect(answer.body.entry[1].response.location).to.equal(`${body.managingOrganization.reference}/_history/1`);
  });

  it('a conditional patch is resolved on the state before the transaction', async () => {
    const value = unique();
    const { id } = await create(patient(value));
    const patch = binaryPatch({ op: 'add', path: '/active', value: true });
    const answer = await send('transaction', entry(`PATCH Patient?identifier=${system}|${value}`, patch));
    expect(answer.body.entry[0].response.location).to.equal(`Patient/${id}/_history/2`);
  });

  const broken: readonly (readonly [what: string, entry: (id: string) => object, status: number, place: string])[] = [
    [
      'a patch that can not be done',
      (id) => entry(`PATCH Patient/${id}`, binaryPatch({ op: 'test', path: '/gender', value: 'x' })),
      422,
      'Bundle.entry[1]',
    ],
    [
      'a patched resource that is not valid',
      (id) => entry(`PATCH Patient/${id}`, binaryPatch({ op: 'replace', path: '/gender', value: 'x' })),
      400,
      'Bundle.entry[1]',
    ],
    [
      'a patch of what is not there',
      () => entry('PATCH Patient/nobody', binaryPatch({ op: 'remove', path: '/name' })),
      404,
      'Bundle.entry[1]',
    ],
    [
      'a condition that nothing meets',
      () => entry('PATCH Patient?identifier=nobody', binaryPatch({ op: 'remove', path: '/name' })),
      404,
      'Bundle.entry[1].request.url',
    ],
    [
      'a Binary of another kind',
      (id) => entry(`PATCH Patient/${id}`, { ...binaryPatch(), contentType: 'text/plain' }),
      400,
      'Bundle.entry[1].resource',
    ],
    [
      'a Binary that is no JSON',
      (id) => entry(`PATCH Patient/${id}`, { ...binaryPatch(), data: 'AAAA' }),
      400,
      'Bundle.entry[1].resource.data',
    ],
    [
      'a Parameters that is no patch',
      (id) => entry(`PATCH Patient/${id}`, { resourceType: 'Parameters', parameter: [{ name: 'x', valueString: 'y' }] }),
      400,
      'Bundle.entry[1].resource.parameter[0].name',
    ],
    ['no resource', (id) => entry(`PATCH Patient/${id}`), 400, 'Bundle.entry[1].resource'],
    [
      'an If-Match that does not hold',
      (id) => entry(`PATCH Patient/${id}`, binaryPatch({ op: 'remove', path: '/name' }), { ifMatch: 'W/"9"' }),
      412,
      'Bundle.entry[1]',
    ],
  ];
  for (const [what, make, status, place] of broken) {
    it(`${what} fails the transaction with ${status}, at its place`, async () => {
      const { id } = await create(patient(unique()));
      const value = unique();
      const answer = await send('transaction', entry('POST Organization', organization(value)), make(id));
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.issue[0].expression).to.deep.equal([place]);
      expect((await server().fetchFhir(`Organization?identifier=${value}&_summary=count`)).body.total).to.equal(0);
      expect((await server().fetchFhir(`Patient/${id}`)).body.meta.versionId).to.equal('1');
    });
  }

  it('says of a patched resource that is not valid which element it is', async () => {
    const { id } = await create(patient(unique()));
    const answer = await send(
      'transaction',
      entry(`PATCH Patient/${id}`, binaryPatch({ op: 'replace', path: '/gender', value: 'x' })),
    );
    expect(answer.body.issue[0].diagnostics).to.include('Patient.gender');
  });

  it('a patch and an update of one resource overlap', async () => {
    const before = await create(patient(unique()));
    const answer = await send(
      'transaction',
      entry(`PUT Patient/${before.id}`, { ...before, active: true }),
      entry(`PATCH Patient/${before.id}`, binaryPatch({ op: 'remove', path: '/name' })),
    );
    expect([answer.status, answer.body.issue[0].code]).to.deep.equal([400, 'duplicate']);
  });
});

describe('http.html#patch and scopes', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    await server.fetchFhir('Patient/1', { method: 'PUT', body: patient(unique(), { id: '1' }) });
    await server.fetchFhir('Observation/1', {
      method: 'PUT',
      body: observation('Patient/1', { id: '1', note: [{ text: 'x' }] }),
    });
  });
  after(() => server.close());

  const plain = jsonPatch({ op: 'add', path: '/language', value: 'it' });
  const asking = jsonPatch({ op: 'test', path: '/status', value: 'final' });
  const cases: readonly (readonly [scope: string, what: string, options: FetchOptions, status: number])[] = [
    ['system/Observation.r', 'any patch', plain, 403],
    ['system/Observation.u', 'a patch by names and positions', plain, 200],
    ['system/Observation.u', 'a FHIRPath Patch by names and positions', fhirpathPatch('delete Observation.note[0].author'), 200],
    ['system/Observation.u', 'a patch that tests what is stored', asking, 403],
    [
      'system/Observation.u',
      'a FHIRPath that chooses by content',
      fhirpathPatch("delete Observation.note.where(text = 'y')"),
      403,
    ],
    ['system/Observation.ru', 'a patch that tests what is stored', asking, 200],
  ];
  for (const [scope, what, options, status] of cases) {
    it(`${scope}: ${what} is ${status}`, async () => {
      const answer = await server.fetchFhir('Observation/1', { ...options, token: await server.token(scope) });
      expect(answer.status, answer.text).to.equal(status);
      // Who may not read is not shown what the patch left as it was.
      if (status === 200 && !scope.includes('.r')) expect(answer.text).to.equal('');
    });
  }

  it('a conditional patch needs s besides u', async () => {
    const send = async (scope: string) =>
      (await server.fetchFhir('Observation?_id=1', { ...plain, token: await server.token(scope) })).status;
    expect([await send('system/Observation.u'), await send('system/Observation.us')]).to.deep.equal([403, 200]);
  });
});
