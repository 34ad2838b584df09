/** The connection to MongoDB: opened once, checked for what the store needs, closed with it. */
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { prepareDatabase, prepareType } from './collections.ts';
import { isUnreachable } from './errors.ts';
import { openSlots, type Slots } from './slots.ts';

export interface Database {
  readonly client: MongoClient;
  readonly db: Db;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Makes sure that the type's collection and indexes exist. */
  readonly prepare: (type: string) => Promise<void>;
  /** Numbers that transactions running at the same time do not share, as far as there are enough: see `check-integrity.ts`. */
  readonly slots: Slots;
}

/** Opens the database that the URI names, `fascicolo` if it names none. Throws an Error whose message says what to do. */
export async function openDatabase(uri: string, now: () => number): Promise<Database> {
  const client = makeClient(uri);
  try {
    await client.connect();
    await requireTransactions(client);
    const db = client.db(databaseName(uri));
    await requireSchema(db);
    await prepareDatabase(db);
    return { client, db, now, prepare: onceForEach((type) => prepareType(db, type)), slots: openSlots() };
  } catch (error) {
    await client.close();
    throw startError(error, client);
  }
}

function makeClient(uri: string): MongoClient {
  try {
    return new MongoClient(uri, {
      appName: 'fascicolo',
      // What is answered has been written to the journals of a majority, and what is read can't be rolled back, whatever the URI says.
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      retryReads: true,
      retryWrites: true,
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 5_000,
    });
  } catch (error) {
    // Whatever the driver or the URL parser objects to; neither repeats the string, which may hold a password.
    throw new Error(`MONGODB_URI is no MongoDB connection string: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

/** https://www.mongodb.com/docs/manual/core/transactions/: a stand-alone server has none, so it could not keep a Bundle whole. */
async function requireTransactions(client: MongoClient): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  throw new Error(
    'The MongoDB server stands alone, and only a replica set or a sharded cluster has the transactions that keep a FHIR transaction ' +
      'whole. Start mongod with --replSet and call rs.initiate() once (a set of one member will do), or unset MONGODB_URI.',
  );
}

/** A database of a later version of this server would be misread. */
async function requireSchema(db: Db): Promise<void> {
  const settings = db.collection<{ _id: string; version: number }>('settings');
  const found = await settings.findOneAndUpdate(
    { _id: 'schema' },
    { $setOnInsert: { version: schemaVersion } },
    { upsert: true, returnDocument: 'after' },
  );
  if (found === null || found.version === schemaVersion) return;
  throw new Error(
    `The MongoDB database ${db.databaseName} has schema version ${found.version}, and this server knows version ${schemaVersion}. ` +
      'Start the version of the server that belongs to it, or name another database in MONGODB_URI.',
  );
}

/** Hosts only: the connection string may hold a password. */
function startError(error: unknown, client: MongoClient): unknown {
  const hosts = client.options.hosts.map(String).join(', ');
  if (isUnreachable(error)) {
    return new Error(`No MongoDB server answers at ${hosts}. Check MONGODB_URI and that the server runs.`, { cause: error });
  }
  if (error instanceof MongoServerError && refusals.has(Number(error.code))) {
    return new Error(`The MongoDB server at ${hosts} refuses the user of MONGODB_URI: ${error.message}`, { cause: error });
  }
  return error;
}

/** What stands between the hosts and the options. */
function databaseName(uri: string): string {
  const path = uri.replace(/^mongodb(\+srv)?:\/\//, '').split('/')[1] ?? '';
  return decodeURIComponent(path.split('?')[0] ?? '') || 'fascicolo';
}

/** Does the work once for each name, and again only if it failed. */
function onceForEach(work: (name: string) => Promise<void>): (name: string) => Promise<void> {
  const done = new Map<string, Promise<void>>();
  return (name) => {
    const running =
      done.get(name) ??
      work(name).catch((error: unknown) => {
        done.delete(name);
        throw error;
      });
    done.set(name, running);
    return running;
  };
}

const schemaVersion = 1;

/** Unauthorized and AuthenticationFailed. */
const refusals = new Set([13, 18]);
