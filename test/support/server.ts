/** Servers for tests: on a free port, with a data folder and a store of their own, spoken to over HTTP. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken } from '../../src/access/issue-token.ts';
import { openSigningKey } from '../../src/access/keys.ts';
import { type Config, issuerOf, readConfig } from '../../src/config.ts';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { type LogLevel, openLog } from '../../src/http/log.ts';
import { start } from '../../src/server.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { withMethods } from './with-methods.ts';

export interface TestServerOptions {
  /** Default: memory. `mongodb` needs `mongodbUri`. */
  readonly store?: 'memory' | 'embedded' | 'mongodb';
  readonly mongodbUri?: string;
  /** More settings, as environment variables: `{ AUTH: 'none', VALIDATION: 'base' }`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly logLevel?: LogLevel;
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: () => number;
  /** A folder that outlives the server, instead of one that goes with it. */
  readonly dataDir?: string;
  /** A store of the test's own, which it closes itself; `store` is ignored then. */
  readonly ownStore?: Store;
}

export interface TokenOptions {
  readonly patient?: string;
  readonly fhirUser?: string;
  readonly clientId?: string;
  readonly expiresInSeconds?: number;
  readonly audience?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is empty or no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into any resource; what is not there fails the assertion.
  readonly body: any;
}

export interface FetchOptions {
  readonly method?: string;
  /** A token, or `null` for none; default: `system/*.cruds`. */
  readonly token?: string | null;
  /** An object is sent as FHIR JSON, a text or bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServer {
  /** `http://localhost:<port>/fhir`, as in links. */
  readonly baseUrl: string;
  readonly origin: string;
  readonly dataDir: string;
  /** The lines of the log so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** A token signed with the server's own key. */
  token(scope: string, options?: TokenOptions): Promise<string>;
  /** A request below the FHIR base (`Patient/1`), or to a path of the server when it starts with `/`. */
  fetchFhir(path: string, options?: FetchOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a server; call `close` in `after`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'fascicolo-test-')));
  const config = configOf(dataDir, options);
  const log: Record<string, unknown>[] = [];
  const now = options.now ?? Date.now;
  const server = await start(config, {
    definitions: sharedDefinitions(),
    now,
    log: openLog(config.logLevel, (line) => log.push(JSON.parse(line)), now),
    ...storeOf(options, now),
  });
  const { baseUrl, port } = server;
  const key = await openSigningKey(dataDir);
  const origin = `http://127.0.0.1:${port}`;
  const token = (scope: string, { patient, fhirUser, clientId, expiresInSeconds, audience }: TokenOptions = {}) =>
    issueToken(key, {
      issuer: issuerOf(baseUrl),
      audience: audience ?? baseUrl,
      subject: 'test',
      clientId: clientId ?? 'test',
      scope,
      tokenId: randomUUID(),
      issuedAt: Math.floor(now() / 1000),
      expiresAt: Math.floor(now() / 1000) + (expiresInSeconds ?? 3600),
      ...(patient === undefined ? {} : { patient }),
      ...(fhirUser === undefined ? {} : { fhirUser }),
    });
  const everything = await token('system/*.cruds');
  return {
    baseUrl,
    origin,
    dataDir,
    log,
    token,
    fetchFhir: (path, fetchOptions = {}) =>
      fetchFhir(path.startsWith('/') ? origin + path : `${origin}/fhir/${path}`, everything, fetchOptions),
    close: async () => {
      await server.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let opened: Definitions | undefined;

/** Opened once for all tests of a run: read-only. */
export function sharedDefinitions(): Definitions {
  opened ??= openDefinitions();
  return opened;
}

function storeOf({ ownStore, store = 'memory' }: TestServerOptions, now: () => number): { readonly store?: Store } {
  if (ownStore !== undefined) return { store: withMethods(ownStore, { close: async () => undefined }) };
  return store === 'memory' ? { store: openMemory({ now }) } : {};
}

function configOf(dataDir: string, options: TestServerOptions): Config {
  const result = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: options.logLevel ?? 'info',
    ...(options.mongodbUri === undefined ? {} : { MONGODB_URI: options.mongodbUri }),
    ...options.environment,
  });
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.config;
}

async function fetchFhir(
  url: string,
  everything: string,
  { method = 'GET', token, body, headers = {} }: FetchOptions,
): Promise<Answer> {
  const sent = typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
  const bearer = token === undefined ? everything : token;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(sent === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every answer is JSON, and the tests that expect it look at the members.
    return undefined;
  }
}
