import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, organization, patient, system, unique } from './on-stores.ts';

describeOnStores('http.html#transaction', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  const total = async (): Promise<number> => (await server().fetchFhir('?_summary=count')).body.total;
  const places = (body: { issue: readonly { expression?: readonly string[] }[] }) =>
    body.issue.flatMap(({ expression }) => expression ?? []);

  it('returns a Bundle of type transaction-response with an entry for each entry, in the same order', async () => {
    const id = unique('tx');
    const { status, body } = await send(
      entry(`GET Patient/${id}`),
      entry(`PUT Patient/${id}`, patient(unique(), { id })),
      entry('POST Organization', organization(unique())),
      entry('DELETE Patient/unknown'),
      entry(`GET Patient?_id=${id}`),
    );
    expect(status).to.equal(200);
    expect(body.type).to.equal('transaction-response');
    expect(body.entry.map((one: { response: { status: string } }) => one.response.status)).to.deep.equal([
      '200 OK',
      '201 Created',
      '201 Created',
      '204 No Content',
      '200 OK',
    ]);
    expect(body.entry[0].resource.id).to.equal(id);
    expect(body.entry[1].response).to.include({ location: `Patient/${id}/_history/1`, etag: 'W/"1"' });
    expect(body.entry[2].response.location).to.match(/^Organization\/[^/]+\/_history\/1$/);
    expect(Date.parse(body.entry[2].response.lastModified)).to.be.above(0);
    expect(body.entry[4].resource.entry).to.have.length(1);
  });

  it('is processed DELETE, POST, PUT, GET, whatever the order of its entries', async () => {
    const [one, other, value] = [unique('tx'), unique('tx'), unique()];
    await send(
      entry(`PUT Patient/${one}`, patient(value, { id: one })),
      entry(`PUT Patient/${other}`, patient(unique(), { id: other })),
    );
    const { status, body } = await send(
      entry(`GET Patient/${one}`),
      entry(`PUT Patient/${other}`, patient(unique(), { id: other, active: true })),
      entry(`DELETE Patient/${one}`),
    );
    expect(status).to.equal(200);
    expect(body.entry[0].response.status).to.equal('410 Gone');
    expect(body.entry[1].response.etag).to.equal('W/"2"');
  });

  it('an empty transaction does nothing', async () => {
    const { status, body } = await server().fetchFhir('', {
      method: 'POST',
      body: { resourceType: 'Bundle', type: 'transaction' },
    });
    expect(status).to.equal(200);
    expect(body.entry).to.equal(undefined);
  });

  const good = () =>
    entry('POST Organization', organization(unique()), { fullUrl: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a' });
  const broken: readonly [what: string, broken: object, status: number, place: string][] = [
    [
      'a missing required element',
      entry('POST Observation', { ...observation('Patient/1'), status: undefined }),
      400,
      'Bundle.entry[1].resource',
    ],
    ['a wrong code', entry('POST Patient', patient('x', { gender: 'donna' })), 400, 'Bundle.entry[1].resource.gender'],
    ['a bad date', entry('POST Patient', patient('x', { birthDate: '1981-02-29' })), 400, 'Bundle.entry[1].resource.birthDate'],
    [
      'a reference to an entry that is not there',
      entry('POST Observation', observation('urn:uuid:11111111-2222-4333-8444-555555555555')),
      400,
      'Bundle.entry[1].resource.subject.reference',
    ],
    ['an entry without request', { resource: patient('x') }, 400, 'Bundle.entry[1].request'],
    ['a resource of another type than the URL', entry('POST Organization', patient('x')), 400, 'Bundle.entry[1].resource'],
    [
      'a PUT whose id is not that of the URL',
      entry('PUT Patient/a', patient('x', { id: 'b' })),
      400,
      'Bundle.entry[1].resource.id',
    ],
    ['a PUT without a resource', entry('PUT Patient/a'), 400, 'Bundle.entry[1].resource'],
    ['a DELETE with a resource', entry('DELETE Patient/a', patient('x')), 400, 'Bundle.entry[1].resource'],
    ['an unknown type', entry('DELETE Paziente/a'), 400, 'Bundle.entry[1].request.url'],
    ['a foreign URL', entry('POST https://example.org/fhir/Patient', patient('x')), 400, 'Bundle.entry[1].request.url'],
    ['a nested Bundle', entry('POST ', bundle('batch')), 400, 'Bundle.entry[1].request.url'],
    ['a method that is not offered', entry('POST Patient/a', patient('x')), 405, 'Bundle.entry[1].request.method'],
    ['an If-Match that does not hold', entry('DELETE Patient/unknown', undefined, { ifMatch: 'W/"1"' }), 412, 'Bundle.entry[1]'],
    ['an unknown parameter in a condition', entry('PUT Patient?colour=blue', patient('x')), 400, 'Bundle.entry[1].request.url'],
    [
      'an unknown parameter in ifNoneExist',
      entry('POST Patient', patient('x'), { ifNoneExist: 'colour=blue' }),
      400,
      'Bundle.entry[1].request.ifNoneExist',
    ],
    [
      'a conditional reference without a match',
      entry('POST Observation', observation('Patient?identifier=nobody')),
      412,
      'Bundle.entry[1].resource.subject.reference',
    ],
    [
      'a Subscription that asks to be active',
      entry('POST Subscription', {
        resourceType: 'Subscription',
        status: 'active',
        reason: 'x',
        criteria: 'Patient?',
        channel: { type: 'message' },
      }),
      422,
      'Bundle.entry[1].resource.status',
    ],
  ];
  for (const [what, bad, expected, place] of broken) {
    it(`${what} fails the whole with ${expected}, at its place; nothing is stored`, async () => {
      const before = await total();
      const { status, body } = await send(good(), bad);
      expect(status, JSON.stringify(body)).to.equal(expected);
      expect(places(body)).to.include(place);
      expect(await total()).to.equal(before);
    });
  }

  it('names all that is wrong with all entries in one answer', async () => {
    const { status, body } = await send(
      entry('POST Patient', patient('x', { gender: 'donna', birthDate: 'ieri' })),
      entry('POST Observation', observation('urn:uuid:11111111-2222-4333-8444-555555555555')),
      { resource: patient('x') },
      entry('POST Organization', organization('x', { active: 'yes' }), { ifNoneExist: 'colour=blue' }),
    );
    expect(status).to.equal(400);
    expect(places(body)).to.include.members([
      'Bundle.entry[0].resource.gender',
      'Bundle.entry[0].resource.birthDate',
      'Bundle.entry[1].resource.subject.reference',
      'Bundle.entry[2].request',
      'Bundle.entry[3].request.ifNoneExist',
      'Bundle.entry[3].resource.active',
    ]);
  });

  it('If any resource identities overlap, the transaction SHALL fail', async () => {
    const id = unique('tx');
    const before = await total();
    const twice = await send(entry(`PUT Patient/${id}`, patient(unique(), { id })), entry(`DELETE Patient/${id}`));
    expect(twice.status).to.equal(400);
    expect(twice.body.issue[0].code).to.equal('duplicate');
    const value = unique();
    const conditional = [
      entry(`PUT Patient?identifier=${value}`, patient(value)),
      entry(`PUT Patient?identifier=${system}|${value}`, patient(value)),
    ];
    expect((await send(...conditional)).status).to.equal(400);
    expect(await total()).to.equal(before);
  });

  it('takes at most 10,000 entries', async () => {
    const entries = Array.from({ length: 10_001 }, () => entry('DELETE Patient/unknown'));
    expect((await send(...entries)).status).to.equal(422);
  });

  it('two conditional creates with one condition create once', async () => {
    const value = unique();
    const create = () => entry('POST Patient', patient(value), { ifNoneExist: `identifier=${system}|${value}` });
    const { status, body } = await send(create(), create());
    expect(status).to.equal(200);
    const [first, second] = body.entry.map((one: { response: object }) => one.response);
    expect([first.status, second.status]).to.deep.equal(['201 Created', '200 OK']);
    expect(second.location).to.equal(first.location);
  });

  it('one refusal by access refuses the whole, and says nothing of the rest', async () => {
    const before = await total();
    const token = await server().token('system/Patient.c');
    const body = bundle(
      'transaction',
      entry('POST Patient', patient('x', { gender: 'donna' })),
      entry('POST Organization', organization(unique())),
    );
    const answer = await server().fetchFhir('', { method: 'POST', body, token });
    expect(answer.status).to.equal(403);
    expect(places(answer.body)).to.deep.equal(['Bundle.entry[1]']);
    expect(await total()).to.equal(before);
  });

  it("with a patient's token writes what is about the patient, and all or nothing", async () => {
    const people = await Promise.all(
      [1, 2].map(() => server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })),
    );
    const [mine, other] = people.map(({ body }) => body.id);
    const token = await server().token('patient/*.cruds', { patient: mine });
    const transaction = (...subjects: readonly string[]) =>
      server().fetchFhir('', {
        method: 'POST',
        body: bundle('transaction', ...subjects.map((id) => entry('POST Observation', observation(`Patient/${id}`)))),
        token,
      });
    const before = await total();
    expect((await transaction(mine, other)).status).to.equal(403);
    expect(await total()).to.equal(before);
    expect((await transaction(mine, mine)).status).to.equal(200);
  });

  it('parallel transactions that touch one Organization all succeed', async () => {
    const value = unique();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        send(
          entry(`PUT Organization?identifier=${value}`, organization(value, { name: `Struttura ${index}` }), {
            fullUrl: 'https://example/Organization/o',
          }),
          entry('POST Patient', patient(unique(), { managingOrganization: { reference: 'https://example/Organization/o' } })),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(12).fill(200));
    expect((await server().fetchFhir(`Organization?identifier=${value}&_summary=count`)).body.total).to.equal(1);
    const { body } = await server().fetchFhir(`Patient?organization.identifier=${value}&_summary=count`);
    expect(body.total).to.equal(12);
  });
});
