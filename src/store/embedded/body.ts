/** Bodies as they are kept: short ones as text, sent as they are; long ones deflated, because their pages cost more than their inflation. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

export type Body = string | Uint8Array | null;

/** Characters from which a body is deflated. */
const deflatedFrom = 16 * 1024;

export function packBody(text: string): Body {
  return text.length < deflatedFrom ? text : deflate(text);
}

export function unpackBody(body: Body): string {
  if (body === null) return '';
  return typeof body === 'string' ? body : inflate(body);
}

export function deflate(text: string): Uint8Array {
  return deflateRawSync(text, { level: 1 });
}

export function inflate(bytes: Uint8Array): string {
  return inflateRawSync(bytes).toString('utf8');
}
