/** From the text of a bearer token to an AccessContext, or a 401. The only module that knows jsonwebtoken. https://www.rfc-editor.org/rfc/rfc9068#section-4 */
import { createHash, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { parseJson } from '../fhir/json.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, unauthenticated } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject } from '../fhir/types.ts';
import type { AccessContext, PatientReach } from './access-context.ts';
import { accessOf, type Claims } from './claims.ts';
import { type KeySource, rsaBitsMin } from './keys.ts';

export interface Issuer {
  /** Must equal the token's `iss`. */
  readonly issuer: string;
  /** Only these keys verify the issuer's tokens. */
  readonly keys: KeySource;
  /** What the header's `typ` may be, in lower case: `at+jwt`; `jwt` for issuers that don't follow RFC 9068. */
  readonly types: readonly string[];
}

export interface VerifierSettings {
  readonly issuers: readonly Issuer[];
  /** The server's base URL: must be among the token's `aud`. */
  readonly audience: string;
  readonly isResourceType: (name: string) => boolean;
  readonly patientReach: PatientReach;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Throws `unauthenticated` (401) with a sentence that holds no claim's value; `transient` (503) when an issuer's keys can't be had. */
export type TokenVerifier = (token: string) => Promise<AccessContext>;

/** Asymmetric ones only: a server that verifies can't sign. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
type Algorithm = (typeof algorithms)[number];

/** How far clocks may differ, in seconds. */
const skewSeconds = 60;
/** A token that lives longer was made with milliseconds or by mistake. */
const lifeSecondsMax = 24 * 60 * 60;
const cacheSizeMax = 10_000;
const cacheMs = 30_000;

/** A verified token is remembered for half a minute, by its hash; a refused one never. */
export function openTokenVerifier(settings: VerifierSettings): TokenVerifier {
  const cache = new Map<string, { readonly access: AccessContext; readonly until: number }>();
  return async (token) => {
    if (Buffer.byteLength(token) > limits.tokenBytesMax) throw refused(`The token has more than ${limits.tokenBytesMax} bytes.`);
    const hash = createHash('sha256').update(token).digest('base64');
    const now = settings.now();
    const known = cache.get(hash);
    if (known !== undefined && now < known.until) return known.access;
    const access = await verify(token, settings);
    cache.delete(hash);
    cache.set(hash, { access, until: Math.min(now + cacheMs, access.expiresAt * 1000) });
    const [oldest] = cache.keys();
    if (cache.size > cacheSizeMax && oldest !== undefined) cache.delete(oldest);
    return access;
  };
}

async function verify(token: string, settings: VerifierSettings): Promise<AccessContext> {
  const [headerPart = '', payloadPart = ''] = splitToken(token);
  const header = checkHeader(readPart(headerPart));
  const issuer = settings.issuers.find((candidate) => candidate.issuer === readPart(payloadPart)['iss']);
  if (issuer === undefined) throw refused("The token's issuer is not trusted by this server.");
  if (!issuer.types.includes(header.typ)) {
    throw refused(`The token's header must have the typ ${issuer.types.join(' or ')}: only access tokens are accepted.`);
  }
  const key = await issuer.keys.find(header);
  if (key === undefined) throw refused("No key of the token's issuer fits the token's header.");
  const claims = checkSignature(token, key, header.alg, issuer, settings);
  checkClaims(claims, header.typ, settings.now() / 1000);
  return accessOf(claims, settings, refused);
}

function splitToken(token: string): readonly string[] {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) {
    throw refused('The token is not a signed JWT: three parts of base64url, separated by dots.');
  }
  return parts;
}

/** Reads strictly: a member that comes twice means different things to different readers. */
function readPart(part: string): JsonObject {
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')));
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof FhirError || error instanceof TypeError)) throw error;
  }
  throw refused("The token's parts must be JSON objects without repeated members.");
}

interface Header {
  readonly alg: Algorithm;
  readonly kid?: string;
  readonly typ: string;
}

function checkHeader(header: JsonObject): Header {
  const alg = algorithms.find((candidate) => candidate === header['alg']);
  const { kid, typ } = header;
  if (alg === undefined) throw refused(`The token must be signed with one of ${algorithms.join(', ')}.`);
  if (header['crit'] !== undefined)
    throw refused("The token's header has critical extensions (crit), which are not understood here.");
  if (kid !== undefined && typeof kid !== 'string') throw refused("The token's key id (kid) must be a text.");
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  return { alg, typ: type, ...(kid === undefined ? {} : { kid }) };
}

function checkSignature(token: string, key: KeyObject, alg: Algorithm, issuer: Issuer, settings: VerifierSettings): Claims {
  const { asymmetricKeyType: keyType, asymmetricKeyDetails: details } = key;
  if (keyType?.startsWith('rsa') && (details?.modulusLength ?? 0) < rsaBitsMin) {
    throw refused(`The token's RSA key has less than ${rsaBitsMin} bits.`);
  }
  try {
    const claims = jwt.verify(token, key, {
      algorithms: [alg],
      issuer: issuer.issuer,
      audience: settings.audience,
      clockTolerance: skewSeconds,
      clockTimestamp: Math.floor(settings.now() / 1000),
    });
    if (typeof claims === 'object') return claims;
  } catch (error) {
    throw translate(error, settings.audience);
  }
  throw refused("The token's payload must be a JSON object.");
}

/** jsonwebtoken says by its messages what did not hold; whatever it throws, the token is refused. */
function translate(error: unknown, audience: string): FhirError {
  const message = error instanceof Error ? error.message : '';
  if (error instanceof jwt.TokenExpiredError) return refused('The token has expired.', 'expired');
  if (error instanceof jwt.NotBeforeError) return refused('The token is not valid yet (nbf).');
  if (message.startsWith('jwt audience'))
    return refused(`The token is not for this server: its audience (aud) must have ${audience}.`);
  return refused("The token's signature does not hold.");
}

/** What jsonwebtoken leaves unchecked. */
function checkClaims(claims: Claims, typ: string, now: number): void {
  const { exp, iat, sub, jti } = claims;
  if (typeof exp !== 'number') throw refused('The token needs an expiry (exp).');
  if (exp > now + lifeSecondsMax + skewSeconds) throw refused('The token lives longer than a day; exp is in seconds since 1970.');
  if (iat !== undefined && !(typeof iat === 'number' && iat <= now + skewSeconds)) {
    throw refused('The token was issued in the future (iat); iat is in seconds since 1970.');
  }
  if (!isName(sub)) throw refused('The token needs a subject (sub) of at most 255 characters.');
  if (!isName(jti)) throw refused('The token needs an id (jti) of at most 255 characters.');
  // A plain JWT may be an id token, which tells who signed in but gives no access.
  if (typ !== 'at+jwt' && (claims['scope'] === undefined || claims['nonce'] !== undefined || claims['at_hash'] !== undefined)) {
    throw refused('The token is not an access token.');
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255;
}

function refused(text: string, code: 'login' | 'expired' = 'login'): FhirError {
  return unauthenticated(text, 'Bearer realm="fhir", error="invalid_token"', code);
}
