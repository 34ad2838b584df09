/** Gathers what is wrong with the parts of a request, so that one answer names it all. */
import { setImmediate } from 'node:timers/promises';
import { FhirError, type Issue } from '../fhir/outcome.ts';

/** How many items are worked on between two turns of the event loop, so that a large Bundle does not keep other requests waiting. */
const togetherMax = 64;

/**
 * Does the work for each item, some of them at a time, and returns the results in the order of the items. A FhirError becomes a problem and
 * its result undefined; anything else is our bug and goes on its way.
 */
export async function collectAll<T, R>(
  items: readonly T[],
  problems: FhirError[],
  work: (item: T) => R | Promise<R>,
): Promise<readonly (R | undefined)[]> {
  const results: (R | undefined)[] = [];
  for (let start = 0; start < items.length; start += togetherMax) {
    if (start > 0) await setImmediate();
    const outcomes = await Promise.allSettled(items.slice(start, start + togetherMax).map(async (item) => work(item)));
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') results.push(outcome.value);
      else {
        if (!(outcome.reason instanceof FhirError)) throw outcome.reason;
        problems.push(outcome.reason);
        results.push(undefined);
      }
    }
  }
  return results;
}

/**
 * Throws when there are problems: one error with the issues of all, its status the first of 400, 412 and 422 that one of them has. A refusal
 * of another kind (403, 404, 409…) is answered alone, the first of them, so that nothing else is said to a caller who may not know.
 */
export function refuseProblems(problems: readonly FhirError[]): void {
  if (problems.length === 0) return;
  const alone = problems.find(({ status }) => !joinable.includes(status));
  if (alone !== undefined) throw alone;
  const status = joinable.find((candidate) => problems.some((problem) => problem.status === candidate)) ?? 400;
  throw new FhirError(
    status,
    problems.flatMap(({ issues }) => issues).sort((one, other) => rank(one) - rank(other)),
  );
}

const joinable = [400, 412, 422];

/** Errors come first: they stay when an OperationOutcome has to leave issues out. */
function rank({ severity }: Issue): number {
  return severity === 'error' || severity === 'fatal' ? 0 : 1;
}
