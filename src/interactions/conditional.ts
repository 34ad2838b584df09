/** Conditions in place of ids: conditional create, update, delete and references. https://hl7.org/fhir/R4/http.html#ccreate */
import type { AccessContext, Permission } from '../access/access-context.ts';
import { border, narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, multipleMatches, required } from '../fhir/outcome.ts';
import { type Authorized, and, type Criterion } from '../search/criterion.ts';
import { parseQuery, type QueryParameter } from '../search/parse-query.ts';
import type { StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';

export interface Condition {
  readonly type: string;
  /** What the client asks. */
  readonly criterion: Criterion;
  /** The same inside the caller's border: what hides from the caller does not match. */
  readonly allowed: Authorized<Criterion>;
  readonly caller: Caller;
}

export interface Caller {
  readonly access: AccessContext;
  /** The letter of the interaction; searching for the match needs `s` besides. */
  readonly permission: Permission;
}

/**
 * Reads the parameters of a condition.
 * Unknown parameters are always errors (400) here, whatever `Prefer` says: left out, they would make the condition match what the client
 * did not mean, and a write would hit it.
 */
export function parseCondition(
  type: string,
  parameters: readonly QueryParameter[],
  caller: Caller,
  context: ServerContext,
): Condition {
  const { definitions, baseUrl, timeZone } = context;
  const parsed = parseQuery([type], parameters, {
    definitions,
    baseUrl,
    timeZone,
    now: context.now(),
    strict: true,
    border: (target) => border(caller.access, target, 's'),
  });
  const { criterion, ignored } = parsed;
  if (ignored.length > 0)
    throw invalidValue(`A condition may not leave anything out: ${ignored.map(({ text }) => text).join(' ')}`);
  if (criterion.kind === 'all') throw required(`A condition on ${type} needs at least one search parameter with a value.`);
  return openCondition(type, criterion, caller);
}

function openCondition(type: string, criterion: Criterion, caller: Caller): Condition {
  const { access, permission } = caller;
  const allowed = narrow(access, [type], 's', and(criterion, border(access, type, permission)));
  return { type, criterion, allowed, caller };
}

/** The condition with something more to hold. */
export function within({ type, criterion, caller }: Condition, more: Criterion): Condition {
  return openCondition(type, and(criterion, more), caller);
}

/**
 * The text of a query (`identifier=a&active=true`) as parameters, decoded once; a leading `?` is ignored. Throws `invalidValue` (400) over
 * `limits.queryCharactersMax`.
 */
export function readQueryText(text: string, place?: string): readonly QueryParameter[] {
  if (text.length > limits.queryCharactersMax) {
    throw invalidValue(`A query may have at most ${limits.queryCharactersMax} characters.`, place);
  }
  return [...new URLSearchParams(text)];
}

/** The resources that meet the condition now, `count` of them at most: with the usual two, the second stands for several. */
export async function findMatches(condition: Condition, context: ServerContext, count = 2): Promise<readonly StoredVersion[]> {
  const { type, allowed } = condition;
  const page = await context.store.search({ types: [type], criterion: allowed, sort: [], count, total: 'none' });
  return page.items;
}

/** The one resource that meets the condition, or undefined; several: 412. */
export async function findMatch(condition: Condition, context: ServerContext): Promise<StoredVersion | undefined> {
  const [first, second] = await findMatches(condition, context);
  if (second !== undefined) throw severalMatches(condition.type);
  return first;
}

/** 412: "the client's criteria were not selective enough". */
export function severalMatches(type: string, expression?: string): FhirError {
  return multipleMatches(
    `The condition matches more than one ${type}; it must be selective enough to match at most one.`,
    expression,
  );
}
