/** The way a vendor's program uses the server: fhir-kit-client, from the first create to the last delete. */
import { expect } from 'chai';
import { Client } from 'fhir-kit-client';
import { bundle, describeOnStores, entry, observation, patient, system, unique } from './on-stores.ts';

describeOnStores('http.html, with fhir-kit-client', (server) => {
  // biome-ignore lint/suspicious/noExplicitAny: the client's resources are whatever the server sends; what is not there fails the assertion.
  type Any = any;

  it('creates, reads, updates, searches, transacts and deletes', async () => {
    const client = new Client({ baseUrl: server().baseUrl, bearerToken: await server().token('system/*.cruds') });
    const value = unique();
    const capability: Any = await client.capabilityStatement();
    expect(capability.fhirVersion).to.equal('4.0.1');

    const created: Any = await client.create({ resourceType: 'Patient', body: patient(value) as Any });
    const { id } = created;
    expect(created.meta.versionId).to.equal('1');
    expect(await client.read({ resourceType: 'Patient', id })).to.deep.equal(created);

    const updated: Any = await client.update({ resourceType: 'Patient', id, body: { ...created, active: true } });
    expect(updated.meta.versionId).to.equal('2');
    expect(await client.vread({ resourceType: 'Patient', id, version: '1' })).to.deep.equal(created);

    const found: Any = await client.search({ resourceType: 'Patient', searchParams: { identifier: `${system}|${value}` } });
    expect(found.entry.map((one: Any) => one.resource.id)).to.deep.equal([id]);

    const answer: Any = await client.transaction({
      body: bundle('transaction', entry('POST Observation', observation(`Patient/${id}`))) as Any,
    });
    expect(answer.entry[0].response.status).to.equal('201 Created');
    const record: Any = await client.operation({ name: '$everything', resourceType: 'Patient', id, method: 'GET' });
    expect(record.entry.map((one: Any) => one.resource.resourceType)).to.have.members(['Patient', 'Observation']);

    const held: Any = await client.delete({ resourceType: 'Patient', id }).catch((error: unknown) => error);
    expect(held.response.status).to.equal(409);
    const [, observationId = ''] = String(answer.entry[0].response.location).split('/');
    await client.delete({ resourceType: 'Observation', id: observationId });
    await client.delete({ resourceType: 'Patient', id });
    const refused: Any = await client.read({ resourceType: 'Patient', id }).catch((error: unknown) => error);
    expect(refused.response.status).to.equal(410);
    const history: Any = await client.history({ resourceType: 'Patient', id });
    expect(history.entry).to.have.length(3);
  });
});
