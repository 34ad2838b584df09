/** The bytes of a request's body, within the limit of its path. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, malformed, tooLarge, unsupportedMedia } from '../fhir/outcome.ts';

export type BodyReader = (request: Request, response: Response, large: boolean) => Promise<Buffer>;

/**
 * Makes a reader of bodies. `large` is the limit of `[base]` and Binary. gzip, deflate and br are unpacked, the limit holding for what
 * comes out. Throws 413 over the limit, also when Content-Length says less; 415 for another encoding.
 */
export function openBodyReader(): BodyReader {
  const small = express.raw({ type: () => true, limit: limits.bodyBytesMax });
  const big = express.raw({ type: () => true, limit: limits.bundleBodyBytesMax });
  return async (request, response, large) => {
    await run(large ? big : small, request, response, large ? limits.bundleBodyBytesMax : limits.bodyBytesMax);
    return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  };
}

/** The bytes as text; undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // That is what the fault means; who needs a text says so.
    return undefined;
  }
}

/** The bytes as text. Throws 400 when they are not UTF-8. */
export function readText(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw malformed('The body is not UTF-8.');
  return text;
}

function run(handler: RequestHandler, request: Request, response: Response, bytesMax: number): Promise<void> {
  return new Promise((resolve, reject) => {
    handler(request, response, (failure?: unknown) => {
      if (failure === undefined) resolve();
      else reject(translate(failure, bytesMax));
    });
  });
}

/** body-parser names what went wrong in `type`. */
function translate(failure: unknown, bytesMax: number): unknown {
  if (!(failure instanceof Error)) return failure;
  const { type, status } = failure as Error & { readonly type?: unknown; readonly status?: unknown }; // Extra members of http-errors.
  if (type === 'entity.too.large') return bodyTooLarge(bytesMax);
  if (type === 'encoding.unsupported')
    return unsupportedMedia('The body must come plain or as gzip, deflate or br (Content-Encoding).');
  return status === 400 ? invalidValue('The body ended early, or is not packed as its Content-Encoding says.') : failure;
}

function bodyTooLarge(bytesMax: number): FhirError {
  return tooLarge(`The body has more than ${bytesMax / 1024 / 1024} MB, which is the limit here; [base] and Binary take 50 MB.`);
}
