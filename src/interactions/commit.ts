/** Plans a change and has the store commit it; when another writer came first, plans it again on the new state. */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { limits } from '../fhir/limits.ts';
import { conflict, type FhirError, type Issue } from '../fhir/outcome.ts';
import { expectationFailure } from '../store/expectation.ts';
import type { ExpectationFailure, Store, StoredVersion, Write, WriteResult } from '../store/store.ts';
import { checkReferences } from './check-references.ts';
import type { ServerContext } from './context.ts';
import { type PlannedWrite, refuseErrors } from './plan-write.ts';
import { refuseReferenced } from './referenced.ts';

export interface Plan<T> {
  /** Committed together; none: nothing is to be changed. */
  readonly writes: readonly Write[];
  /** Makes the answer from the versions stored, one per write in the order of `writes`. */
  readonly answer: (results: readonly WriteResult[]) => T;
  /** Why planning again would not help, for an expectation that the plan's own writes break. */
  readonly refusal?: (failure: ExpectationFailure) => FhirError | undefined | Promise<FhirError | undefined>;
}

/**
 * Runs `plan` and commits its writes in one `store.transact`. An expectation that failed there means that what the plan had read is
 * stale, so the plan is made again, given the failure: its own checks (If-Match, the matches of a condition) then see the new state and refuse with
 * their own error, or write on top of it. Gives up with `conflict` (409) after `limits.commitAttemptsMax` attempts.
 */
export async function commit<T>(plan: (before?: ExpectationFailure) => Promise<Plan<T>>, store: Store): Promise<T> {
  let before: ExpectationFailure | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const { writes, answer, refusal } = await plan(before);
    if (writes.length === 0) return answer([]);
    try {
      return answer(await store.transact(writes));
    } catch (error) {
      before = expectationFailure(error);
      if (before === undefined) throw error;
      const final = await refusal?.(before);
      if (final !== undefined) throw final;
      if (attempt === limits.commitAttemptsMax) throw contended();
    }
    await pause(attempt);
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

/** Commits one planned write; refuses it with what validation found, or with references that lead nowhere. */
export async function commitOne(plan: () => Promise<PlannedWrite>, context: ServerContext): Promise<Written> {
  const [written] = await commitAll(async () => [await plan()], context);
  return written ?? { created: false, issues: [] };
}

/** Commits planned writes, all or none, and tells what stands after each. */
export function commitAll(plan: () => Promise<readonly PlannedWrite[]>, context: ServerContext): Promise<readonly Written[]> {
  let careful = false;
  const planAll = async (before?: ExpectationFailure): Promise<Plan<readonly Written[]>> => {
    careful ||= before?.kind === 'missing';
    const planned = await checkReferences(await plan(), context, { careful });
    refuseErrors(planned.flatMap(({ issues }) => issues));
    const changing = planned.filter((one): one is PlannedWrite & { readonly write: Write } => one.write !== undefined);
    return {
      writes: changing.map(({ write }) => write),
      refusal: (failure) => refuseReferenced(failure, changing, context),
      answer: (results) => {
        const stored = new Map(changing.map((one, index) => [one as PlannedWrite, results[index]]));
        return planned.map((one) => writtenOf(one, stored.get(one)));
      },
    };
  };
  return commit(planAll, context.store);
}

function writtenOf({ issues, current }: PlannedWrite, stored: WriteResult | undefined): Written {
  const version = stored ?? current;
  return { created: stored?.created === true, issues, ...(version !== undefined && { version }) };
}

/** Longer with each attempt, and never the same for two writers, so that they stop meeting. The first time the other one is mostly gone already. */
async function pause(attempt: number): Promise<void> {
  if (attempt > 1) await setTimeout(randomInt(1, Math.min(2 ** attempt, pauseMsMax) + 1));
}

const pauseMsMax = 64;

const contended = () => conflict('Other requests kept changing the same resources. Nothing was changed; send the request again.');
