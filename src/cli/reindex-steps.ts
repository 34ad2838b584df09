/** Who takes the steps of a reindexing: the server that has the store, or this process when none has. */
import { randomUUID } from 'node:crypto';
import { issueToken } from '../access/issue-token.ts';
import { openSigningKey } from '../access/keys.ts';
import { type Config, issuerOf } from '../config.ts';
import { openDefinitions } from '../definitions/load.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { openLog } from '../http/log.ts';
import { openOwnParameters } from '../parameters/own-parameters.ts';
import { openParameterRegistry } from '../parameters/registry.ts';
import type { ReindexStep } from '../parameters/reindex.ts';
import { findBaseUrl, type RunningServer } from '../running.ts';
import { openStore } from '../store/open.ts';

export interface Steps {
  /** Takes the next step. Throws an Error with a sentence when it can't be taken. */
  next(all: boolean): Promise<ReindexStep>;
  close(): Promise<void>;
}

/** Opens the store itself. Throws an Error with a sentence when it can't be had. */
export async function openLocalSteps(config: Config): Promise<Steps> {
  const { dataDir, mongodbUri, timeZone } = config;
  const baseUrl = await findBaseUrl(config);
  // Which references are local depends on it.
  if (baseUrl === undefined) throw new Error('PORT is 0, so the address of the server is not known: set PUBLIC_BASE_URL.');
  const definitions = openDefinitions();
  const log = openLog('warn', (line) => process.stderr.write(line), Date.now);
  const store = await openStore({ dataDir, mongodbUri, now: Date.now });
  try {
    const registry = await openParameterRegistry({ definitions, store, now: Date.now, log, alone: mongodbUri === undefined });
    const parameters = openOwnParameters({ definitions, registry, store, indexing: { baseUrl, timeZone }, log });
    return {
      next: (all) => parameters.reindex({ all }),
      async close() {
        await registry.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Asks the running server, with a token of its own key. */
export function openServerSteps(config: Config, { baseUrl, localUrl }: RunningServer): Steps {
  return {
    async next(all) {
      const answer = await ask(`${localUrl}/$reindex${all ? '?all=true' : ''}`, await signToken(config, baseUrl));
      if (answer.status !== 200)
        throw new Error(`The server at ${localUrl} refused: ${diagnosticsOf(answer.body) ?? answer.status}`);
      return readStep(answer.body);
    },
    close: async () => undefined,
  };
}

interface Answer {
  readonly status: number;
  readonly body: JsonValue;
}

async function ask(url: string, token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/fhir+json' };
  try {
    const response = await fetch(url, { method: 'POST', headers });
    return { status: response.status, body: (await response.json()) as JsonValue }; // Read as it comes, looked at below.
  } catch (cause) {
    throw new Error(`The server that runs on this data folder does not answer at ${url}.`, { cause });
  }
}

/** Short-lived, and new for each step: reindexing may take longer than any token should live. */
async function signToken(config: Config, baseUrl: string): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000);
  return issueToken(await openSigningKey(config.dataDir), {
    issuer: issuerOf(baseUrl),
    audience: baseUrl,
    subject: 'command-line',
    clientId: 'command-line',
    scope: 'system/*.u',
    tokenId: randomUUID(),
    issuedAt,
    expiresAt: issuedAt + 60,
  });
}

function readStep(body: JsonValue): ReindexStep {
  const parameters = membersOf(body, 'parameter');
  const first = (name: string) => parameters.find((one) => one['name'] === name);
  const number = (name: string) => Number(first(name)?.['valueInteger'] ?? 0);
  return {
    finished: first('finished')?.['valueBoolean'] === true,
    done: number('done'),
    total: number('total'),
    skipped: number('skipped'),
    waitMs: number('wait') * 1000,
    parameters: parameters.flatMap(({ name, valueUri }) =>
      name === 'parameter' && typeof valueUri === 'string' ? [valueUri] : [],
    ),
  };
}

/** What an OperationOutcome says of its first issue. */
function diagnosticsOf(body: JsonValue): string | undefined {
  const [issue] = membersOf(body, 'issue');
  const details = issue?.['details'];
  const text = isJsonObject(details) ? details['text'] : issue?.['diagnostics'];
  return typeof text === 'string' ? text : undefined;
}

function membersOf(body: JsonValue, name: string): readonly JsonObject[] {
  const list = isJsonObject(body) ? body[name] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
