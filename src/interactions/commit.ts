/** Plans a change and has the store commit it; when another writer came first, plans it again on the new state. */
import { limits } from '../fhir/limits.ts';
import type { FhirError, Issue } from '../fhir/outcome.ts';
import { expectationFailure } from '../store/expectation.ts';
import type { ExpectationFailure, Store, StoredVersion, Write, WriteResult } from '../store/store.ts';
import { type PlannedWrite, refuseErrors } from './plan-write.ts';

export interface Plan<T> {
  /** Committed together; none: nothing is to be changed. */
  readonly writes: readonly Write[];
  /** Makes the answer from the versions stored, one per write in the order of `writes`. */
  readonly answer: (results: readonly WriteResult[]) => T;
  /** Why planning again would not help, for an expectation that the plan's own writes break. */
  readonly refusal?: (failure: ExpectationFailure) => FhirError | undefined;
}

/**
 * Runs `plan` and commits its writes in one `store.transact`. An expectation that failed there means that what the plan had read is
 * stale, so the plan is made again: its own checks (If-Match, the matches of a condition) then see the new state and refuse with their own
 * error, or write on top of it. Gives up with the store's `conflict` after `limits.commitAttemptsMax` attempts.
 */
export async function commit<T>(plan: () => Promise<Plan<T>>, store: Store): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { writes, answer, refusal } = await plan();
    if (writes.length === 0) return answer([]);
    try {
      return answer(await store.transact(writes));
    } catch (error) {
      const failure = expectationFailure(error);
      if (failure === undefined || attempt >= limits.commitAttemptsMax) throw error;
      const final = refusal?.(failure);
      if (final !== undefined) throw final;
    }
  }
}

/** What stands after one write. */
export interface Written {
  /** The version stored, or the one that made storing unnecessary; undefined when nothing was there to delete. */
  readonly version?: StoredVersion;
  /** A resource came to be: the answer is 201. */
  readonly created: boolean;
  /** Warnings and information. */
  readonly issues: readonly Issue[];
}

/** Commits one planned write; refuses it with what validation found when that holds an error. */
export function commitOne(plan: () => Promise<PlannedWrite>, store: Store): Promise<Written> {
  const planOne = async (): Promise<Plan<Written>> => {
    const { write, issues, current } = await plan();
    refuseErrors(issues);
    if (write === undefined) {
      return { writes: [], answer: () => ({ created: false, issues, ...(current === undefined ? {} : { version: current }) }) };
    }
    return {
      writes: [write],
      answer: ([stored]) =>
        stored === undefined ? { created: false, issues } : { version: stored, created: stored.created, issues },
    };
  };
  return commit(planOne, store);
}
