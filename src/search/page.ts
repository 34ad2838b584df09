/**
 * Paging links: "Typically, a server will provide its own parameters in the links that it uses to manage the state of the search as pages are
 * retrieved." (https://hl7.org/fhir/R4/search.html#count) Ours carry the whole state, sealed: nothing is kept on the server, nothing of the
 * query or of the last resource can be read off the link, and no link works for another caller or another path.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { limits } from '../fhir/limits.ts';
import { invalidValue, tooCostly } from '../fhir/outcome.ts';
import { cursorParameter } from './parse-query.ts';
import type { QueryParameter } from './query.ts';

export interface Cursor {
  readonly query: readonly QueryParameter[];
  /** Where the next page begins: the store's own words. */
  readonly position: readonly (string | number | null)[];
  /** When the first page was asked, in milliseconds since 1970: `ap` means the same dates on every page. */
  readonly now: number;
}

/** What a cursor is bound to. */
export interface Seal {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Below the base: `Patient`, `Patient/1/$everything`. */
  readonly path: string;
  /** Whatever tells callers with different rights apart. */
  readonly caller: string;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Throws `tooCostly` for a query so long that no link can carry it. */
export function sealCursor(cursor: Cursor, seal: Seal): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, seal.key, iv).setAAD(boundTo(seal));
  const plain = deflateRawSync(JSON.stringify([cursor.query, cursor.position, cursor.now]));
  const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  if (sealed.length > limits.queryCharactersMax - linkCharacters) {
    throw tooCostly(
      'The query is too long for its result to be paged: ask for fewer values, or for all matches at once with a larger _count.',
    );
  }
  return sealed;
}

/** What a link holds besides the cursor. */
const linkCharacters = 256;

/** Throws `invalidValue` (400) for what was not sealed by this server for this caller and path. */
export function openCursor(text: string, seal: Seal): Cursor {
  const sealed = Buffer.from(text, 'base64url');
  if (sealed.length <= ivBytes + tagBytes) throw unusable();
  const decipher = createDecipheriv(algorithm, seal.key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(boundTo(seal)).setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(ivBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    throw unusable();
  }
  // Sealed by sealCursor, as the tag has just proved.
  const [query, position, now] = JSON.parse(inflateRawSync(plain).toString()) as [Cursor['query'], Cursor['position'], number];
  return { query, position, now };
}

function boundTo({ path, caller }: Seal): Buffer {
  return Buffer.from(JSON.stringify([path, caller]));
}

function unusable() {
  return invalidValue(
    'This paging link can not be followed: it was changed, or it was made for another caller or another search. Start the search again.',
    `http.${cursorParameter}`,
  );
}
