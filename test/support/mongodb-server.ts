/**
 * The MongoDB that tests run against: the first one found. No fake in this process stands in for it: the official driver speaks to
 * a server over a socket, whichever it is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';

export type MongoSource =
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'mongod'; readonly binary: string }
  /** SecantusDB speaks MongoDB's protocol but is not MongoDB: src/decisions/0005-mongodb-stand-in.md */
  | { readonly kind: 'stand-in'; readonly binary: string };

export interface MongoServer {
  /** A connection string to a database that does not exist yet. */
  newDatabase(): string;
  /** Ends the server if it was started here, and what it kept with it; else drops the databases that were named. */
  stop(): Promise<void>;
}

export const howToGetMongo =
  'Set MONGODB_URI to a replica set, or put mongod on the PATH, or install the stand-in as .ci/run does (python3 -m venv .venv); npm run test:mongodb runs that suite alone.';

/** For the test of a suite that found no server: fails where CI wants one, else skips; `tell-of-mongodb.ts` says so for the whole run. */
export function skipWithoutMongo(test: Mocha.Context): never {
  if (process.env['REQUIRE_MONGODB'] === '1') throw new Error(`No MongoDB server was found. ${howToGetMongo}`);
  return test.skip();
}

/** What there is on this machine; undefined when there is nothing. */
export function findMongo(environment: NodeJS.ProcessEnv = process.env): MongoSource | undefined {
  const uri = environment['MONGODB_URI'];
  if (uri !== undefined && uri !== '') return { kind: 'uri', uri };
  const path = (environment['PATH'] ?? '').split(delimiter);
  const mongod = findExecutable(['mongod'], path);
  if (mongod !== undefined) return { kind: 'mongod', binary: mongod };
  const named = environment['SECANTUSDB'];
  const own = fileURLToPath(new URL('../../.venv/bin', import.meta.url));
  const standIn = named === undefined || named === '' ? findExecutable(['secantusd-py', 'secantusdb'], [own, ...path]) : named;
  return standIn === undefined ? undefined : { kind: 'stand-in', binary: standIn };
}

/** Starts what was found, or connects to it. `flags` go to the stand-in. */
export async function startMongo(source: MongoSource, flags: readonly string[] = []): Promise<MongoServer> {
  switch (source.kind) {
    case 'uri':
      return serving(source.uri, (names) => dropDatabases(source.uri, names));
    case 'mongod':
      return startMongod(source.binary);
    case 'stand-in':
      return startStandIn(source.binary, flags);
  }
}

async function startMongod(binary: string): Promise<MongoServer> {
  // A binary that is there is taken as it is: neither downloaded nor compared with a version.
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] ??= 'false';
  const { MongoMemoryReplSet } = await import('mongodb-memory-server-core');
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: binary },
    replSet: { count: 1, storageEngine: 'wiredTiger' },
  });
  return serving(set.getUri(), async () => {
    await set.stop({ doCleanup: true, force: true });
  });
}

async function startStandIn(binary: string, flags: readonly string[]): Promise<MongoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fascicolo-mongodb-'));
  const server = spawn(binary, ['--port', '0', '--storage-path', join(folder, 'data'), ...flags], { cwd: folder });
  const clean = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  // However the test run ends, the server ends with it.
  process.once('exit', clean);
  const port = await listeningPort(server, binary);
  return serving(`mongodb://127.0.0.1:${port}/`, async () => {
    process.removeListener('exit', clean);
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    clean();
  });
}

/** The port that the server's log names; rejects with the log when the server ends instead. */
function listeningPort(server: ChildProcess & { stderr: NodeJS.ReadableStream | null }, binary: string): Promise<number> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line);
        const port = /listening on \S*:(\d+)$/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    }
    server.once('error', (cause) => reject(new Error(`${binary} can't be started.`, { cause })));
    server.once('exit', (code) => reject(new Error(`${binary} ended with ${code} before it listened:\n${log.join('\n')}`)));
  });
}

/** `end` is given the databases that were named. */
function serving(uri: string, end: (names: readonly string[]) => Promise<void>): MongoServer {
  const names: string[] = [];
  return {
    newDatabase() {
      const name = `fascicolo-test-${process.pid}-${Date.now().toString(36)}-${names.length}`;
      names.push(name);
      return withDatabase(uri, name);
    },
    stop: () => end(names),
  };
}

async function dropDatabases(uri: string, names: readonly string[]): Promise<void> {
  const client = new MongoClient(uri);
  try {
    for (const name of names) await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
}

/** The connection string with another database. The one that it named stays where the user is looked up. */
export function withDatabase(uri: string, name: string): string {
  const [, server = uri, database = '', query = ''] = /^([a-z+]+:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [];
  const options = new URLSearchParams(query);
  if (database !== '' && server.includes('@') && !options.has('authSource')) options.set('authSource', database);
  return `${server}/${name}${options.size === 0 ? '' : `?${options}`}`;
}

function findExecutable(names: readonly string[], folders: readonly string[]): string | undefined {
  const candidates = names.flatMap((name) => folders.filter((folder) => folder !== '').map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
