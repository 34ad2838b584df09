/** Conditions in place of ids: conditional create, update, delete and references. https://hl7.org/fhir/R4/http.html#ccreate */
import type { AccessContext, Permission } from '../access/access-context.ts';
import { border, narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, multipleMatches, required } from '../fhir/outcome.ts';
import { type Authorized, and, type Criterion } from '../search/criterion.ts';
import { parseQuery, type QueryParameter, type QuerySettings } from '../search/parse-query.ts';
import type { Page, StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';

export interface Condition {
  readonly type: string;
  /** What the client asks. */
  readonly criterion: Criterion;
  /** The same inside the caller's border: what hides from the caller does not match. */
  readonly allowed: Authorized<Criterion>;
  /** What a search with the same parameters would find besides, inside the border: other forms of a codice fiscale. Absent when that is nothing. */
  readonly variants?: Authorized<Criterion>;
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
  const settings: QuerySettings = {
    definitions,
    baseUrl,
    timeZone,
    now: context.now(),
    strict: true,
    border: (target) => border(caller.access, target, 's'),
  };
  const { criterion, ignored } = parseQuery([type], parameters, { ...settings, exactIdentifiers: true });
  if (ignored.length > 0)
    throw invalidValue(`A condition may not leave anything out: ${ignored.map(({ text }) => text).join(' ')}`);
  if (criterion.kind === 'all') throw required(`A condition on ${type} needs at least one search parameter with a value.`);
  const searched = parseQuery([type], parameters, settings).criterion;
  const condition = { type, criterion, allowed: allowedOf(type, criterion, caller), caller };
  if (JSON.stringify(searched) === JSON.stringify(criterion)) return condition;
  return { ...condition, variants: allowedOf(type, searched, caller) };
}

/**
 * Reads `If-None-Exist`: "this header just contains the search parameters (what would be in the URL following the "?")". Many clients send the
 * type before the question mark too, as in a conditional reference, so that is read the same.
 */
export function parseIfNoneExist(type: string, text: string, access: AccessContext, context: ServerContext): Condition {
  const query = text.startsWith(`${type}?`) ? text.slice(type.length) : text;
  return parseCondition(type, readQueryText(query), { access, permission: 'c' }, context);
}

function allowedOf(type: string, criterion: Criterion, { access, permission }: Caller): Authorized<Criterion> {
  return narrow(access, [type], 's', and(criterion, border(access, type, permission)));
}

/** The condition with something more to hold, of the resources that meet it as it is written. */
export function within({ type, criterion, caller }: Condition, more: Criterion): Condition {
  const narrower = and(criterion, more);
  return { type, criterion: narrower, allowed: allowedOf(type, narrower, caller), caller };
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

/**
 * The resources that meet the condition now, `count` of them at most: with the usual two, the second stands for several; of more than
 * two without their texts. Throws 412 when
 * none does but a search would find one by another form of a codice fiscale: omocodia tells two persons apart by such forms, so that a write
 * must not take the one for the other, nor create a second record of one. `place` is for the message.
 */
export async function findMatches(
  condition: Condition,
  context: ServerContext,
  { count = 2, place }: { readonly count?: number; readonly place?: string } = {},
): Promise<readonly StoredVersion[]> {
  const { type, allowed, variants } = condition;
  const found = await findSome(type, allowed, count, context);
  const others = found.length === 0 && variants !== undefined ? await findSome(type, variants, 1, context) : [];
  if (others.length === 0) return found;
  // Between the two searches another writer may have brought the very one: that is no other form.
  const foundNow = await findSome(type, allowed, count, context);
  if (foundNow.length === 0) throw onlyVariants(type, place);
  return foundNow;
}

async function findSome(
  type: string,
  criterion: Authorized<Criterion>,
  count: number,
  { store }: ServerContext,
): Promise<readonly StoredVersion[]> {
  const query = { types: [type], criterion, sort: [], charactersMax: limits.pageCharactersMax, total: 'none' } as const;
  const found: StoredVersion[] = [];
  let page: Page<StoredVersion> | undefined;
  do {
    page = await store.search({ ...query, count: count - found.length, ...(page?.next && { after: page.next }) });
    // Of more than two it only matters which they are.
    found.push(...page.items.map((version) => (count > 2 ? { ...version, text: '' } : version)));
  } while (page.next !== undefined && found.length < count);
  return found;
}

function onlyVariants(type: string, place?: string): FhirError {
  return multipleMatches(
    `No ${type} has the codice fiscale of the condition as it is written, but one has another form of it (omocodia), which may be another person's. Find it with a search, then write to it by its id, or create a new ${type} without the condition.`,
    place,
  );
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
