/** Every failure becomes an OperationOutcome here, and nowhere else. https://hl7.org/fhir/R4/http.html#2.21.0.4 */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { type Log, logFailure } from '../fhir/log-failure.ts';
import { exception, FhirError, languagesOf, operationOutcome } from '../fhir/outcome.ts';
import { exchangeOf } from './exchange.ts';
import { negotiateAnyhow } from './negotiate.ts';
import { sendBody, writeBody } from './send-response.ts';
import type { XmlFormat } from './xml/xml-format.ts';

export interface ErrorSettings {
  readonly log: Log;
  readonly xml: XmlFormat;
}

/**
 * Sends the answer to a failure, in the format of the exchange. A FhirError is told as it is; anything else is a bug of ours: 500 with an
 * incident id that the log has too, and nothing more. The outcome's id is the request's.
 */
export async function sendError(
  error: unknown,
  request: Request,
  response: Response,
  { log, xml }: ErrorSettings,
): Promise<void> {
  const { requestId, format = negotiateAnyhow(request.headers, []) } = exchangeOf(response);
  const { status, issues, headers, cause } = error instanceof FhirError ? error : concealed(error, requestId, log);
  if (error instanceof FhirError && status >= 500 && cause !== undefined) logFailure(log, 'unavailable', cause, { requestId });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { resourceType, ...members } = operationOutcome(issues);
  const body = writeBody({ resource: { resourceType, id: requestId, ...members } }, format, xml);
  await sendBody(request, response, {
    status,
    headers: { ...headers, 'Content-Language': languagesOf(issues) },
    ...(body && { body }),
  });
}

function concealed(error: unknown, requestId: string, log: Log): FhirError {
  const incident = randomUUID();
  logFailure(log, 'incident', error, { requestId, incident });
  return exception(`The server failed on this request. Nothing is known to be wrong with it; report incident ${incident}.`);
}
