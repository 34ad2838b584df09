/** The suite: short in every run of the tests, long under `npm run test:long`, with a seed of its own each time. */
import { expect } from 'chai';
import { openEmbedded } from '../../../src/store/embedded/embedded.ts';
import { openMongoStore } from '../../../src/store/mongodb/open.ts';
import { findMongo, type MongoServer, skipWithoutMongo, startMongo } from '../../support/mongodb-server.ts';
import { chooseSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type Comparison, compareStores, type Summary } from './compare.ts';

export interface Extent {
  /** Sets of random resources. */
  readonly rounds: number;
  /** Random queries on each. */
  readonly queries: number;
  readonly mongoQueries: number;
}

export function describeDifferential({ rounds, queries, mongoQueries }: Extent): void {
  const folder = temporaryFolder('fascicolo-differential-');
  const seed = chooseSeed();
  const walking = { gatherMax: 2, gatherLateMax: 12, stepFirst: 1, stepMax: 3, walkMax: 12, rowsMax: 1e6, totalRowsMax: 1e6 };
  const embedded: Comparison['open'] = {
    SQLite: (settings) => openEmbedded({ ...settings, dataDir: folder() }),
    'SQLite, walking': (settings) => openEmbedded({ ...settings, dataDir: folder(), effort: walking }),
  };

  for (let round = 0; round < rounds; round += 1) {
    it(`SQLite finds what the matcher finds (SEED=${seed + round})`, async () => {
      tellSomething(await compareStores({ seed: seed + round, queries, open: embedded }));
    });
  }

  const source = findMongo();
  if (source === undefined) {
    it('MongoDB finds what the matcher finds', function () {
      skipWithoutMongo(this);
    });
    return;
  }
  describe(`MongoDB (${source.kind})`, () => {
    let server: MongoServer;
    before(async function () {
      this.timeout(60_000);
      server = await startMongo(source);
    });
    after(() => server.stop());
    for (let round = 0; round < rounds; round += 1) {
      it(`finds what the matcher finds (SEED=${seed + round})`, async () => {
        const open = { MongoDB: (settings: object) => openMongoStore(server.newDatabase(), settings) };
        tellSomething(await compareStores({ seed: seed + round, queries: mongoQueries, open }));
      });
    }
  });
}

/** Queries that are refused, or find nothing or all, would let any two stores agree. */
function tellSomething({ asked, refused, telling }: Summary): void {
  const what = `${asked} asked, ${refused} refused, ${telling} found some`;
  expect(refused / asked, what).to.be.below(0.25);
  expect(telling / asked, what).to.be.above(0.15);
}
