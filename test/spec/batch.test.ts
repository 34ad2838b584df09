import { expect } from 'chai';
import { bundle, describeOnStores, entry, organization, patient, system, unique } from './on-stores.ts';

interface ResponseEntry {
  readonly resource?: { readonly resourceType: string; readonly id?: string; readonly total?: number };
  readonly response: {
    readonly status: string;
    readonly location?: string;
    readonly etag?: string;
    readonly lastModified?: string;
    readonly outcome?: { readonly issue: readonly { readonly expression?: readonly string[] }[] };
  };
}

describeOnStores('http.html#transaction (batch)', (server) => {
  const send = async (...entries: readonly object[]) => {
    const { status, body } = await server().fetchFhir('', { method: 'POST', body: bundle('batch', ...entries) });
    expect(status).to.equal(200);
    expect(body.type).to.equal('batch-response');
    const answered: readonly ResponseEntry[] = body.entry ?? [];
    return answered;
  };
  const codes = (entries: readonly ResponseEntry[]) => entries.map(({ response }) => Number(response.status.slice(0, 3)));

  it('carries out each entry as if it had come alone, and answers them in their order', async () => {
    const id = unique('batch');
    const entries = await send(
      entry('POST Patient', patient(unique())),
      entry(`PUT Patient/${id}`, patient(unique(), { id })),
      entry(`GET Patient/${id}`),
      entry(`GET Patient?_id=${id}`),
      entry(`DELETE Patient/${id}`),
      entry(`GET Patient/${id}`),
      entry(`GET Patient/${id}/_history`),
      entry('GET metadata'),
    );
    expect(codes(entries)).to.deep.equal([201, 201, 200, 200, 204, 410, 200, 200]);
    expect(entries[0]?.response.location).to.match(/^Patient\/[^/]+\/_history\/1$/);
    expect(entries[0]?.response.etag).to.equal('W/"1"');
    expect(Date.parse(entries[0]?.response.lastModified ?? '')).to.be.above(0);
    expect(entries[0]?.resource).to.equal(undefined);
    expect(entries.map(({ resource }) => resource?.resourceType)).to.deep.equal([
      undefined,
      undefined,
      'Patient',
      'Bundle',
      undefined,
      undefined,
      'Bundle',
      'CapabilityStatement',
    ]);
  });

  it('The success or failure of one change SHALL not alter the success or failure of another', async () => {
    const entries = await send(
      entry('POST Patient', patient(unique(), { gender: 'donna' })),
      entry('POST Patient', patient(unique())),
      entry('GET Patient/unknown'),
      entry('GET Paziente/1'),
      entry('POST Patient/1', patient(unique())),
      { resource: patient(unique()) },
      entry('POST Organization', patient(unique())),
      entry('PUT Patient/a', patient(unique(), { id: 'b' })),
      entry('POST Patient', patient(unique()), { ifNoneExist: 'colour=blue' }),
      entry('POST '),
      entry('POST Organization', organization(unique())),
    );
    expect(codes(entries)).to.deep.equal([400, 201, 404, 404, 405, 400, 400, 400, 400, 400, 201]);
    expect(entries[0]?.response.outcome?.issue[0]?.expression).to.deep.equal(['Bundle.entry[0].resource.gender']);
  });

  for (const url of [
    'https://example.org/fhir/Patient',
    '//example.org/Patient',
    '/../Patient',
    'Patient/../Patient',
    'Patient//1',
    '%2e%2e/x',
    'Patient/%zz',
  ]) {
    it(`refuses the URL ${url}, which leads out of the base or nowhere`, async () => {
      expect(codes(await send(entry(`GET ${url}`)))).to.deep.equal([400]);
    });
  }

  it('takes URLs with a slash before or behind them, and those under its own base', async () => {
    const id = unique('batch');
    const entries = await send(
      entry(`PUT /Patient/${id}`, patient(unique(), { id })),
      entry(`GET ${server().baseUrl}/Patient/${id}`),
      entry(`HEAD Patient/${id}`),
      entry(`GET Patient/${id}/`),
      entry('GET Patient/?_count=1'),
      entry(`GET Patient//${id}`),
    );
    expect(codes(entries)).to.deep.equal([201, 200, 200, 200, 200, 400]);
    expect(entries[2]?.resource).to.equal(undefined);
  });

  it('honours ifMatch, ifNoneMatch and ifNoneExist', async () => {
    const [id, value] = [unique('batch'), unique()];
    const entries = await send(
      entry(`PUT Patient/${id}`, patient(value, { id })),
      entry(`PUT Patient/${id}`, patient(value, { id, active: true }), { ifMatch: 'W/"4"' }),
      { request: { method: 'GET', url: `Patient/${id}`, ifNoneMatch: 'W/"1"' } },
      entry('POST Patient', patient(value), { ifNoneExist: `identifier=${system}|${value}` }),
      entry(`PUT Patient?identifier=${value}`, patient(value, { active: true })),
      entry(`DELETE Patient?identifier=${value}`),
    );
    expect(codes(entries)).to.deep.equal([201, 412, 304, 200, 200, 204]);
  });

  it('judges each entry by the rights of the token', async () => {
    const token = await server().token('system/Patient.c system/Organization.rs');
    const body = bundle(
      'batch',
      entry('POST Patient', patient(unique())),
      entry('POST Organization', organization(unique())),
      entry('GET Patient'),
    );
    const answer = await server().fetchFhir('', { method: 'POST', body, token });
    expect(codes(answer.body.entry)).to.deep.equal([201, 403, 403]);
  });

  it('an empty batch has an empty answer', async () => {
    expect(await send()).to.deep.equal([]);
  });

  const refusals: readonly [what: string, body: unknown][] = [
    ['a Bundle of another type', { resourceType: 'Bundle', type: 'collection' }],
    ['a resource that is no Bundle', patient('x')],
    ['entries that are no array', { resourceType: 'Bundle', type: 'batch', entry: {} }],
    ['a Bundle with an element R4 does not have', { resourceType: 'Bundle', type: 'batch', colour: 'blue' }],
  ];
  for (const [what, body] of refusals) {
    it(`refuses ${what} with 400`, async () => {
      expect((await server().fetchFhir('', { method: 'POST', body })).status).to.equal(400);
    });
  }

  it('Prefer: return=representation adds the resources, return=OperationOutcome the outcomes', async () => {
    const body = bundle('batch', entry('POST Patient', patient(unique())));
    const prefer = (value: string) => server().fetchFhir('', { method: 'POST', body, headers: { prefer: `return=${value}` } });
    expect((await prefer('representation')).body.entry[0].resource.resourceType).to.equal('Patient');
    expect((await prefer('OperationOutcome')).body.entry[0].response.outcome.resourceType).to.equal('OperationOutcome');
  });
});
