/** The store contract on MongoDB, over the wire, against the first server found. */
import { expect } from 'chai';
import type { Suite, Test } from 'mocha';
import { openMongoStore } from '../../src/store/mongodb/open.ts';
import { openJobStore } from '../../src/store/open.ts';
import { findMongo, type MongoServer, skipWithoutMongo, startMongo } from '../support/mongodb-server.ts';
import { describeStore } from './contract.ts';
import { describeJobStore } from './job-store-contract.ts';
import { type StandInException, standInExceptions } from './stand-in-exceptions.ts';

const source = findMongo();

/** Raised only together with a reason in `stand-in-exceptions.ts`, so that the list can't grow unnoticed. */
const exceptionsMax = 0;

describe('MongoDB', function () {
  this.timeout(60_000);

  if (source === undefined) {
    it('has a server to run against', function () {
      skipWithoutMongo(this);
    });
    return;
  }

  let server: MongoServer;
  before(async () => {
    server = await startMongo(source);
  });
  after(() => server.stop());

  describeStore(`MongoDB (${source.kind})`, (settings) => openMongoStore(server.newDatabase(), settings));

  let jobs: string | undefined;
  describeJobStore(`MongoDB (${source.kind})`, () => {
    jobs ??= server.newDatabase();
    return openJobStore({ mongodbUri: jobs, dataDir: '' });
  });

  if (source.kind === 'stand-in') expectToFail(this, standInExceptions);

  it(`makes at most ${exceptionsMax} exceptions for the stand-in`, () => {
    expect(standInExceptions.length).to.be.at.most(exceptionsMax);
  });
});

/** Turns the listed cases round: a failure is what is expected, and a case that no longer exists or passes has to leave the list. */
function expectToFail(suite: Suite, exceptions: readonly StandInException[]): void {
  const cases: Test[] = [];
  suite.eachTest((test: Test) => cases.push(test));
  for (const { title, reason } of exceptions) {
    const found = cases.filter((test) => test.fullTitle().endsWith(title));
    if (found.length !== 1) throw new Error(`stand-in-exceptions.ts: ${found.length} cases are called "${title}".`);
    for (const test of found) turnRound(test, reason);
  }
}

function turnRound(test: Test, reason: string): void {
  const run = test.fn;
  test.title += ` (fails on the stand-in: ${reason})`;
  test.fn = async function (this: Mocha.Context) {
    const failure: unknown = await Promise.resolve()
      // No case of the contract takes a callback.
      .then(() => (run as Mocha.AsyncFunc).call(this))
      .then(
        () => undefined,
        (error: unknown) => error ?? new Error('It failed without a reason.'),
      );
    if (failure === undefined) throw new Error('The stand-in passes this case: take it out of stand-in-exceptions.ts.');
  };
}
