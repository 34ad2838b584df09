/** As `on-stores.ts`, and on MongoDB when a server is found: for what depends on how stores let writers meet. */
import { findMongo, type MongoServer, skipWithoutMongo, startMongo } from '../support/mongodb-server.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { describeOnStores } from './on-stores.ts';

const source = findMongo();

export interface EveryStoreOptions extends TestServerOptions {
  /** For the stand-in alone: what it is started with. */
  readonly standInFlags?: readonly string[];
}

export function describeOnEveryStore(
  title: string,
  body: (server: () => TestServer) => void,
  { standInFlags = [], ...options }: EveryStoreOptions = {},
): void {
  describeOnStores(title, body, options);
  describe(`${title} (MongoDB${source?.kind === 'stand-in' ? ', stand-in' : ''})`, function () {
    this.timeout(120_000);
    if (source === undefined) {
      it('has a server to run against', function () {
        skipWithoutMongo(this);
      });
      return;
    }
    let mongo: MongoServer | undefined;
    let running: TestServer | undefined;
    before(async () => {
      mongo = await startMongo(source, standInFlags);
      running = await startTestServer({ ...options, store: 'mongodb', mongodbUri: mongo.newDatabase() });
    });
    after(async () => {
      await running?.close();
      await mongo?.stop();
    });
    body(() => {
      if (running === undefined) throw new Error('The server is not running.');
      return running;
    });
  });
}
