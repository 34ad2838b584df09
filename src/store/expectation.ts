/** How a store says that an expectation did not hold when it came to commit. */
import { conflict, type FhirError, versionMismatch } from '../fhir/outcome.ts';
import type { Expectation, ExpectationFailure } from './store.ts';

/** The error `transact` throws, with an `ExpectationFailure` as its cause. */
export function expectationError(writeIndex: number, kind: Expectation['kind']): FhirError {
  const error = errorOf(kind);
  const cause: ExpectationFailure = { writeIndex, kind };
  error.cause = cause;
  return error;
}

/** The failure that an error of `transact` carries; undefined when the error is about something else. */
export function expectationFailure(error: unknown): ExpectationFailure | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'writeIndex' in cause && 'kind' in cause
    ? // Both members are there, and only `expectationError` gives an error such a cause.
      (cause as ExpectationFailure)
    : undefined;
}

function errorOf(kind: Expectation['kind']): FhirError {
  if (kind === 'version')
    return versionMismatch('The resource has another version than the one expected. Read it again, then send the change again.');
  if (kind === 'no-match')
    return conflict('Another request has just created a resource that meets the condition. Send the request again.');
  return conflict('A resource with this id was created in the meantime. Read it, then send the change again.');
}
