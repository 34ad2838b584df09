/** Our bug, in one entry of a Bundle: the others are not to suffer from it. */

import { logFailure } from '../fhir/log-failure.ts';
import { exception, type FhirError } from '../fhir/outcome.ts';
import type { FhirRequest, ServerContext } from './context.ts';

/** The entry's 500: an incident id that the log has too, and nothing more. `at`: `Bundle.entry[3]`. */
export function entryIncident(error: unknown, at: string, request: FhirRequest, context: ServerContext): FhirError {
  const incident = context.newId();
  logFailure(context.log, 'incident', error, { requestId: request.requestId, entry: at, incident });
  return exception(`The server failed on this entry. Nothing is known to be wrong with it; report incident ${incident}.`);
}
