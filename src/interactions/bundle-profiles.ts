/** What the profiles of a transaction say of it as a whole, and the conformance resources that it brings itself. */
import { definitionTypes } from '../definitions/registry.ts';
import type { Issue } from '../fhir/outcome.ts';
import type { Resource } from '../fhir/types.ts';
import type { BundleEntry } from './bundle-entries.ts';
import type { ServerContext } from './context.ts';
import { refuseErrors } from './plan-write.ts';

/**
 * The remarks on a Bundle whose envelope and resources have been checked one by one: its profiles alone are looked at again. Throws what
 * they refuse (422).
 */
export function judgeBundle(bundle: Resource, { validator }: ServerContext): readonly Issue[] {
  const issues = validator.validate(bundle, { at: 'Bundle', profilesOnly: true, recommendations: false });
  refuseErrors(issues);
  return issues;
}

/** Each remark with the entry it is on; with the first entry what is on none of those given, since a response has no other place for it. */
export function placeRemarks(remarks: readonly Issue[], indexes: readonly number[]): ReadonlyMap<number, readonly Issue[]> {
  const first = indexes.reduce((least, index) => Math.min(least, index), Number.POSITIVE_INFINITY);
  const known = new Set(indexes);
  const placed = new Map<number, Issue[]>();
  for (const remark of remarks) {
    const own = Number(/^Bundle\.entry\[(\d+)\]/.exec(remark.expression ?? '')?.[1] ?? Number.NaN);
    const index = known.has(own) ? own : first;
    placed.set(index, [...(placed.get(index) ?? []), remark]);
  }
  return placed;
}

/** The server as it will be: a profile that a transaction stores holds for its other entries too. */
export function withOwnDefinitions(context: ServerContext, entries: readonly BundleEntry[]): ServerContext {
  const beside = entries.flatMap(({ resource }) =>
    resource !== undefined && definitionTypes.includes(resource.resourceType) ? [resource] : [],
  );
  if (beside.length === 0) return context;
  const { validator } = context;
  return { ...context, validator: { validate: (resource, options) => validator.validate(resource, { beside, ...options }) } };
}
