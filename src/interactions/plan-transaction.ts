/** All the writes of a transaction, planned on one state. https://hl7.org/fhir/R4/http.html#trules */
import { atExpression, FhirError, type Issue } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import type { Resource } from '../fhir/types.ts';
import { matches } from '../search/match.ts';
import type { ExpectationFailure, Write } from '../store/store.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { bundleIdentifierEntry, markWrites, warnOfSecondBundle } from './bundle-identifier.ts';
import { type ResolvedTarget, resolveReferences } from './bundle-references.ts';
import { resolveTargets, sameResource, type Target } from './bundle-targets.ts';
import type { Plan, Written } from './commit.ts';
import type { FhirRequest, ServerContext } from './context.ts';
import { type PlannedWrite, planCreate, planDelete, planUpdate, validationRefusal } from './plan-write.ts';
import { collectAll, refuseProblems } from './problems.ts';

export interface Work {
  readonly request: FhirRequest;
  readonly context: ServerContext;
  readonly bundle: Resource;
  /** Those that could be read. */
  readonly entries: readonly BundleEntry[];
  /** Of all entries that hold a resource, also of such that could not be read. */
  readonly fullUrls: readonly string[];
  /** What is wrong with the Bundle before its entries are looked at more closely. */
  readonly problems: readonly FhirError[];
}

/** What stands after each entry that writes, by the entry's index. */
export type Outcomes = ReadonlyMap<number, Written>;

/** Throws everything that is wrong with any entry, each issue with its place in the Bundle. */
export async function planTransaction(work: Work): Promise<Plan<Outcomes>> {
  const { request, context, bundle, entries, fullUrls } = work;
  const { access } = request;
  const problems = [...work.problems];
  const writing = order.flatMap((code) => entries.filter(({ match }) => match.row.code === code));
  const targets = await resolveTargets(writing, access, context, problems);
  const resolved = await resolveReferences(targets, { fullUrls, access, context }, problems);
  const byTarget = new Map<Target, ResolvedTarget>(resolved.map((one) => [one.target, one]));
  const plans = await collectAll(targets, problems, (target) => planTarget(target, byTarget.get(target), request, context));
  problems.push(...judgeLost(writing, targets, context));
  problems.push(...plans.flatMap((plan) => (plan === undefined ? [] : (validationRefusal(plan.issues) ?? []))));
  refuseProblems(problems);

  const planned = targets.map((target, index) => ({ target, plan: plans[index] ?? { issues: [] } }));
  const changing = planned.flatMap(({ target, plan }) =>
    plan.write === undefined ? [] : [{ entry: target.entry, write: plan.write }],
  );
  const mark = bundleIdentifierEntry(bundle);
  const plain = changing.map(({ write }) => write);
  const warnings = mark === undefined ? [] : await warnOfSecondBundle(mark, plain, access, context);
  return {
    writes: mark === undefined ? plain : markWrites(plain, mark),
    refusal: (failure) => findTwin(failure, changing),
    answer: (results) => {
      const stored = new Map(results.map((result) => [formatKey(result.key), result] as const));
      return outcomesOf(planned, stored, warnings);
    },
  };
}

/** Deletes come first, then creates, then updates, wherever their entries stand; entries that read follow after the commit. */
const order = ['delete', 'create', 'update'];

async function planTarget(
  target: Target,
  resolved: ResolvedTarget | undefined,
  { access }: FhirRequest,
  context: ServerContext,
): Promise<PlannedWrite> {
  const { at, headers } = target.entry;
  try {
    switch (target.action) {
      case 'none':
        return { issues: [] };
      case 'match':
        return { issues: [], ...(target.version === undefined ? {} : { current: target.version }) };
      case 'delete':
        return await planDelete({ key: target.key, access, headers }, context);
      case 'create': {
        const { key, permission, expect } = target;
        const resource = resolved?.resource ?? target.resource;
        const preconditions = permission === 'c' ? {} : headers;
        return planCreate({ key, resource, access, headers: preconditions, permission, expect, at: `${at}.resource` }, context);
      }
      case 'update': {
        const wanted = {
          key: target.key,
          resource: resolved?.resource ?? target.resource,
          access,
          headers,
          at: `${at}.resource`,
        };
        const pinned = resolved?.pinned;
        return await planUpdate(pinned === undefined ? wanted : { ...wanted, pinned }, context);
      }
    }
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, (expression) => expression ?? at) : error;
  }
}

/** An entry whose target could not be found still has its resource judged, so that the answer names all that is wrong. */
function judgeLost(writing: readonly BundleEntry[], targets: readonly Target[], context: ServerContext): readonly FhirError[] {
  const kept = new Set(targets.map(({ entry }) => entry));
  return writing.flatMap((entry) => {
    if (kept.has(entry) || entry.resource === undefined) return [];
    return (
      validationRefusal(context.validator.validate(entry.resource, { at: `${entry.at}.resource`, recommendations: false })) ?? []
    );
  });
}

/** What kept a condition from having no match, when it is another entry of the same Bundle. */
function findTwin(
  { writeIndex }: ExpectationFailure,
  changing: readonly { readonly entry: BundleEntry; readonly write: Write }[],
): FhirError | undefined {
  const failed = changing[writeIndex];
  if (failed?.write.expect.kind !== 'no-match') return undefined;
  const { criterion } = failed.write.expect;
  const lookup = { current: () => undefined, referrers: () => [] };
  const twin = changing.find(({ write }) => {
    if (write === failed.write || write.op === 'delete' || write.key.type !== failed.write.key.type) return false;
    const { key, entries, compartments } = write;
    return matches(criterion, { key, entries, compartments, lastUpdated: 0, deleted: false }, lookup);
  });
  return twin === undefined ? undefined : sameResource(failed.entry, twin.entry);
}

function outcomesOf(
  planned: readonly { readonly target: Target; readonly plan: PlannedWrite }[],
  stored: ReadonlyMap<string, Written['version'] & { readonly created: boolean }>,
  warnings: readonly Issue[],
): Outcomes {
  const first = Math.min(...planned.map(({ target }) => target.entry.index));
  return new Map(
    planned.map(({ target, plan }) => {
      const { index } = target.entry;
      // What concerns the whole Bundle is said with its first entry: a transaction-response has no other place for it.
      const issues = index === first ? [...warnings, ...plan.issues] : plan.issues;
      const result = 'key' in target ? stored.get(formatKey(target.key)) : undefined;
      const version = result ?? plan.current;
      const created = target.action !== 'match' && result?.created === true;
      return [index, version === undefined ? { created, issues } : { version, created, issues }] as const;
    }),
  );
}
