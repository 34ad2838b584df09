/** Search parameters that come at run time, on MongoDB, with two servers on one database. */
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { findMongo, type MongoServer, skipWithoutMongo, startMongo } from '../support/mongodb-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';

const source = findMongo();

describe('search parameters on MongoDB', function () {
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

  it('what is posted to one server, the others index what they write by, search by it and claim it within seconds of its being ready', async () => {
    await withFolder(async (dataDir) => {
      let ahead = 0;
      const environment = { VALIDATION: 'base', PUBLIC_BASE_URL: 'http://fse.example/fhir' };
      const now = () => Date.now() + ahead;
      const options = { store: 'mongodb', mongodbUri: mongo.newDatabase(), environment, dataDir, now } as const;
      const one = await startTestServer(options);
      const other = await startTestServer(options);
      try {
        await post(one, observation('before'));
        await post(one, parameter);
        const strict = { headers: { prefer: 'handling=strict' } };
        await until(async () => (await other.fetchFhir('Observation?comment=x', strict)).text.includes('It is new'));
        await post(other, observation('behind'));
        // No write that was planned without the parameter can still come.
        ahead = 110_000;
        let finished = false;
        while (!finished) {
          const { body, text } = await other.fetchFhir('$reindex', { method: 'POST' });
          const values = new Map(body.parameter.map((part: { name: string }) => [part.name, Object.values(part)[1]]));
          expect(values.get('wait'), text).to.equal(0);
          finished = values.get('finished') === true;
        }
        await until(async () => (await one.fetchFhir('metadata', { token: null })).text.includes(parameter.url));
        for (const server of [one, other]) {
          const { body } = await server.fetchFhir('Observation?comment=be&_total=accurate', strict);
          expect(body.total).to.equal(2);
        }
      } finally {
        await one.close();
        await other.close();
      }
    });
  });
});

const parameter = {
  resourceType: 'SearchParameter',
  url: 'https://example.org/fhir/SearchParameter/comment',
  name: 'Comment',
  description: 'For a test.',
  status: 'active',
  code: 'comment',
  base: ['Observation'],
  type: 'string',
  expression: 'Observation.note.text',
};

function observation(text: string): object {
  return { resourceType: 'Observation', status: 'final', code: { text: 'x' }, note: [{ text }] };
}

async function post(server: TestServer, body: object): Promise<void> {
  const { resourceType } = body as { resourceType: string };
  const { status, text } = await server.fetchFhir(resourceType, { method: 'POST', body });
  expect(status, text).to.equal(201);
}

/** Asks again and again what another server has to learn by itself; the test's time limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(50);
}
