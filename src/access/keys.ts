/** Keys that tokens are signed with: the server's own, and those of the issuers it trusts. https://www.rfc-editor.org/rfc/rfc7517 */
import { createPrivateKey, createPublicKey, generateKeyPair, hkdfSync, KeyObject, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWK } from 'jose';
import { transient } from '../fhir/outcome.ts';

/** The algorithm of the server's own tokens: of those every client library knows, the fastest to verify. */
export const signingAlgorithm = 'RS256';

/** The least that may verify a token: shorter RSA keys can be factored. */
export const rsaBitsMin = 2048;

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The thumbprint of RFC 7638. */
  readonly kid: string;
  /** The public half, as the key set shows it. */
  readonly jwk: JWK;
  /** Users other than the file's owner may read it, and so sign tokens. */
  readonly exposed: boolean;
}

/** Where an issuer's public keys come from. */
export interface KeySource {
  /**
   * The one key of the issuer that fits the header; undefined when none or several do. Throws `transient` (503) when the issuer's keys
   * can't be fetched now.
   */
  find(header: { readonly alg: string; readonly kid?: string }): Promise<KeyObject | undefined>;
}

/**
 * Opens the server's own key, `keys/signing-key.pem` in the data folder, and makes it at the first start, readable by its owner alone.
 * Server and command line may come at the same moment: the first file to have the name wins. Throws an Error with a sentence when the
 * file holds no usable key.
 */
export async function openSigningKey(dataDir: string): Promise<SigningKey> {
  const path = join(dataDir, 'keys', 'signing-key.pem');
  const privateKey = readPrivateKey(path, (await readIfThere(path)) ?? (await createKeyFile(dataDir, path)));
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty === undefined || n === undefined || e === undefined) throw new Error(`The key in ${path} is not an RSA key.`);
  const bare = { kty, n, e };
  const kid = await calculateJwkThumbprint(bare);
  const { mode } = await stat(path);
  // Windows has no such bits: Node shows every file as readable by all.
  const exposed = process.platform !== 'win32' && (mode & 0o077) !== 0;
  return { privateKey, kid, jwk: { ...bare, kid, alg: signingAlgorithm, use: 'sig' }, exposed };
}

/** 32 bytes for another purpose, derived from the signing key, so that one secret is all that nodes must share. */
export function deriveSecret(key: SigningKey, purpose: string): Uint8Array {
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  return new Uint8Array(hkdfSync('sha256', secret, '', `fascicolo ${purpose}`, 32));
}

/** The keys of the server's own tokens. */
export function ownKeys(key: SigningKey): KeySource {
  return keySource(createLocalJWKSet({ keys: [key.jwk] }));
}

export interface RemoteKeysSettings {
  /** How long an unknown `kid` doesn't fetch the set again, and how long a failed fetch isn't repeated; milliseconds. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  readonly now: () => number;
}

const remoteKeysDefaults: RemoteKeysSettings = { cooldownMs: 30_000, timeoutMs: 5_000, now: Date.now };

/**
 * The keys of a trusted issuer, fetched when first needed and again every ten minutes or for an unknown `kid`. Follows no redirect and
 * reads at most 64 kB.
 */
export function remoteKeys(url: string, settings: RemoteKeysSettings = remoteKeysDefaults): KeySource {
  const { cooldownMs, timeoutMs, now } = settings;
  let retryAt = 0;
  const limitedFetch = async (address: string, options: RequestInit): Promise<Response> => {
    if (now() < retryAt) throw new Error('The last fetch of the key set failed a moment ago.');
    retryAt = now() + cooldownMs;
    const response = await fetch(address, options);
    const text = await readLimited(response);
    if (response.ok && isJson(text)) retryAt = 0;
    return new Response(text, { status: response.status });
  };
  return keySource(
    createRemoteJWKSet(new URL(url), {
      cooldownDuration: cooldownMs,
      timeoutDuration: timeoutMs,
      [customFetch]: limitedFetch,
    }),
  );
}

const keySetBytesMax = 64 * 1024;

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > keySetBytesMax) throw new Error(`The key set has more than ${keySetBytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // jose says so to whoever asked for the key; here it only counts as a failed fetch.
    return false;
  }
}

type JoseKeys = (header: { readonly alg: string; readonly kid?: string }) => ReturnType<ReturnType<typeof createLocalJWKSet>>;

function keySource(keys: JoseKeys): KeySource {
  const converted = new WeakMap<object, KeyObject>();
  return {
    find: async (header) => {
      try {
        const key = await keys(header);
        const known = converted.get(key) ?? KeyObject.from(key);
        converted.set(key, known);
        return known;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return undefined;
        throw unreachable(error);
      }
    },
  };
}

function unreachable(cause: unknown): Error {
  const error = transient("The keys of the token's issuer can't be fetched now, so the token can't be checked. Try again later.");
  error.cause = cause;
  return error;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    if (isCode(error, 'ENOTDIR'))
      throw new Error(`A file stands where a folder is needed for ${path}. Check DATA_DIR.`, { cause: error });
    throw new Error(`The server's key can't be read from ${path}: it must be readable by the server's user.`, { cause: error });
  }
}

function readPrivateKey(path: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin) return key;
  } catch (error) {
    throw new Error(`The file ${path} holds no private key in PEM form. Restore it, or remove it to have a new one made.`, {
      cause: error,
    });
  }
  throw new Error(`The key in ${path} must be an RSA key of at least ${rsaBitsMin} bits.`);
}

async function createKeyFile(dataDir: string, path: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: rsaBitsMin });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(join(dataDir, 'keys'), { recursive: true, mode: 0o700 });
    await writeFile(draft, pem, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new Error(`The data folder ${dataDir} can't be written (DATA_DIR): the server keeps its key there.`, { cause: error });
  }
  try {
    await link(draft, path);
    return pem;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return await readFile(path, 'utf8');
  } finally {
    await unlink(draft);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
