/** src/decisions/0006-conditional-put-in-transactions.md */
import { expect } from 'chai';
import { bundle, describeOnStores, entry, organization, patient, system, unique } from './on-stores.ts';

const otherSystem = 'urn:oid:1.2.3.4.5.6.7';

describeOnStores('conditional PUT in a transaction', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  const post = async (resource: object) => {
    const { resourceType } = resource as { resourceType: string }; // The factories' resources have one.
    return (await server().fetchFhir(resourceType, { method: 'POST', body: resource })).body;
  };
  const under = (of: string, value: string, more: object = {}) =>
    organization(value, { identifier: [{ system: of, value }], ...more });

  it('none matches: the resource is created under its own id when that is free', async () => {
    const [id, value] = [unique('own'), unique()];
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, organization(value, { id })));
    expect(body.entry[0].response).to.include({ status: '201 Created', location: `Organization/${id}/_history/1` });
  });

  it('none matches, and its own id is taken: it is created under a new one', async () => {
    const taken = await post(organization(unique()));
    const value = unique();
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, organization(value, { id: taken.id })));
    expect(body.entry[0].response.status).to.equal('201 Created');
    expect(body.entry[0].response.location).not.to.include(taken.id);
    expect((await server().fetchFhir(`Organization/${taken.id}`)).body).to.deep.equal(taken);
  });

  it('none matches, and it has no id: it is created under a new one', async () => {
    const value = unique();
    expect(
      (await send(entry(`PUT Organization?identifier=${value}`, organization(value)))).body.entry[0].response.status,
    ).to.equal('201 Created');
  });

  it("one matches: the entry's id is ignored, though R4 says 400", async () => {
    const value = unique();
    const stored = await post(organization(value));
    const resource = organization(value, { id: unique('random'), active: true });
    const { status, body } = await send(entry(`PUT Organization?identifier=${value}`, resource));
    expect(status).to.equal(200);
    expect(body.entry[0].response).to.include({ status: '200 OK', location: `Organization/${stored.id}/_history/2` });
  });

  it('a criterion without a system is read with the system under which the resource carries the value', async () => {
    const value = unique();
    const other = await post(under(otherSystem, value));
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, under(system, value)));
    expect(body.entry[0].response.status).to.equal('201 Created');
    expect((await server().fetchFhir(`Organization/${other.id}`)).body.meta.versionId).to.equal('1');
  });

  it('the same number under two systems is two resources of one transaction', async () => {
    const value = unique();
    const put = (of: string) => entry(`PUT Organization?identifier=${value}`, under(of, value));
    const first = await send(put(system), put(otherSystem));
    const again = await send(put(otherSystem), put(system));
    const keys = (answer: typeof first) =>
      answer.body.entry.map((one: { response: { location: string } }) => one.response.location.replace(/\/_history.*/, ''));
    expect(new Set(keys(first)).size).to.equal(2);
    expect(keys(again)).to.deep.equal([...keys(first)].reverse());
  });

  it('a criterion with a system is taken as it is', async () => {
    const value = unique();
    const stored = await post(under(otherSystem, value));
    const { body } = await send(entry(`PUT Organization?identifier=${otherSystem}|${value}`, under(system, value)));
    expect(body.entry[0].response.location).to.equal(`Organization/${stored.id}/_history/2`);
  });

  it('without the value in the resource, any system matches', async () => {
    const value = unique();
    const stored = await post(under(otherSystem, value));
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, organization(unique())));
    expect(body.entry[0].response.location).to.equal(`Organization/${stored.id}/_history/2`);
  });

  it("several match: the one whose id is the resource's is meant", async () => {
    const value = unique();
    const [, second] = [await post(organization(value)), await post(organization(value))];
    const resource = organization(value, { id: second.id, active: true });
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, resource));
    expect(body.entry[0].response.location).to.equal(`Organization/${second.id}/_history/2`);
  });

  for (const id of [undefined, 'somewhere-else']) {
    it(`several match, none of them with the resource's id (${id}): 412`, async () => {
      const value = unique();
      for (const _ of [1, 2]) await post(organization(value));
      const { status, body } = await send(
        entry(`PUT Organization?identifier=${value}`, organization(value, id === undefined ? {} : { id })),
      );
      expect(status).to.equal(412);
      expect(body.issue[0].expression).to.deep.equal(['Bundle.entry[0].request.url']);
    });
  }

  it('two entries that resolve to one stored resource fail the transaction', async () => {
    const value = unique();
    const stored = await post(organization(value));
    const { status, body } = await send(
      entry(`PUT Organization?identifier=${value}`, organization(value)),
      entry(`PUT Organization/${stored.id}`, organization(value, { id: stored.id })),
    );
    expect(status).to.equal(400);
    expect(body.issue[0].code).to.equal('duplicate');
    expect((await server().fetchFhir(`Organization/${stored.id}`)).body.meta.versionId).to.equal('1');
  });

  it('two entries that describe one resource nobody has stored yet fail the transaction', async () => {
    const [value, second] = [unique(), unique()];
    const both = organization(value, {
      identifier: [
        { system, value },
        { system, value: second },
      ],
    });
    const before = (await server().fetchFhir('Organization?_summary=count')).body.total;
    const twins = await send(
      entry(`PUT Organization?identifier=${value}`, organization(value, { id: unique('own') })),
      entry(`PUT Organization?identifier=${value}`, organization(value, { id: unique('own') })),
    );
    const brought = await send(
      entry(`PUT Organization?identifier=${value}`, both),
      entry(`PUT Organization?identifier=${second}`, organization(second)),
    );
    for (const { status, body } of [twins, brought]) {
      expect(status, JSON.stringify(body)).to.equal(400);
      expect(body.issue[0].code).to.equal('duplicate');
    }
    expect((await server().fetchFhir('Organization?_summary=count')).body.total).to.equal(before);
  });

  it('is resolved against the state before the transaction', async () => {
    const value = unique();
    const stored = await post(organization(value));
    const { status, body } = await send(
      entry(`DELETE Organization/${stored.id}`),
      entry(`PUT Organization?identifier=${value}`, organization(value)),
    );
    expect(status).to.equal(400);
    expect(body.issue[0].code).to.equal('duplicate');
  });

  it('an id that none can have is refused', async () => {
    const value = unique();
    const { status, body } = await send(
      entry(`PUT Organization?identifier=${value}`, organization(value, { id: 'under_score' })),
    );
    expect(status).to.equal(400);
    expect(body.issue[0].expression[0]).to.equal('Bundle.entry[0].resource.id');
  });

  it("with a patient's token nothing tells whether an id is free", async () => {
    const people = await Promise.all([1, 2].map(() => post(patient(unique()))));
    const token = await server().token('patient/*.cruds', { patient: people[0].id });
    const body = bundle(
      'transaction',
      entry('PUT Observation?identifier=unknown', {
        resourceType: 'Observation',
        id: 'mine',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: `Patient/${people[0].id}` },
      }),
    );
    const answer = await server().fetchFhir('', { method: 'POST', body, token });
    expect(answer.status).to.equal(200);
    expect(answer.body.entry[0].response.location).not.to.include('Observation/mine/');
  });
});
