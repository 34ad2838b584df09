/** `Patient?identifier=…` in place of a literal reference, inside a transaction. https://hl7.org/fhir/R4/http.html#trules */
import type { AccessContext } from '../access/access-context.ts';
import { atExpression, FhirError } from '../fhir/outcome.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import { type Criterion, not } from '../search/criterion.ts';
import { type Candidate, type Lookup, matches } from '../search/match.ts';
import type { StoredVersion } from '../store/store.ts';
import { type Condition, findMatches, parseCondition, readQueryText, severalMatches, within } from './conditional.ts';
import type { ServerContext } from './context.ts';

/** What the transaction changes, as far as finding resources goes: made once, asked for each reference. */
export interface Changes {
  /** What it brings of a type: all of it, or what may meet the criterion. */
  readonly brought: (type: string, criterion?: Criterion) => readonly Candidate[];
  /** The ids it writes or deletes of a type: what the store has under them no longer counts. */
  readonly touched: (type: string) => ReadonlySet<string>;
}

export function openChanges(
  written: readonly { readonly key: ResourceKey; readonly resource: Resource }[],
  deleted: readonly ResourceKey[],
  context: ServerContext,
): Changes {
  const types = new Map<string, OfType>();
  const indexAll = (type: string): OfType => {
    const found = written.filter(({ key }) => key.type === type).map(({ key, resource }) => candidateOf(key, resource, context));
    const ids = [...written.map(({ key }) => key), ...deleted].filter((key) => key.type === type).map(({ id }) => id);
    const ofType = { candidates: found, byToken: groupByToken(found), touched: new Set(ids) };
    types.set(type, ofType);
    return ofType;
  };
  const of = (type: string): OfType => types.get(type) ?? indexAll(type);
  return {
    brought: (type, criterion) => {
      const { candidates, byToken } = of(type);
      const token = criterion === undefined ? undefined : tokenIn(criterion);
      return token === undefined ? candidates : (byToken.get(token) ?? []);
    },
    touched: (type) => of(type).touched,
  };
}

interface OfType {
  readonly candidates: readonly Candidate[];
  /** By what `tokenIn` finds in a criterion, so that a thousand references do not look through a thousand resources each. */
  readonly byToken: ReadonlyMap<string, readonly Candidate[]>;
  readonly touched: ReadonlySet<string>;
}

function groupByToken(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const codes = candidate.entries.flatMap((entry) => (entry.shape === 'token' ? [tokenName(entry.parameter, entry.code)] : []));
    for (const name of new Set(codes)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [candidate]);
      else group.push(candidate);
    }
  }
  return groups;
}

/** A token without which nothing meets the criterion; undefined when it asks for none. */
function tokenIn(criterion: Criterion): string | undefined {
  if (criterion.kind === 'and') {
    for (const part of criterion.of) {
      const token = tokenIn(part);
      if (token !== undefined) return token;
    }
  }
  if (criterion.kind !== 'has' || criterion.test?.shape !== 'token' || criterion.test.code === undefined) return undefined;
  return tokenName(criterion.parameter, criterion.test.code);
}

function tokenName(parameter: string, code: string): string {
  return `${parameter} ${code}`;
}

/** The one resource that the reference means, in the state the transaction leaves behind. Throws 412 for none and for several. */
export async function findReferenced(
  { text, place }: { readonly text: string; readonly place: string },
  changes: Changes,
  access: AccessContext,
  context: ServerContext,
): Promise<ResourceKey> {
  const condition = parseAt(place, text, access, context);
  const { type } = condition;
  const lookup = lookupIn(changes);
  const brought = changes.brought(type, condition.criterion).filter((candidate) => matches(condition.allowed, candidate, lookup));
  const wanted = brought.length === 0 ? condition : asWritten(condition);
  const stored = await findUntouched(wanted, changes.touched(type), place, context);
  const [first, second] = [...stored, ...brought];
  if (second !== undefined) throw severalMatches(type, place);
  if (first !== undefined) return first.key;
  const missing = `No ${type} meets the condition of this reference.`;
  throw new FhirError(412, [{ severity: 'error', code: 'not-found', text: missing, expression: place }]);
}

/** Where the transaction brings what is meant, other forms in the store no longer matter. */
function asWritten({ variants: _, ...condition }: Condition): Condition {
  return condition;
}

/** The stored resources that meet the condition, without those that the transaction changes: seldom one does, so these are not all excluded at once. */
async function findUntouched(
  condition: Condition,
  touched: ReadonlySet<string>,
  place: string,
  context: ServerContext,
): Promise<readonly StoredVersion[]> {
  const excluding = (ids: readonly string[]) => (ids.length === 0 ? condition : within(condition, not({ kind: 'id', ids })));
  const excluded: string[] = [];
  for (let round = 0; round < roundsMax; round += 1) {
    const found = await findMatches(excluding(excluded), context, { place });
    const hit = found.filter(({ key }) => touched.has(key.id));
    if (hit.length === 0) return found;
    excluded.push(...hit.map(({ key }) => key.id));
  }
  return findMatches(excluding([...touched]), context, { place });
}

const roundsMax = 3;

function candidateOf(key: ResourceKey, resource: Resource, context: ServerContext): Candidate {
  const { entries, compartments } = context.indexer.index(resource);
  return { key, lastUpdated: context.now(), entries, compartments, deleted: false };
}

/** A chain in a condition is followed among what the transaction brings alone. */
function lookupIn({ brought }: Changes): Lookup {
  return {
    current: (key) => brought(key.type).find((candidate) => formatKey(candidate.key) === formatKey(key)),
    referrers: () => [],
  };
}

function parseAt(place: string, text: string, access: AccessContext, context: ServerContext): Condition {
  const parsed = parseReference(text, context.baseUrl);
  const { type, query } = parsed.kind === 'conditional' ? parsed : { type: '', query: '' };
  try {
    return parseCondition(type, readQueryText(query), { access, permission: 's' }, context);
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, () => place) : error;
  }
}
