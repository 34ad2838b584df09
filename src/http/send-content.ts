/** Sends what is no resource: a file, piece by piece, as fast as the client takes it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Request, Response } from 'express';
import type { Content } from '../interactions/context.ts';

export interface ContentMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Content;
}

/** Resolves when all is sent, or the client has gone. No cache may keep it, since who asks decides what it gets. HEAD gets the headers alone. */
export async function sendContent(request: Request, response: Response, message: ContentMessage): Promise<void> {
  const { status, headers, content } = message;
  const packed = content.length > packBytesMin && request.acceptsEncodings('gzip') === 'gzip';
  response.setHeader('Cache-Control', 'no-store');
  response.vary('Authorization, Accept, Accept-Encoding, Prefer');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  response.setHeader('Content-Type', content.type);
  if (packed) response.setHeader('Content-Encoding', 'gzip');
  else response.setHeader('Content-Length', String(content.length));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const bytes = Readable.from(content.bytes, { objectMode: false });
  try {
    if (packed) await pipeline(bytes, createGzip(), response);
    else await pipeline(bytes, response);
  } catch (error) {
    // Whoever goes away before the end is no failure of ours; anything else is, and breaks the connection off.
    if (!isGone(error)) throw error;
  }
}

/** Packing less costs more than it saves. */
const packBytesMin = 1024;

function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE')
  );
}
