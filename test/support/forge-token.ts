/** Tokens as an attacker would make them: any header, any payload, signed with whatever key is at hand. */
import { createHmac, type KeyObject, sign } from 'node:crypto';

/** Header and payload may be JSON text, for what no object can say (a member twice). */
export type Part = string | Readonly<Record<string, unknown>>;

export function forgeToken(header: Part, payload: Part, signature: (input: string) => string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(input)}`;
}

export function signedBy(key: KeyObject, digest = 'sha256'): (input: string) => string {
  const dsaEncoding = 'ieee-p1363';
  return (input) => sign(digest, Buffer.from(input), { key, dsaEncoding }).toString('base64url');
}

export function hmacBy(secret: string | Buffer): (input: string) => string {
  return (input) => createHmac('sha256', secret).update(input).digest('base64url');
}

function encode(part: Part): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}
