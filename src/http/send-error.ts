/** Every failure becomes an OperationOutcome here, and nowhere else. https://hl7.org/fhir/R4/http.html#2.21.0.4 */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { formatJson } from '../fhir/json.ts';
import { exception, FhirError, operationOutcome } from '../fhir/outcome.ts';
import { exchangeOf } from './exchange.ts';
import { type Log, logFailure } from './log.ts';
import { sendText } from './send-response.ts';

/**
 * Sends the answer to a failure. A FhirError is told as it is; anything else is a bug of ours: 500 with an incident id that the log has too,
 * and nothing more. The outcome's id is the request's.
 */
export function sendError(error: unknown, request: Request, response: Response, log: Log): void {
  const { requestId } = exchangeOf(response);
  const shown = error instanceof FhirError ? error : concealed(error, requestId, log);
  if (error instanceof FhirError && error.status >= 500 && error.cause !== undefined) {
    logFailure(log, 'unavailable', error.cause, { requestId });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { resourceType, ...members } = operationOutcome(shown.issues);
  const text = formatJson({ resourceType, id: requestId, ...members });
  sendText(request, response, { status: shown.status, headers: shown.headers, text });
}

function concealed(error: unknown, requestId: string, log: Log): FhirError {
  const incident = randomUUID();
  logFailure(log, 'incident', error, { requestId, incident });
  return exception(`The server failed on this request. Nothing is known to be wrong with it; report incident ${incident}.`);
}
