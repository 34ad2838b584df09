/** The composition root: opens the server's parts, hands them to each other, listens, and closes them in the reverse order. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { everyone } from './access/access-context.ts';
import { deriveSecret, openSigningKey, ownKeys, remoteKeys, type SigningKey } from './access/keys.ts';
import { narrow } from './access/narrow.ts';
import { openPatientReach } from './access/patient-reach.ts';
import { smartConfiguration } from './access/smart-configuration.ts';
import { openTokenVerifier, type TokenVerifier } from './access/verify-token.ts';
import { baseUrlOf, type Config, issuerOf, localUrlOf } from './config.ts';
import type { Definitions } from './definitions/definitions.ts';
import { openDefinitions } from './definitions/load.ts';
import { patientAccess } from './definitions/patient-access.ts';
import { openRegistry } from './definitions/registry.ts';
import { openTimeZone } from './fhir/date.ts';
import type { Log } from './fhir/log-failure.ts';
import { openLogicalIds } from './fhir/logical-id.ts';
import { openApp } from './http/app.ts';
import { openDrain } from './http/drain.ts';
import { openLog } from './http/log.ts';
import { openRefusal } from './http/refuse-connection.ts';
import { openServerCapabilities } from './interactions/claims.ts';
import type { ServerContext } from './interactions/context.ts';
import { openStoredDefinitions } from './interactions/stored-definitions.ts';
import { openJobs } from './jobs/jobs.ts';
import { JobRunner } from './jobs/runner.ts';
import { openWorkers, operations } from './operations/index.ts';
import { openOwnParameters } from './parameters/own-parameters.ts';
import { openParameterRegistry, type ParameterRegistry } from './parameters/registry.ts';
import { watchStore } from './parameters/watch-store.ts';
import { forgetRunning, noteRunning } from './running.ts';
import type { JobStore } from './store/job-store.ts';
import { openJobStore, openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { openValidator } from './validation/validate.ts';
import { readVersion } from './version.ts';

export interface Server {
  /** The FHIR base as clients see it. */
  readonly baseUrl: string;
  /** The port listened on. */
  readonly port: number;
  /** Takes no new request, answers those begun (`drainMs` at most), then closes the store. */
  close(): Promise<void>;
}

/** Parts that a caller brings along: tests a store, definitions already open, a log of their own. */
export interface Parts {
  readonly definitions?: Definitions;
  readonly store?: Store;
  readonly log?: Log;
  readonly now?: () => number;
}

/** How long requests may take to end once the server closes. */
const drainMs = 10_000;

/** How often a server looks for conformance resources that others over the same database have stored. */
const definitionsEveryMs = 2_000;

/**
 * Starts a server and resolves when it answers. Throws an Error whose message is a sentence for the operator when a part can't be had; what
 * was opened until then is closed again.
 */
export async function start(config: Config, parts: Parts = {}): Promise<Server> {
  const now = parts.now ?? Date.now;
  const log = parts.log ?? openLog(config.logLevel, (line) => process.stdout.write(line), now);
  const definitions = parts.definitions ?? openDefinitions({ packages: config.profilePackages });
  const key = await openSigningKey(config.dataDir);
  if (key.exposed)
    log('warn', 'Users other than the owner may read keys/signing-key.pem in DATA_DIR, and sign tokens: chmod 600.');
  const opened: Closing[] = [];
  try {
    const plainStore = parts.store ?? (await openStore({ dataDir: config.dataDir, mongodbUri: config.mongodbUri, now }));
    opened.unshift(() => plainStore.close());
    const registry = openRegistry(definitions);
    const stored = await openStoredDefinitions(plainStore, registry, log);
    // Only MongoDB may have other servers write to it.
    if (config.mongodbUri !== undefined) opened.unshift(stored.watch(definitionsEveryMs));
    const jobStore = await openJobStore(config);
    opened.unshift(() => jobStore.close());
    const alone = config.mongodbUri === undefined;
    const parameters = await openParameterRegistry({ definitions, store: plainStore, now, log, alone });
    opened.unshift(() => parameters.close());
    const { http, drain } = await listen(config, log);
    opened.unshift(drain);
    const { port } = http.address() as AddressInfo; // Listening on TCP.
    const baseUrl = baseUrlOf(config, port);
    // Nothing is awaited between listening and this, so that no request comes before its handler.
    const { context, runner } = openContext(config, {
      definitions: registry.definitions,
      store: stored.store,
      parameters,
      ...{ jobStore, log, now, key, baseUrl },
    });
    http.on('request', openHttp(config, context, key));
    opened.unshift(() => runner.close());
    await noteRunning(config.dataDir, { baseUrl, localUrl: localUrlOf(config, port) });
    runner.wake();
    log('info', 'started', { port, auth: config.auth, validation: config.validation });
    return { baseUrl, port, close: () => close(opened, config.dataDir, log) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** Closes one part. */
type Closing = () => Promise<void>;

interface OpenParts extends Required<Parts> {
  readonly jobStore: JobStore;
  readonly parameters: ParameterRegistry;
  readonly key: SigningKey;
  readonly baseUrl: string;
}

/** What requests are given, and what works on the jobs that some of them begin. */
function openContext(config: Config, parts: OpenParts): { readonly context: ServerContext; readonly runner: JobRunner } {
  const { jobStore, now, log } = parts;
  const newId = openLogicalIds(now, randomBytes);
  // Jobs begin with requests, so the runner is there when the first wakes it.
  const jobs = openJobs({ store: jobStore, now, newId, wake: () => runner.wake() });
  const context: ServerContext = { ...openParts(config, parts), jobs, newId };
  const runner = new JobRunner({ store: jobStore, workers: openWorkers(context), now, newId, log });
  return { context, runner };
}

function openParts(
  config: Config,
  { definitions: base, store, parameters, log, now, key, baseUrl }: OpenParts,
): Omit<ServerContext, 'jobs' | 'newId'> {
  const { timeZone } = config;
  const ownParameters = openOwnParameters({
    definitions: base,
    registry: parameters,
    store,
    indexing: { baseUrl, timeZone },
    log,
  });
  const { definitions, indexer } = ownParameters;
  return {
    definitions,
    store: watchStore(store, 'SearchParameter', () => parameters.follow()),
    validator: openValidator(base, { mode: config.validation, timeZone }),
    indexer,
    ownParameters,
    operations,
    capabilities: openServerCapabilities(definitions, operations, {
      baseUrl,
      softwareVersion: readVersion(),
      access: config.auth,
      cors: config.corsOrigins.length > 0,
      validation: config.validation,
      references: config.references,
    }),
    baseUrl,
    references: config.references,
    cursorKey: deriveSecret(key, 'paging cursor'),
    timeZone: openTimeZone(timeZone),
    now,
    log,
  };
}

function openHttp(config: Config, context: ServerContext, key: SigningKey) {
  const { store, baseUrl } = context;
  const anything = narrow(everyone, ['Patient'], 'r');
  return openApp({
    context,
    verify: config.auth === 'none' ? undefined : openVerifier(config, context, key),
    corsOrigins: config.corsOrigins,
    smartConfiguration: smartConfiguration(`${issuerOf(baseUrl)}/.well-known/jwks.json`),
    jwks: { keys: [{ ...key.jwk }] },
    ready: async () => {
      await store.read({ type: 'Patient', id: 'readyz' }, anything);
    },
  });
}

function openVerifier(config: Config, context: ServerContext, key: SigningKey): TokenVerifier {
  const { definitions, baseUrl, now } = context;
  const trusted = config.trustedIssuers.map(({ issuer, jwks }) => ({
    issuer,
    keys: remoteKeys(jwks),
    // Many authorization servers mark access tokens as plain JWT.
    types: ['at+jwt', 'jwt'],
  }));
  return openTokenVerifier({
    issuers: [{ issuer: issuerOf(baseUrl), keys: ownKeys(key), types: ['at+jwt'] }, ...trusted],
    audience: baseUrl,
    isResourceType: definitions.isResourceType,
    patientReach: openPatientReach(patientAccess(definitions)),
    now,
  });
}

/** Times and sizes that bound what one connection can hold up. */
async function listen(config: Config, log: Log): Promise<{ readonly http: HttpServer; readonly drain: Closing }> {
  const server = createServer({
    maxHeaderSize: 32 * 1024,
    headersTimeout: 15_000,
    requestTimeout: 120_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
  });
  server.on('clientError', openRefusal(log));
  const drain = openDrain(server, drainMs);
  try {
    server.listen(config.port, config.host);
    await once(server, 'listening');
    return { http: server, drain };
  } catch (error) {
    throw new Error(explainListening(error, config), { cause: error });
  }
}

function explainListening(error: unknown, { host, port }: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken by another program (PORT). Choose another, or 0 for a free one.`;
  if (code === 'EACCES') return `Port ${port} needs rights that this user does not have (PORT). Choose one above 1023.`;
  return `${host} is no address of this machine (HOST): ${String(code ?? error)}.`;
}

async function close(opened: readonly Closing[], dataDir: string, log: Log): Promise<void> {
  await closeAll(opened);
  await forgetRunning(dataDir);
  log('info', 'stopped');
}

/** One after the other, the last opened first. */
async function closeAll(opened: readonly Closing[]): Promise<void> {
  for (const closePart of opened) await closePart();
}
