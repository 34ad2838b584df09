/** `cli token`: an access token signed with the server's own key, on stdout. */
import { randomUUID } from 'node:crypto';
import { issueToken } from '../access/issue-token.ts';
import { openSigningKey } from '../access/keys.ts';
import { parseScope } from '../access/smart-scopes.ts';
import { issuerOf, readConfig } from '../config.ts';
import { openDefinitions } from '../definitions/load.ts';
import { idPattern } from '../fhir/reference.ts';
import { findBaseUrl } from '../running.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { exitCodes, orExplain, type Terminal } from './terminal.ts';

const help = formatHelp({
  sentence: "Prints an access token signed with the server's own key, which it makes if there is none yet.",
  usage: 'token --scope "<scopes>" [--patient <id>] [--fhir-user <reference>] [--expires-in <seconds>]',
  notes: [
    '--scope       SMART scopes (version 1 or 2), separated by spaces',
    '--patient     the id of the Patient that patient/ scopes are about',
    '--fhir-user   who acts by user/ scopes: Practitioner/<id>',
    '--expires-in  seconds from now, 1 to 86400 (default 3600)',
  ],
  examples: [
    'token --scope "system/*.cruds"',
    'token --scope "patient/*.rs" --patient 0193c2',
    'token --scope "user/Immunization.crs" --fhir-user Practitioner/7 --expires-in 600',
  ],
  exits: '0 printed, 2 wrong use, 3 the data folder could not be used.',
});

const options = {
  scope: { type: 'string' },
  patient: { type: 'string' },
  'fhir-user': { type: 'string' },
  'expires-in': { type: 'string', default: '3600' },
} as const;

const lifeSecondsMax = 86_400;

export async function token(args: readonly string[], terminal: Terminal): Promise<number> {
  const complain = (sentence: string) => {
    terminal.err(`${sentence}\n`);
    return exitCodes.wrongUse;
  };
  const read = readArguments(args, options);
  if ('problem' in read) return complain(read.problem);
  const { values } = read;
  if (values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  const { scope, patient, 'fhir-user': fhirUser, 'expires-in': expiresIn } = values;
  if (scope === undefined) return complain('Say what the token may do: --scope "system/*.cruds". See --help.');
  const problem = findProblem({ scope, patient, fhirUser, expiresIn });
  if (problem !== undefined) return complain(problem);
  const result = readConfig(terminal.environment);
  if ('problems' in result) return complain(result.problems.join('\n'));
  const { config } = result;
  return orExplain(terminal, async () => {
    const baseUrl = await findBaseUrl(config);
    if (baseUrl === undefined) {
      return complain(
        "PORT is 0 and no server runs on this data folder, so the token's audience isn't known: set PUBLIC_BASE_URL.",
      );
    }
    terminal.out(`${await issue({ scope, patient, fhirUser, expiresIn }, baseUrl, config.dataDir)}\n`);
    const holder = patient === undefined ? '' : ` for Patient/${patient}`;
    terminal.err(`${scope}${holder} at ${baseUrl}, valid ${formatLife(Number(expiresIn))}\n`);
    return exitCodes.done;
  });
}

interface Wanted {
  readonly scope: string;
  readonly patient: string | undefined;
  readonly fhirUser: string | undefined;
  readonly expiresIn: string;
}

async function issue({ scope, patient, fhirUser, expiresIn }: Wanted, baseUrl: string, dataDir: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return issueToken(await openSigningKey(dataDir), {
    issuer: issuerOf(baseUrl),
    audience: baseUrl,
    subject: fhirUser ?? 'command-line',
    clientId: 'command-line',
    scope,
    ...(patient === undefined ? {} : { patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
    tokenId: randomUUID(),
    issuedAt: now,
    expiresAt: now + Number(expiresIn),
  });
}

/** A token that the server would refuse, or in which a scope would count for nothing, is not worth printing. */
function findProblem({ scope, patient, fhirUser, expiresIn }: Wanted): string | undefined {
  const { isResourceType } = openDefinitions();
  const words = scope.split(' ').filter((word) => word.includes('/') && !word.startsWith('launch/') && !/^https?:/.test(word));
  const scopes = words.map((word) => ({ word, scope: parseScope(word, isResourceType) }));
  const bad = scopes.find((one) => one.scope === undefined)?.word;
  const has = (level: string) => scopes.some((one) => one.scope?.level === level);
  if (bad !== undefined) {
    return `The scope "${bad}" gives nothing here; it must be like patient/Observation.rs: patient, user or system, a type of R4 or *, letters of cruds in that order.`;
  }
  if (scopes.length === 0) return `The scope "${scope}" gives no access to data; add one like system/*.cruds.`;
  if (has('patient') && patient === undefined) return 'A patient/ scope needs the patient: --patient <id>.';
  if (has('user') && fhirUser === undefined) return 'A user/ scope needs who acts: --fhir-user Practitioner/<id>.';
  if (patient !== undefined && !idPattern.test(patient)) return `--patient is "${patient}"; it must be the id of a Patient.`;
  if (
    fhirUser !== undefined &&
    !/^(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)\/[A-Za-z0-9\-.]{1,64}$/.test(fhirUser)
  ) {
    return `--fhir-user is "${fhirUser}"; it must be a reference such as Practitioner/7.`;
  }
  const seconds = /^\d{1,6}$/.test(expiresIn) ? Number(expiresIn) : 0;
  return seconds >= 1 && seconds <= lifeSecondsMax
    ? undefined
    : `--expires-in is "${expiresIn}"; it must be a number of seconds from 1 to ${lifeSecondsMax}.`;
}

function formatLife(seconds: number): string {
  return seconds % 60 === 0
    ? `${seconds / 60} ${seconds === 60 ? 'minute' : 'minutes'}`
    : `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}
