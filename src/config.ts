/** Every environment variable of the server: name, what is allowed, default, one sentence. Read once, at the start. */
import { isIP } from 'node:net';
import { Ajv, type ValidateFunction } from 'ajv';

export interface TrustedIssuer {
  readonly issuer: string;
  /** The address of its key set. */
  readonly jwks: string;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Without a trailing slash. Undefined: `http://localhost:<port>/fhir`, once the port is known (`baseUrlOf`). */
  readonly publicBaseUrl?: string;
  readonly dataDir: string;
  /** Undefined: the embedded store. */
  readonly mongodbUri?: string;
  readonly auth: 'smart' | 'none';
  readonly trustedIssuers: readonly TrustedIssuer[];
  readonly corsOrigins: readonly string[];
  readonly validation: 'fse' | 'base' | 'off';
  readonly profilePackages: readonly string[];
  readonly references: 'checked' | 'free';
  readonly timeZone: string;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
}

export interface Setting {
  readonly name: string;
  /** JSON Schema of the value that `parse` makes. */
  readonly schema: object;
  /** Completes "it must be …". */
  readonly allowed: string;
  /** As it would be written in the environment; undefined: unset has a meaning of its own. */
  readonly default?: string;
  /** What it is for. */
  readonly sentence: string;
  /** Text to the value that the schema checks; absent: the text itself. */
  readonly parse?: (text: string) => unknown;
  /** The value may hold a password: messages don't repeat it. */
  readonly secret?: true;
}

const ajv = new Ajv();
ajv.addFormat('base-url', isBaseUrl);
ajv.addFormat('origin', isOrigin);
ajv.addFormat('key-set-url', isKeySetUrl);
ajv.addFormat('time-zone', isTimeZone);

/** The list that the README's table and the checks at start are made from. */
export const settings: readonly Setting[] = [
  {
    name: 'PORT',
    schema: { type: 'integer', minimum: 0, maximum: 65_535 },
    parse: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text),
    allowed: 'a number from 0 to 65535',
    default: '8080',
    sentence: 'The TCP port to listen on; 0 takes a free one.',
  },
  {
    name: 'HOST',
    schema: { type: 'string', pattern: '^[A-Za-z0-9.:_-]{1,253}$' },
    allowed: 'an IP address or a host name',
    default: '127.0.0.1',
    sentence: 'The address to listen on. Anything but a loopback address needs `PUBLIC_BASE_URL` and `AUTH=smart`.',
  },
  {
    name: 'PUBLIC_BASE_URL',
    schema: { type: 'string', format: 'base-url' },
    parse: (text) => text.replace(/\/$/, ''),
    allowed: 'an absolute http or https URL without query and fragment, such as https://fse.example.it/fhir',
    sentence: 'The FHIR base as clients see it, in links and in the audience of tokens; unset: `http://localhost:$PORT/fhir`.',
  },
  {
    name: 'DATA_DIR',
    schema: { type: 'string' },
    allowed: 'a path',
    default: './data',
    sentence: "The folder of the embedded store and of the server's signing key.",
  },
  {
    name: 'MONGODB_URI',
    schema: { type: 'string', pattern: '^mongodb(?:\\+srv)?://.+' },
    allowed: 'a MongoDB connection string, mongodb://… or mongodb+srv://…',
    sentence: 'The MongoDB replica set to store in; unset: the embedded store in `DATA_DIR`.',
    secret: true,
  },
  {
    name: 'AUTH',
    schema: { enum: ['smart', 'none'] },
    allowed: 'smart or none',
    default: 'smart',
    sentence:
      '`smart`: every request needs a bearer token with SMART scopes; `none`: no check at all, only on a loopback `HOST`.',
  },
  {
    name: 'TRUSTED_ISSUERS',
    schema: {
      type: 'array',
      items: {
        type: 'object',
        properties: { issuer: { type: 'string', format: 'key-set-url' }, jwks: { type: 'string', format: 'key-set-url' } },
        required: ['issuer', 'jwks'],
        additionalProperties: false,
      },
    },
    parse: parseJsonText,
    allowed:
      'JSON such as [{"issuer":"https://id.example.it","jwks":"https://id.example.it/jwks.json"}], with https addresses (http on loopback only)',
    default: '[]',
    sentence: 'The authorization servers whose access tokens are accepted, each with the address of its keys, as JSON.',
  },
  {
    name: 'CORS_ORIGINS',
    schema: { type: 'array', items: { type: 'string', format: 'origin' } },
    parse: (text) => text.split(',').map((part) => part.trim()),
    allowed: 'origins separated by commas, such as https://app.example.it,http://localhost:3000',
    sentence: 'The web origins whose pages may call the API; unset: none. `/metadata` and SMART discovery are open to all.',
  },
  {
    name: 'VALIDATION',
    schema: { enum: ['fse', 'base', 'off'] },
    allowed: 'fse, base or off',
    default: 'fse',
    sentence:
      'What writes are checked against: `fse` base R4 and the FSE profiles, `base` base R4 alone, `off` what storing needs.',
  },
  {
    name: 'REFERENCES',
    schema: { enum: ['checked', 'free'] },
    allowed: 'checked or free',
    default: 'checked',
    sentence:
      '`checked`: a write may refer to nothing on this server that is not there, and what is referred to is not deleted; `free`: neither is asked.',
  },
  {
    name: 'PROFILE_PACKAGES',
    schema: { type: 'array', items: { type: 'string', minLength: 1 } },
    parse: (text) => text.split(',').map((part) => part.trim()),
    allowed: 'paths separated by commas, such as /packages/hl7.fhir.it.core-0.1.0.tgz,/packages/ours',
    sentence:
      'FHIR packages to load besides those in `profiles/`: `.tgz` files and folders, listed with their sha256 in `profiles/packages.json`, or folders with a `packages.json` of their own.',
  },
  {
    name: 'TIME_ZONE',
    schema: { type: 'string', format: 'time-zone' },
    allowed: 'a name of the IANA time zone database, such as Europe/Rome',
    default: 'Europe/Rome',
    sentence: 'The time zone of dates and times that come without one, in resources and in searches.',
  },
  {
    name: 'LOG_LEVEL',
    schema: { enum: ['error', 'warn', 'info', 'debug'] },
    allowed: 'error, warn, info or debug',
    default: 'info',
    sentence:
      'The least grave lines that the log on stdout shows; requests are `info`. `debug` adds the messages of unexpected failures, which may quote data: not for real records.',
  },
];

const checks: ReadonlyMap<string, ValidateFunction> = new Map(settings.map(({ name, schema }) => [name, ajv.compile(schema)]));

export type ConfigResult = { readonly config: Config } | { readonly problems: readonly string[] };

/**
 * Reads the settings from an environment. Never throws: `problems` has one sentence for each bad value, naming variable, value and what is
 * allowed. An empty value counts as unset.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigResult {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const setting of settings) {
    const text = environment[setting.name] || setting.default;
    const value = text === undefined ? undefined : (setting.parse?.(text) ?? text);
    if (value === undefined || checks.get(setting.name)?.(value)) values[setting.name] = value;
    else problems.push(`${setting.name} is ${setting.secret ? 'not understood' : `"${text}"`}; it must be ${setting.allowed}.`);
  }
  if (problems.length > 0) return { problems };
  const config = toConfig(values);
  const conflicts = findConflicts(config);
  return conflicts.length > 0 ? { problems: conflicts } : { config };
}

/** Where clients find the FHIR base. `port` is the one listened on. */
export function baseUrlOf(config: Config, port: number): string {
  return config.publicBaseUrl ?? `http://localhost:${port}/fhir`;
}

/** Where the FHIR base is reached from this machine. `port` is the one listened on. */
export function localUrlOf({ host }: Config, port: number): string {
  // Listening on all addresses, it answers on the loopback's too.
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}/fhir`;
}

/** The issuer of the server's own tokens: the origin of its base. */
export function issuerOf(baseUrl: string): string {
  return new URL(baseUrl).origin;
}

function toConfig(values: Readonly<Record<string, unknown>>): Config {
  const value = <T>(name: string): T => values[name] as T; // Checked by the setting's schema just before.
  const optional = <K extends string>(key: K, name: string) =>
    values[name] === undefined ? {} : ({ [key]: value<string>(name) } as Record<K, string>); // One key, the one given.
  return {
    port: value('PORT'),
    host: value('HOST'),
    ...optional('publicBaseUrl', 'PUBLIC_BASE_URL'),
    dataDir: value('DATA_DIR'),
    ...optional('mongodbUri', 'MONGODB_URI'),
    auth: value('AUTH'),
    trustedIssuers: value('TRUSTED_ISSUERS'),
    corsOrigins: value<readonly string[] | undefined>('CORS_ORIGINS') ?? [],
    validation: value('VALIDATION'),
    profilePackages: value<readonly string[] | undefined>('PROFILE_PACKAGES') ?? [],
    references: value('REFERENCES'),
    timeZone: value('TIME_ZONE'),
    logLevel: value('LOG_LEVEL'),
  };
}

/** Values that are right alone but not together. */
function findConflicts(config: Config): readonly string[] {
  if (isLoopback(config.host)) return [];
  const problems: string[] = [];
  if (config.auth === 'none') {
    problems.push(
      `AUTH is "none" while HOST is "${config.host}": a server without access control may listen on loopback only. Set AUTH to smart, or HOST to 127.0.0.1.`,
    );
  }
  if (config.publicBaseUrl === undefined) {
    problems.push(
      `PUBLIC_BASE_URL is not set while HOST is "${config.host}": others reach the server, so it must know the address they use, such as https://fse.example.it/fhir.`,
    );
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text itself meets no schema of a list, and the message shows it.
    return text;
  }
}

function isBaseUrl(text: string): boolean {
  const url = parseUrl(text);
  return (
    url !== undefined && /^https?:$/.test(url.protocol) && !/[?#\s]/.test(text) && url.username === '' && url.password === ''
  );
}

function isKeySetUrl(text: string): boolean {
  const url = parseUrl(text);
  return (
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))))
  );
}

function isOrigin(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    // RangeError: the way Intl says that there is no such zone.
    return false;
  }
}
