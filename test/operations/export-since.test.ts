/** Exports of what changed: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters `_since`, and `deleted` in the manifest */
import { expect } from 'chai';
import { observation, patient, unique } from '../spec/on-stores.ts';
import { finish, namesOf } from '../support/bulk.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

for (const store of ['memory', 'embedded'] as const) {
  describe(`$export?_since= (${store})`, () => {
    let time = Date.UTC(2026, 5, 1);
    let server: TestServer;
    const put = async (type: string, id: string, resource: object) => {
      time += 1000;
      const answer = await server.fetchFhir(`${type}/${id}`, { method: 'PUT', body: { ...resource, resourceType: type, id } });
      expect(answer.status, answer.text).to.be.oneOf([200, 201]);
    };
    const drop = async (path: string) => {
      time += 1000;
      expect((await server.fetchFhir(path, { method: 'DELETE' })).status).to.equal(204);
    };
    const deletions = (bundles: readonly { entry: readonly { request: { method: string; url: string } }[] }[] = []) =>
      bundles.flatMap(({ entry }) => entry.map(({ request }) => `${request.method} ${request.url}`)).sort();

    before(async () => {
      server = await startTestServer({ store, now: () => time, environment: { VALIDATION: 'base', REFERENCES: 'free' } });
      for (const id of ['a', 'b', 'c']) await put('Patient', id, patient(unique()));
      for (const id of ['oa', 'oa2', 'ob', 'oc']) await put('Observation', id, observation(`Patient/${id.charAt(1)}`));
      await put('Device', 'd', {});
      await put('Group', 'g', { type: 'person', actual: true, member: [{ entity: { reference: 'Patient/a' } }] });
    });
    after(() => server.close());

    it('gives what changed since, and in `deleted` what is gone, as transaction Bundles of DELETE', async () => {
      time += 1000;
      const first = await finish(server, '$export');
      expect(first.manifest.transactionTime).to.equal(new Date(time).toISOString());
      await put('Patient', 'b', patient(unique(), { active: true }));
      await drop('Observation/oa');
      await drop('Observation/oc');
      await drop('Device/d');
      await put('Observation', 'oc', observation('Patient/c', { note: [{ text: 'back again' }] }));
      time += 1000;
      const { manifest, files } = await finish(server, `$export?_since=${first.manifest.transactionTime}`);
      expect(namesOf(await files('output'))).to.deep.equal(['Observation/oc', 'Patient/b']);
      const { Bundle: bundles = [] } = await files('deleted');
      expect(deletions(bundles)).to.deep.equal(['DELETE Device/d', 'DELETE Observation/oa']);
      for (const bundle of bundles) expect(bundle).to.include({ resourceType: 'Bundle', type: 'transaction' });
      expect(manifest.deleted.every(({ type }: { type: string }) => type === 'Bundle')).to.equal(true);
      const nothing = await finish(server, `$export?_since=${manifest.transactionTime}`);
      expect([nothing.manifest.output, nothing.manifest.deleted]).to.deep.equal([[], undefined]);
    });

    it('tells of the deletions of the types and patients asked for alone', async () => {
      const since = new Date(time).toISOString();
      await drop('Observation/oa2');
      await drop('Observation/ob');
      await drop('Patient/c');
      await put('Device', 'e', {});
      await drop('Device/e');
      time += 1000;
      const of = async (path: string) => deletions((await (await finish(server, path)).files('deleted'))['Bundle']);
      expect(await of(`$export?_since=${since}&_type=Observation`)).to.deep.equal([
        'DELETE Observation/oa2',
        'DELETE Observation/ob',
      ]);
      expect(await of(`Group/g/$export?_since=${since}`)).to.deep.equal(['DELETE Observation/oa2']);
      expect(await of(`Patient/$export?_since=${since}`)).to.deep.equal([
        'DELETE Observation/oa2',
        'DELETE Observation/ob',
        'DELETE Patient/c',
      ]);
      expect((await finish(server, '$export')).manifest).to.not.have.property('deleted');
    });

    it('the Bundles bring a copy up to date', async () => {
      const since = new Date(time).toISOString();
      await put('Basic', 'x', { code: { text: 'x' } });
      const copied = await finish(server, `$export?_type=Basic&_since=${since}`);
      expect(namesOf(await copied.files('output'))).to.deep.equal(['Basic/x']);
      await drop('Basic/x');
      time += 1000;
      const { Bundle: [bundle] = [] } = await (await finish(server, `$export?_type=Basic&_since=${since}`)).files('deleted');
      await put('Basic', 'x', { code: { text: 'x' } });
      const answer = await server.fetchFhir('', { method: 'POST', body: bundle });
      expect(answer.status, answer.text).to.equal(200);
      expect((await server.fetchFhir('Basic/x')).status).to.equal(410);
    });
  });
}
