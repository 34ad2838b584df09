/** What the store contract can't ask: how documents lie in MongoDB, which indexes serve them, and what a start refuses. */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Binary, BSON, type Db, MongoClient } from 'mongodb';
import { limits } from '../../src/fhir/limits.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { and, type Criterion, or } from '../../src/search/criterion.ts';
import { expectationFailure } from '../../src/store/expectation.ts';
import { currentFilter, followChains } from '../../src/store/mongodb/chains.ts';
import { currentOf, historyOf } from '../../src/store/mongodb/document.ts';
import { openMongoStore } from '../../src/store/mongodb/open.ts';
import type { Store } from '../../src/store/store.ts';
import { findMongo, type MongoServer, startMongo, withDatabase } from '../support/mongodb-server.ts';
import {
  anyone,
  ascending,
  authorized,
  commit,
  compartment,
  creation,
  deletion,
  found,
  has,
  hasText,
  hasToken,
  keyOf,
  range,
  text,
  token,
  update,
  uri,
} from './contract-fixtures.ts';

const source = findMongo();

/** Where there is no server, mongodb.test.ts says so. */
(source === undefined ? describe.skip : describe)('MongoDB adapter', function () {
  this.timeout(60_000);
  if (source === undefined) return;

  let server: MongoServer;
  let address: string;
  let store: Store;
  let client: MongoClient;
  let db: Db;
  before(async () => {
    server = await startMongo(source);
    address = server.newDatabase();
    store = await openMongoStore(address);
    client = await MongoClient.connect(address);
    db = client.db();
  });
  after(async () => {
    await store.close();
    await client.close();
    await server.stop();
  });

  describe('documents', () => {
    it('keep every version in the history, with the hash of its text and a place that waits for its number', async () => {
      await commit(store, creation('Basic/kept', { note: 'first' }));
      await commit(store, update('Basic/kept', { note: 'second' }));
      await commit(store, deletion('Basic/kept'));
      const versions = await historyOf(db).find({ '_id.id': 'kept' }).sort({ '_id.v': 1 }).toArray();
      expect(versions.map(({ _id, m, seq }) => [_id.v, m, seq])).to.deep.equal([
        [1, 'POST', null],
        [2, 'PUT', null],
        [3, 'DELETE', null],
      ]);
      for (const { b, h } of versions) {
        expect(Buffer.from(h.buffer).toString('hex')).to.equal(createHash('sha256').update(String(b)).digest('hex'));
      }
    });

    it('keep a long text compressed, and give it back as it came', async () => {
      const note = 'Referto: è tutto nella norma. 🩺 '.repeat(2_000);
      await commit(store, creation('DiagnosticReport/long', { note }));
      const stored = await currentOf(db, 'DiagnosticReport').findOne({ _id: 'long' });
      expect(stored?.b).to.be.instanceOf(Binary);
      expect(BSON.calculateObjectSize(stored ?? {})).to.be.below(5_000);
      const read = await store.read(keyOf('DiagnosticReport/long'), anyone);
      expect(JSON.parse(read?.text ?? '').language).to.equal(note);
    });

    it('that MongoDB could not hold are refused with 413, and nothing is written', async () => {
      const writes = [creation('Basic/beside'), creation('Binary/huge', { note: randomBytes(17_000_000).toString('base64') })];
      expect(await failureOf(store.transact(writes))).to.include({ status: 413 });
      expect(await store.read(keyOf('Basic/beside'), anyone)).to.equal(undefined);
    });
  });

  it('refuses a chain that leads through more resources than the limit', async () => {
    const many = Array.from({ length: limits.chainResourcesMax + 1 }, (_, at) => ({ _id: `e${at}`, del: false }));
    await db.collection<{ _id: string; del: boolean }>('Encounter').insertMany(many);
    const types = ['Encounter'];
    const wide: Criterion = { kind: 'chain', parameter: 'encounter', types, target: { kind: 'type', types } };
    expect(await failureOf(found(store, 'Observation', wide))).to.include({ status: 422 });
    const narrow: Criterion = { ...wide, target: { kind: 'id', ids: ['e1'] } };
    expect(await found(store, 'Observation', narrow)).to.deep.equal([]);
  });

  describe('indexes', () => {
    it('stay as few whatever is indexed', async () => {
      const entries = Array.from({ length: 100 }, (_, at) => [
        token(`p${at}`, 's', 'c'),
        range(`r${at}`, at),
        text(`t${at}`, 'x'),
      ]);
      await commit(store, creation('Flag/many', { entries: entries.flat() }));
      expect(await db.collection('Flag').listIndexes().toArray()).to.have.length(9);
      expect(await db.collection('history').listIndexes().toArray()).to.have.length(7);
    });

    const cases: readonly (readonly [string, Criterion])[] = [
      ['a token', hasToken('code', 'c1', 's')],
      ['a code of any system', hasToken('code', 'c1')],
      ['any code of a system', hasToken('code', undefined, 's')],
      ['the start of a string', hasText('name', 'prefix', 'na')],
      ['a date from', has('date', { shape: 'range', comparison: 'ge', low: 100, high: 100, unit: '' })],
      ['a date until', has('date', { shape: 'range', comparison: 'lt', low: 100, high: 100, unit: '' })],
      ['a uri and what is below', has('url', { shape: 'uri', match: 'below', value: 'http://a' })],
      ['one of several values', or(hasToken('code', 'c1'), hasToken('code', 'c2'))],
      ['two parameters', and(hasToken('code', 'c1'), hasText('name', 'prefix', 'na'))],
      ['a compartment', compartment('Patient/A')],
      ['ids', { kind: 'id', ids: ['i1', 'i2'] }],
    ];
    before(() =>
      store.transact(
        Array.from({ length: 60 }, (_, at) => {
          const entries = [
            token('code', 's', `c${at}`),
            text('name', `na${at}`),
            range('date', at),
            uri('url', `http://a/${at}`),
          ];
          return creation(`Media/i${at}`, { entries, compartments: [`Patient/${at}`] });
        }),
      ),
    );
    for (const [what, criterion] of cases) {
      it(`serve ${what}`, async function () {
        // The stand-in scans as soon as a filter has two members; only a MongoDB server's plan says anything.
        if (source.kind === 'stand-in') this.skip();
        const filter = currentFilter(await followChains(criterion, { db }), 'Media');
        const plan = await db
          .collection('Media')
          .find(filter ?? {})
          .explain('queryPlanner');
        expect(stagesOf(plan['queryPlanner']['winningPlan'])).to.satisfy(
          (stages: readonly string[]) =>
            !stages.includes('COLLSCAN') && stages.some((stage) => ['IXSCAN', 'IDHACK', 'EXPRESS_IXSCAN'].includes(stage)),
        );
      });
    }
  });

  describe('values', () => {
    const strange = [
      '$where',
      '{"$gt":""}',
      'a.b',
      '__proto__',
      '.*',
      '^(a+)+$',
      'a|b',
      'a\\|b',
      '%',
      'a\u0000b',
      '\u{10ffff}',
      "'; drop",
    ];
    before(() =>
      store.transact(
        strange.map((value, at) =>
          creation(`Composition/v${at}`, { entries: [token(value, value, value), text('title', value), range(value, at)] }),
        ),
      ),
    );
    for (const [at, value] of strange.entries()) {
      it(`stay values: ${JSON.stringify(value)}`, async () => {
        const only = [`Composition/v${at}`];
        expect(await found(store, 'Composition', hasToken(value, value, value))).to.deep.equal(only);
        expect(await found(store, 'Composition', hasText('title', 'exact', value))).to.deep.equal(only);
        expect(await found(store, 'Composition', hasText('title', 'contains', value))).to.deep.include(only[0]);
        const sorted = await found(store, 'Composition', has(value), { sort: [ascending(value, 'range')] });
        expect(sorted).to.deep.equal(only);
      });
    }

    it('of a system and its code never run into each other', async () => {
      await commit(store, creation('Composition/joined', { entries: [token('code', 'a|b', 'c')] }));
      expect(await found(store, 'Composition', hasToken('code', 'b|c', 'a'))).to.deep.equal([]);
      expect(await found(store, 'Composition', hasToken('code', 'c', 'a|b'))).to.deep.equal(['Composition/joined']);
    });

    for (const type of ['history', 'system.users', 'Patient.x', '$cmd', '']) {
      it(`name no collection: ${JSON.stringify(type)}`, async () => {
        expect(await failureOf(store.read({ type, id: 'x' }, anyone))).to.include({ status: 404 });
      });
    }
  });

  describe('writers', () => {
    const cf = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';
    const entries = [token('identifier', cf, 'X'), token('identifier', 'urn:local', 'Y')];
    const conditions = [
      hasToken('identifier', 'X', cf),
      hasToken('identifier', 'X'),
      hasToken('identifier', 'Y', 'urn:local'),
      and(hasToken('identifier', 'X', cf), hasToken('identifier', 'Y')),
      or(hasToken('identifier', 'X', cf), hasToken('identifier', 'Z', cf)),
    ].map(authorized);

    it('on several servers, asking for one thing in different ways, create it once', async () => {
      const second = await openMongoStore(address);
      const attempts = Array.from({ length: 30 }, (_, at) => {
        const criterion = conditions[at % conditions.length] ?? anyone;
        const write = creation(`Practitioner/p${at}`, { entries, expect: { kind: 'no-match', criterion } });
        return (at % 2 === 0 ? store : second).transact([write]);
      });
      const refused = (await Promise.allSettled(attempts)).filter((result) => result.status === 'rejected');
      await second.close();
      expect(refused).to.have.length(29);
      for (const { reason } of refused) expect(expectationFailure(reason)).to.deep.equal({ writeIndex: 0, kind: 'no-match' });
      expect(await found(store, 'Practitioner', hasToken('identifier', 'X'))).to.have.length(1);
    });

    it('leave no identifier in the guards', async () => {
      const guards = await db.collection('guards').find().toArray();
      expect(guards).to.have.length.above(0);
      expect(JSON.stringify(guards)).not.to.match(/"[XYZ]"|2\.16\.840/);
    });

    it('that meet a transaction which does not end are told 409; when it ends they succeed', async () => {
      await commit(store, creation('Basic/held'));
      const session = client.startSession();
      session.startTransaction();
      await db.collection<{ _id: string }>('Basic').updateOne({ _id: 'held' }, { $set: { held: true } }, { session });
      expect(await failureOf(commit(store, update('Basic/held')))).to.include({ status: 409 });
      const waiting = commit(store, update('Basic/held'));
      await session.abortTransaction();
      await session.endSession();
      expect(await waiting).to.include({ versionId: '2' });
    });
  });

  describe('a start', () => {
    it('is refused on a database of another schema version', async () => {
      const other = server.newDatabase();
      await (await openMongoStore(other)).close();
      await client
        .db(new URL(other).pathname.slice(1))
        .collection<{ _id: string }>('settings')
        .updateOne({ _id: 'schema' }, { $set: { version: 99 } });
      expect(await failureOf(openMongoStore(other)))
        .to.have.property('message')
        .that.includes('schema version 99');
    });

    it('can be repeated', async () => {
      const again = await openMongoStore(address);
      await commit(again, creation('Basic/again'));
      await again.close();
      expect(await store.read(keyOf('Basic/again'), anyone)).to.include({ versionId: '1' });
    });

    it('is refused on a server that stands alone, because it has no transactions', async function () {
      if (source.kind !== 'stand-in') this.skip();
      const alone = await startMongo(source, ['--standalone']);
      const failure = await failureOf(openMongoStore(alone.newDatabase()));
      await alone.stop();
      expect(failure)
        .to.have.property('message')
        .that.matches(/stands alone.*rs\.initiate/);
    });

    it('is refused without a server, naming the host and no password', async () => {
      const failure = await failureOf(openMongoStore('mongodb://somebody:secret@127.0.0.1:1/x'));
      expect(failure)
        .to.have.property('message')
        .that.matches(/^No MongoDB server answers at 127\.0\.0\.1:1\./);
    });

    it('is refused with a connection string that is none', async () => {
      expect(await failureOf(openMongoStore('localhost:27017')))
        .to.have.property('message')
        .that.matches(/^MONGODB_URI is no MongoDB connection string/);
    });
  });

  it('answers 503 while the server is gone', async function () {
    if (source.kind !== 'stand-in') this.skip();
    const lost = await startMongo(source);
    const orphan = await openMongoStore(lost.newDatabase());
    await commit(orphan, creation('Basic/there'));
    await lost.stop();
    const failures = [
      failureOf(orphan.read(keyOf('Basic/there'), anyone)),
      failureOf(commit(orphan, update('Basic/there'))),
      failureOf(found(orphan, 'Basic', hasToken('code'))),
    ];
    for (const failure of await Promise.all(failures)) {
      expect(failure).to.be.instanceOf(FhirError);
      expect(failure).to.include({ status: 503 });
    }
    await orphan.close();
  });
});

describe('the database in a connection string', () => {
  const cases = [
    ['mongodb://h:1', 'mongodb://h:1/new'],
    ['mongodb://h:1/', 'mongodb://h:1/new'],
    ['mongodb://a:1,b:2/?replicaSet=rs', 'mongodb://a:1,b:2/new?replicaSet=rs'],
    ['mongodb://u:p@h/old', 'mongodb://u:p@h/new?authSource=old'],
    ['mongodb+srv://u:p@h/old?authSource=admin', 'mongodb+srv://u:p@h/new?authSource=admin'],
  ] as const;
  for (const [given, wanted] of cases) {
    it(`is changed in ${given}`, () => expect(withDatabase(given, 'new')).to.equal(wanted));
  }
});

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The names of a plan's stages, wherever they stand in it. */
function stagesOf(plan: unknown): readonly string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const stage = 'stage' in plan ? [String(plan.stage)] : [];
  return [...stage, ...Object.values(plan).flatMap(stagesOf)];
}
