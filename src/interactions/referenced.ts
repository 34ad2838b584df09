/** The refusal of a delete that would leave references to nothing: 409, with what the caller may know of who refers. */
import { type AccessContext, everyone } from '../access/access-context.ts';
import { grantedTypes, isGranted } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { FhirError, type Issue } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { referenceParameter } from '../search/reference-parameter.ts';
import type { ExpectationFailure, Write } from '../store/store.ts';
import type { ServerContext } from './context.ts';

/** A delete among writes that were refused. */
export interface Deleting {
  readonly write: Write;
  readonly access?: AccessContext;
  /** Where it stands in a Bundle. */
  readonly at?: string;
}

/** Undefined for a failure of another kind. */
export async function refuseReferenced(
  { kind, writeIndex, others = [] }: ExpectationFailure,
  changing: readonly Deleting[],
  context: ServerContext,
): Promise<FhirError | undefined> {
  if (kind !== 'referenced') return undefined;
  const written = new Set(changing.map(({ write }) => formatKey(write.key)));
  const issues: Issue[] = [];
  for (const index of [writeIndex, ...others]) {
    const deleting = changing[index];
    if (deleting !== undefined) issues.push(await issueOf(deleting.write.key, written, deleting, context));
  }
  return new FhirError(409, issues);
}

/**
 * What a delete of the resource would be refused with now; undefined when nothing holds it. Whoever may delete it is told of all that would, others
 * of what they may search.
 */
export async function findHold(key: ResourceKey, access: AccessContext, context: ServerContext): Promise<Issue | undefined> {
  if (context.references === 'free') return undefined;
  const own = new Set([formatKey(key)]);
  const judge = isGranted(access, key.type, 'd') ? everyone : access;
  const holding = await referrers(key, own, judge, context);
  return holding.length === 0 ? undefined : issueOf(key, own, { access }, context);
}

async function issueOf(
  key: ResourceKey,
  written: ReadonlySet<string>,
  { access, at }: Pick<Deleting, 'access' | 'at'>,
  context: ServerContext,
): Promise<Issue> {
  const known = access === undefined ? [] : await referrers(key, written, access, context);
  const text =
    `This ${key.type} is not deleted, because other resources refer to it. Change or delete them first, or together with it in one transaction; ` +
    'a client with a system/ scope may delete it with ?_references=free and leave the references to nothing.';
  return {
    severity: 'error',
    code: 'conflict',
    id: 'resource-referenced',
    text,
    ...(known.length > 0 && { diagnostics: `Among those that refer to it: ${known.join(', ')}.` }),
    ...(at !== undefined && { expression: at }),
  };
}

/** Some of those that refer to a resource, as far as the caller may search them: of others nothing is said, not even how many. */
async function referrers(
  key: ResourceKey,
  written: ReadonlySet<string>,
  access: AccessContext,
  { definitions, store }: ServerContext,
): Promise<readonly string[]> {
  const types = grantedTypes(access, definitions.resourceTypes, 's');
  if (types.length === 0) return [];
  const test = { shape: 'reference', target: formatKey(key) } as const;
  const criterion = narrow(access, types, 's', { kind: 'has', parameter: referenceParameter, test });
  const { items } = await store.search({ types, criterion, sort: [], count: shownMax, total: 'none' });
  return items.map((item) => formatKey(item.key)).filter((name) => !written.has(name));
}

const shownMax = 5;
