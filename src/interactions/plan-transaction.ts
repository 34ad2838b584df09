/** All the writes of a transaction, planned on one state. https://hl7.org/fhir/R4/http.html#trules */
import { atExpression, FhirError, type Issue } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import type { Resource } from '../fhir/types.ts';
import { matches } from '../search/match.ts';
import type { ExpectationFailure, Write } from '../store/store.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { bundleIdentifierEntry, markWrites, warnOfSecondBundle } from './bundle-identifier.ts';
import { judgeBundle, placeRemarks, withOwnDefinitions } from './bundle-profiles.ts';
import { type ResolvedTarget, resolveReferences } from './bundle-references.ts';
import { resolveTargets, sameResource, type Target } from './bundle-targets.ts';
import { checkReferences } from './check-references.ts';
import type { Plan, Written } from './commit.ts';
import type { FhirRequest, ServerContext } from './context.ts';
import { planPatched } from './plan-patch.ts';
import { type PlannedWrite, planCreate, planDelete, planUpdate, validationRefusal, type WantedCreate } from './plan-write.ts';
import { collectAll, refuseProblems } from './problems.ts';
import { refuseReferenced } from './referenced.ts';

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

/** What stands after each entry that writes, by the entry's index: several only for a conditional delete. */
export type Outcomes = ReadonlyMap<number, readonly Written[]>;

/**
 * Throws everything that is wrong with any entry, each issue with its place in the Bundle. `careful`: the store has found that a reference leads
 * nowhere, so that each has to be looked up.
 */
export async function planTransaction(work: Work, careful: boolean): Promise<Plan<Outcomes>> {
  const { request, bundle, entries, fullUrls } = work;
  const context = withOwnDefinitions(work.context, entries);
  const { access } = request;
  const problems = [...work.problems];
  const writing = order.flatMap((code) => entries.filter(({ match }) => match.row.code === code));
  const targets = await resolveTargets(writing, access, context, problems);
  const resolved = await resolveReferences(targets, { fullUrls, access, context }, problems);
  const byTarget = new Map<Target, ResolvedTarget>(resolved.map((one) => [one.target, one]));
  const together = new Set(targets.flatMap((target) => ('resource' in target ? [formatKey(target.key)] : [])));
  const plan = (target: Target) => planTarget(target, byTarget.get(target), { access, together }, context);
  const plans = await collectAll(targets, problems, plan);
  problems.push(...judgeLost(writing, targets, context));
  const checked = await checkReferences(
    plans.map((plan) => plan ?? { issues: [] }),
    context,
    {
      careful: careful || problems.length > 0,
      coming: comingVersions(resolved),
      conditional: problems.length > 0 ? 'told' : 'refused',
    },
  );
  problems.push(...checked.flatMap(({ issues }) => validationRefusal(issues) ?? []));
  refuseProblems(problems);
  const remarks = judgeBundle(bundle, context);

  const planned = targets.map((target, index) => ({ target, plan: checked[index] ?? { issues: [] } }));
  const changing = planned.flatMap(({ target, plan }) =>
    plan.write === undefined ? [] : [{ entry: target.entry, at: target.entry.at, access, write: plan.write }],
  );
  const mark = bundleIdentifierEntry(bundle);
  const plain = changing.map(({ write }) => write);
  const warnings = mark === undefined ? [] : await warnOfSecondBundle(mark, plain, access, context);
  return {
    writes: mark === undefined ? plain : markWrites(plain, mark),
    refusal: (failure) => findTwin(failure, changing) ?? refuseReferenced(failure, changing, context),
    answer: (results) => {
      const stored = new Map(results.map((result) => [formatKey(result.key), result] as const));
      return outcomesOf(planned, stored, [...warnings, ...remarks]);
    },
  };
}

/** Deletes come first, then creates, then updates, wherever their entries stand; entries that read follow after the commit. */
const order = ['delete', 'create', 'update', 'patch'];

async function planTarget(
  target: Target,
  resolved: ResolvedTarget | undefined,
  { access, together }: Pick<WantedCreate, 'access'> & { readonly together: ReadonlySet<string> },
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
        return await planDelete({ ...target, access, headers }, context);
      case 'create': {
        const { key, permission, expect } = target;
        const resource = resolved?.resource ?? target.resource;
        const preconditions = permission === 'c' ? {} : headers;
        const place = `${at}.resource`;
        return await planCreate(
          { key, resource, access, headers: preconditions, permission, expect, at: place, together },
          context,
        );
      }
      case 'patch': {
        const { wanted, current } = target;
        const resource = resolved?.resource ?? target.resource;
        const pinned = resolved?.pinned;
        return await planPatched({ resource, current, ...(pinned !== undefined && { pinned }) }, wanted, context);
      }
      case 'update': {
        const wanted = {
          key: target.key,
          resource: resolved?.resource ?? target.resource,
          access,
          headers,
          at: `${at}.resource`,
          together,
        };
        const pinned = resolved?.pinned;
        return await planUpdate(pinned === undefined ? wanted : { ...wanted, pinned }, context);
      }
    }
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, (expression) => expression ?? at) : error;
  }
}

/** The versions that references in the Bundle name in advance. */
function comingVersions(resolved: readonly ResolvedTarget[]): ReadonlySet<string> {
  return new Set(
    resolved.flatMap(({ target, versionId }) =>
      versionId === undefined ? [] : [`${formatKey(target.key)}/_history/${versionId}`],
    ),
  );
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
  remarks: readonly Issue[],
): Outcomes {
  const outcomes = new Map<number, Written[]>();
  const said = placeRemarks(
    remarks,
    planned.map(({ target }) => target.entry.index),
  );
  for (const { target, plan } of planned) {
    const { index } = target.entry;
    const written = outcomes.get(index) ?? [];
    outcomes.set(index, written);
    const issues = written.length === 0 ? [...(said.get(index) ?? []), ...plan.issues] : plan.issues;
    const result = 'key' in target ? stored.get(formatKey(target.key)) : undefined;
    const version = result ?? plan.current;
    const created = target.action !== 'match' && result?.created === true;
    written.push({ created, issues, ...(version !== undefined && { version }) });
  }
  return outcomes;
}
