/** Writers that come at the same time, over HTTP: on every store, since each lets them meet in its own way. */
import { expect } from 'chai';
import { jsonPatch } from '../support/patches.ts';
import { describeOnEveryStore } from './on-every-store.ts';
import { bundle, entry, observation, organization, patient, system, unique } from './on-stores.ts';

const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status).sort();

describeOnEveryStore('writers at the same time', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  const create = async (body: object) => {
    const { resourceType } = body as { resourceType: string }; // The factories' resources have one.
    return (await server().fetchFhir(resourceType, { method: 'POST', body })).body;
  };
  const count = async (query: string) => (await server().fetchFhir(`${query}&_summary=count`)).body.total;

  it('http.html#ccreate: of 64 creates with one If-None-Exist one is a 201, and 63 answer with what it brought', async () => {
    const value = unique();
    const headers = { 'if-none-exist': `identifier=${system}|${value}` };
    const answers = await times(64, () => server().fetchFhir('Patient', { method: 'POST', body: patient(value), headers }));
    expect(statuses(answers)).to.deep.equal([...Array(63).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).to.equal(1);
    expect(await count(`Patient?identifier=${value}`)).to.equal(1);
  });

  it('of 16 creates whose conditions are written differently but mean one patient, one is a 201', async () => {
    const value = unique();
    const conditions = [`identifier=${value}`, `identifier=${system}|${value}`];
    const answers = await times(16, (index) => {
      const headers = { 'if-none-exist': conditions[index % 2] ?? '' };
      return server().fetchFhir('Patient', { method: 'POST', body: patient(value), headers });
    });
    expect(statuses(answers)).to.deep.equal([...Array(15).fill(200), 201]);
  });

  it('http.html#cond-update: of 16 conditional updates that find nothing one creates, and all are kept as versions', async () => {
    const value = unique();
    const answers = await times(16, (index) =>
      server().fetchFhir(`Patient?identifier=${system}|${value}`, {
        method: 'PUT',
        body: patient(value, { multipleBirthInteger: index + 1 }),
      }),
    );
    expect(statuses(answers)).to.deep.equal([...Array(15).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.headers.get('etag'))).size).to.equal(16);
  });

  it('16 bundles that update one Organization by condition and refer to it all succeed', async () => {
    const value = unique();
    const answers = await times(16, (index) =>
      send(
        entry(`PUT Organization?identifier=${value}`, organization(value, { name: `Struttura ${index}` }), {
          fullUrl: 'urn:uuid:6f9b0a3e-1111-4222-8333-000000000001',
        }),
        entry(
          'POST Patient',
          patient(unique(), { managingOrganization: { reference: 'urn:uuid:6f9b0a3e-1111-4222-8333-000000000001' } }),
        ),
      ),
    );
    expect(statuses(answers)).to.deep.equal(Array(16).fill(200));
    expect(await count(`Organization?identifier=${value}`)).to.equal(1);
    expect(await count(`Patient?organization.identifier=${value}`)).to.equal(16);
  });

  it('16 bundles that refer to one Organization by condition do not hinder each other', async () => {
    const value = unique();
    await create(organization(value));
    const managingOrganization = { reference: `Organization?identifier=${value}` };
    const answers = await times(16, () => send(entry('POST Patient', patient(unique(), { managingOrganization }))));
    expect(statuses(answers)).to.deep.equal(Array(16).fill(200));
    expect((await server().fetchFhir(`Organization?identifier=${value}`)).body.entry[0].resource.meta.versionId).to.equal('1');
  });

  it('16 bundles that update the same resources in opposite orders all succeed', async () => {
    const people = await times(3, () => create(patient(unique())));
    const answers = await times(16, (index) => {
      const entries = people.map((one) => entry(`PUT Patient/${one.id}`, { ...one, multipleBirthInteger: index + 1 }));
      return send(...(index % 2 === 0 ? entries : entries.reverse()));
    });
    expect(statuses(answers)).to.deep.equal(Array(16).fill(200));
    for (const { id } of people) expect((await server().fetchFhir(`Patient/${id}`)).body.meta.versionId).to.equal('17');
  });

  it('http.html#patch: of 16 patches of one resource none is lost', async () => {
    const { id } = await create(patient(unique()));
    const answers = await times(16, (index) =>
      server().fetchFhir(`Patient/${id}`, jsonPatch({ op: 'add', path: '/name/0/given/-', value: `g${index}` })),
    );
    expect(statuses(answers)).to.deep.equal(Array(16).fill(200));
    const { body } = await server().fetchFhir(`Patient/${id}`);
    expect([body.meta.versionId, body.name[0].given.length]).to.deep.equal(['17', 17]);
  });

  it('http.html#concurrency: of 16 updates with one If-Match one passes, and 15 are 412', async () => {
    const before = await create(patient(unique()));
    const answers = await times(16, (index) =>
      server().fetchFhir(`Patient/${before.id}`, {
        method: 'PUT',
        body: { ...before, multipleBirthInteger: index + 1 },
        headers: { 'if-match': 'W/"1"' },
      }),
    );
    expect(statuses(answers)).to.deep.equal([200, ...Array(15).fill(412)]);
  });

  it('of a delete and of references that come at the same time, none leaves a reference to nothing', async () => {
    await times(6, async () => {
      const { id } = await create(patient(unique()));
      const [removed, ...created] = await Promise.all([
        server().fetchFhir(`Patient/${id}`, { method: 'DELETE' }),
        ...Array.from({ length: 3 }, () =>
          server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${id}`) }),
        ),
      ]);
      expect(removed?.status).to.be.oneOf([204, 409]);
      expect(new Set(statuses(created))).to.deep.equal(new Set([removed?.status === 204 ? 422 : 201]));
    });
  });

  it('of deletes, updates and creates of one resource each is answered as it came, none with a 500', async () => {
    const id = unique('busy');
    const answers = await times(24, (index) =>
      server().fetchFhir(
        `Patient/${id}`,
        index % 3 === 0 ? { method: 'DELETE' } : { method: 'PUT', body: patient(unique(), { id }) },
      ),
    );
    for (const answer of answers) expect(answer.status, answer.text).to.be.oneOf([200, 201, 204]);
  });
});
