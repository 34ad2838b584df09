/** A body that an operation reads as it comes, however long: a stream of lines. */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { FhirError, invalidValue, required, unsupportedMedia } from '../fhir/outcome.ts';

/** Opens the request's body, unpacked. Throws 415 for another media type or encoding, 400 when there is no body. */
export function openSource(request: Request, mediaType: string): AsyncIterable<Uint8Array> {
  const { headers } = request;
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';', 1);
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) {
    throw required(`A body of the type ${mediaType} is expected.`);
  }
  if (type.trim() !== mediaType) throw unsupportedMedia(`The body must be sent as ${mediaType} (Content-Type).`);
  return readPieces(unpack(request));
}

function unpack(request: Request): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  const open = decoders[encoding];
  if (open === undefined) throw unsupportedMedia('The body must come plain or as gzip, deflate or br (Content-Encoding).');
  // A failure of either reaches who reads the second.
  return pipeline(request, open(), () => undefined);
}

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

async function* readPieces(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) yield piece as Buffer; // Without an encoding a stream gives buffers.
  } catch (error) {
    throw error instanceof FhirError
      ? error
      : invalidValue('The body ended early, or is not packed as its Content-Encoding says.');
  }
}
