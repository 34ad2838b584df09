/** `Patient?identifier=…` in place of a literal reference, inside a transaction. https://hl7.org/fhir/R4/http.html#trules */
import type { AccessContext } from '../access/access-context.ts';
import { atExpression, FhirError } from '../fhir/outcome.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import { not } from '../search/criterion.ts';
import { type Candidate, type Lookup, matches } from '../search/match.ts';
import { type Condition, findMatches, parseCondition, readQueryText, severalMatches, within } from './conditional.ts';
import type { ServerContext } from './context.ts';

/** What the transaction changes, as far as finding resources goes: made once, asked for each reference. */
export interface Changes {
  /** What it brings of a type. */
  readonly brought: (type: string) => readonly Candidate[];
  /** The ids it writes or deletes of a type: what the store has under them no longer counts. */
  readonly touched: (type: string) => readonly string[];
}

export function openChanges(
  written: readonly { readonly key: ResourceKey; readonly resource: Resource }[],
  deleted: readonly ResourceKey[],
  context: ServerContext,
): Changes {
  const candidates = new Map<string, readonly Candidate[]>();
  const indexAll = (type: string): readonly Candidate[] => {
    const found = written.filter(({ key }) => key.type === type).map(({ key, resource }) => candidateOf(key, resource, context));
    candidates.set(type, found);
    return found;
  };
  const keys = [...written.map(({ key }) => key), ...deleted];
  return {
    brought: (type) => candidates.get(type) ?? indexAll(type),
    touched: (type) => keys.filter((key) => key.type === type).map(({ id }) => id),
  };
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
  const touched = changes.touched(type);
  const untouched = touched.length === 0 ? condition : within(condition, not({ kind: 'id', ids: touched }));
  const lookup = lookupIn(changes);
  const brought = changes.brought(type).filter((candidate) => matches(condition.allowed, candidate, lookup));
  const stored = await findMatches(brought.length === 0 ? untouched : asWritten(untouched), context, { place });
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
