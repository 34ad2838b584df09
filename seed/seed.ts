/** `npm run seed -- --patients <n>`: loads synthetic Italian patients into a running server, over HTTP. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client } from 'fhir-kit-client';
import { issueToken } from '../src/access/issue-token.ts';
import { openSigningKey } from '../src/access/keys.ts';
import { openProgress } from '../src/cli/progress.ts';
import { orExplain } from '../src/cli/terminal.ts';
import { type Config, issuerOf, readConfig } from '../src/config.ts';
import { findBaseUrl } from '../src/running.ts';
import { type SeededPatient, seedPatient } from './people.ts';

const help = `Loads synthetic Italian patients into a running server.

  npm run seed -- [--patients <n>] [--url <FHIR base>] [--token <access token>]

  npm run seed -- --patients 20
  npm run seed -- --patients 500 --url http://localhost:9090/fhir
  npm run seed -- --token "$TOKEN" --url https://fse.example.it/fhir

Without --token it signs one with the server's own key, in DATA_DIR. The people are the same in every run, and loaded once.
Exit codes: 0 done, 2 wrong use, 3 the server could not be reached or refused, 130 interrupted.
`;

interface Target {
  readonly client: Client;
  readonly url: string;
}

const patientsMax = 100_000;
/** Bundles under way at once. */
const clients = 4;

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') return complain(options, 2);
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const read = readConfig(process.env);
  if ('problems' in read) return complain(read.problems.join('\n'), 2);
  const url = options.url ?? (await findBaseUrl(read.config));
  if (url === undefined) return complain('PORT is 0 and no server runs on this data folder: give its address with --url.', 2);
  const token = options.token ?? (await ownToken(read.config, url));
  return load({ client: new Client({ baseUrl: url, bearerToken: token }), url }, options.patients);
}

function complain(sentence: string, exitCode: number): number {
  process.stderr.write(`${sentence}\n`);
  return exitCode;
}

function readOptions(): { patients: number; url?: string; token?: string; help: boolean } | string {
  try {
    const { values } = parseArgs({
      options: {
        patients: { type: 'string', default: '20' },
        url: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const patients = Number(values.patients);
    if (!Number.isInteger(patients) || patients < 1 || patients > patientsMax) {
      return `--patients is "${values.patients}"; it must be a whole number from 1 to ${patientsMax}.`;
    }
    return {
      patients,
      help: values.help ?? false,
      ...(values.url === undefined ? {} : { url: values.url.replace(/\/$/, '') }),
      ...(values.token === undefined ? {} : { token: values.token }),
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} See npm run seed -- --help.`;
  }
}

/** A token of the server in this data folder, for as long as the largest seed takes. It is shown to nobody. */
async function ownToken(config: Config, url: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return issueToken(await openSigningKey(config.dataDir), {
    issuer: issuerOf(url),
    audience: url,
    subject: 'seed',
    clientId: 'seed',
    scope: 'system/*.cruds',
    tokenId: randomUUID(),
    issuedAt: now,
    expiresAt: now + 24 * 3600,
  });
}

async function load({ client, url }: Target, patients: number): Promise<number> {
  const stream = process.stderr;
  const progress = openProgress({ label: `Seeding ${url}`, total: patients, unit: 'patients', stream, now: Date.now });
  const started = Date.now();
  let next = 0;
  let done = 0;
  let resources = 0;
  const work = async () => {
    while (next < patients) {
      const seeded = seedPatient(next);
      next += 1;
      const answer = await client.transaction({ body: seeded.bundle as never }); // The client's type asks for its own resource class.
      resources += (answer as { readonly entry?: readonly unknown[] }).entry?.length ?? 0; // A transaction-response.
      done += 1;
      progress.update(done, `${resources} resources`);
    }
  };
  const interrupt = () => {
    progress.end();
    const exitCode = complain(
      `\nStopped after ${done} of ${patients} patients. Start it again: who is loaded stays, and is loaded once.`,
      130,
    );
    process.exit(exitCode);
  };
  process.once('SIGINT', interrupt);
  try {
    await Promise.all(Array.from({ length: clients }, work));
  } catch (error) {
    next = patients;
    return complain(explain(error, url), 3);
  } finally {
    process.removeListener('SIGINT', interrupt);
    progress.end();
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const first = seedPatient(0);
  stream.write(`Done: ${patients} patients, ${resources} resources in ${seconds} s. ${invite(first)}\n`);
  return 0;
}

function invite({ person, story }: SeededPatient): string {
  return `Try: Patient?identifier=${person.taxCode} (story "${story}").`;
}

function explain(error: unknown, url: string): string {
  const { response } = error as { response?: { status?: number; data?: { issue?: readonly { details?: { text?: string } }[] } } }; // As fhir-kit-client throws.
  if (response === undefined) return `No server answers at ${url}. Start it with npm start, or give its address with --url.`;
  const text = response.data?.issue?.[0]?.details?.text ?? 'It did not say why.';
  return `The server at ${url} refused the data (${response.status}): ${text}`;
}

process.exitCode = await orExplain({ err: (text) => process.stderr.write(text) }, main);
