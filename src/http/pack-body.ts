/** gzip for answers. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface Packed {
  readonly bytes: Buffer;
  readonly encoding?: 'gzip';
}

/** What fits into one packet gains nothing from being smaller. */
const packedBytesMin = 1_400;

/** Near the best size, at half the time. */
const level = 5;

/** Texts; pictures and documents are packed already. */
const textual = /^(?:text\/|application\/(?:.*\+)?(?:json|xml)\b)/;

const pack = promisify(gzip);

/** Packs a text when the client takes gzip and it is worth it; off the main thread. */
export async function packBody(bytes: Buffer, contentType: string, acceptEncoding: string | undefined): Promise<Packed> {
  const worth = bytes.length >= packedBytesMin && textual.test(contentType);
  if (!worth || acceptEncoding === undefined || !takesGzip(acceptEncoding)) return { bytes };
  return { bytes: await pack(bytes, { level }), encoding: 'gzip' };
}

export function takesGzip(acceptEncoding: string): boolean {
  const weights = new Map(
    acceptEncoding.split(',').map((part) => {
      const [name = '', parameter = ''] = part.split(';').map((piece) => piece.trim().toLowerCase());
      return [name, parameter.startsWith('q=') ? Number(parameter.slice(2)) : 1] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}
