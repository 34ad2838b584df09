/** What a client may read without a token, besides /metadata: discovery, public keys, the API in OpenAPI's words, and whether the server lives. */
import type { Request, Response } from 'express';
import { transient } from '../fhir/outcome.ts';
import type { JsonObject } from '../fhir/types.ts';
import { sendBody } from './send-response.ts';

/** "the server SHALL respond with application/json, whatever Accept says": https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */
export function sendPublicJson(document: JsonObject) {
  const text = JSON.stringify(document);
  return (_request: Request, response: Response): void => {
    response.set('Cache-Control', 'public, max-age=300').type('application/json').send(text);
  };
}

/** Packed, since it is long. */
export function sendOpenApi(document: () => string) {
  return (request: Request, response: Response): Promise<void> =>
    sendBody(request, response, {
      status: 200,
      headers: {},
      body: { bytes: Buffer.from(document(), 'utf8'), type: 'application/json; charset=utf-8' },
    });
}

/** For probes: 200 when `check` resolves in time, 503 otherwise. */
export function sendState(check: () => Promise<void>) {
  return async (_request: Request, response: Response): Promise<void> => {
    await withinTime(check());
    response.set('Cache-Control', 'no-store').type('application/json').send('{"status":"ok"}');
  };
}

const checkMs = 2_000;

async function withinTime(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${checkMs} ms.`)), checkMs);
  });
  try {
    await Promise.race([check, late]);
  } catch (cause) {
    const error = transient('The store does not answer now.');
    error.cause = cause;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
