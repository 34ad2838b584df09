/** How a store says that an expectation did not hold when it came to commit. */
import { conflict, type FhirError, versionMismatch } from '../fhir/outcome.ts';
import type { ExpectationFailure } from './store.ts';

/** The error `transact` throws, with an `ExpectationFailure` as its cause. */
export function expectationError(
  writeIndex: number,
  kind: ExpectationFailure['kind'],
  others: readonly number[] = [],
): FhirError {
  const error = errorOf(kind);
  const cause: ExpectationFailure = others.length === 0 ? { writeIndex, kind } : { writeIndex, kind, others };
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

function errorOf(kind: ExpectationFailure['kind']): FhirError {
  if (kind === 'version')
    return versionMismatch('The resource has another version than the one expected. Read it again, then send the change again.');
  if (kind === 'missing')
    return conflict('Something that this resource refers to was deleted in the meantime. Send the request again to see what.');
  if (kind === 'referenced') return conflict('Another resource refers to what is to be deleted. Change or delete that first.');
  if (kind === 'no-match')
    return conflict('Another request has just created a resource that meets the condition. Send the request again.');
  return conflict('A resource with this id was created in the meantime. Read it, then send the change again.');
}
