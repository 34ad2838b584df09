/** Bulk export and import on MongoDB, over the wire, with two servers on one database. */
import { expect } from 'chai';
import { begin, ended, finish, namesOf, result } from '../support/bulk.ts';
import { findMongo, type MongoServer, skipWithoutMongo, startMongo } from '../support/mongodb-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';

const source = findMongo();

describe('bulk data on MongoDB', function () {
  this.timeout(60_000);

  if (source === undefined) {
    it('has a server to run against', function () {
      skipWithoutMongo(this);
    });
    return;
  }

  let mongo: MongoServer;
  before(async () => {
    mongo = await startMongo(source);
  });
  after(() => mongo.stop());

  it('what one server begins, every server knows; what is imported can be exported', async () => {
    await withFolder(async (dataDir) => {
      // One key and one address: for their clients the two are one server.
      const environment = { VALIDATION: 'base', PUBLIC_BASE_URL: 'http://fse.example/fhir' };
      const options = { store: 'mongodb', mongodbUri: mongo.newDatabase(), environment, dataDir } as const;
      const one = await startTestServer(options);
      const other = await startTestServer(options);
      try {
        await exchange(one, other);
      } finally {
        await one.close();
        await other.close();
      }
    });
  });
});

async function exchange(one: TestServer, other: TestServer): Promise<void> {
  const ids = Array.from({ length: 250 }, (_, index) => `m${index}`);
  const lines = ids.map((id) => JSON.stringify({ resourceType: 'Patient', id, gender: 'female' }));
  lines.push(
    JSON.stringify({
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/m7' },
    }),
  );
  lines.push(JSON.stringify({ resourceType: 'Patient', id: 'bad', gender: 'x' }));
  const body = lines.reverse().join('\n');
  const imported = await finish(one, '$import', { method: 'POST', body, headers: { 'content-type': 'application/fhir+ndjson' } });
  expect(imported.manifest.output).to.deep.equal([
    { type: 'Observation', count: 1, created: 1, updated: 0, unchanged: 0 },
    { type: 'Patient', count: 250, created: 250, updated: 0, unchanged: 0 },
  ]);
  expect(imported.manifest.error).to.have.length(1);

  const status = await begin(one, 'Patient/$export');
  const seenByOther = result(other, await ended(other, status));
  expect(namesOf(await seenByOther.files('output'))).to.deep.equal([...ids.map((id) => `Patient/${id}`), 'Observation/o'].sort());
  // What may still be on its way to be committed is told again by the next export.
  expect(Date.parse(seenByOther.manifest.transactionTime)).to.be.below(Date.now() - 60_000);

  await one.fetchFhir('Observation/o', { method: 'DELETE' });
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const { manifest } = await finish(other, `$export?_since=${since}&_type=Observation`);
  expect(manifest.output).to.deep.equal([]);
  expect((await other.fetchFhir(status, { method: 'DELETE' })).status).to.equal(202);
  expect((await one.fetchFhir(status)).status).to.equal(404);
}
