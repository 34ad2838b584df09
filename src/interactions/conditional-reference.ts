/** `Patient?identifier=…` in place of a literal reference, inside a transaction. https://hl7.org/fhir/R4/http.html#trules */
import type { AccessContext } from '../access/access-context.ts';
import { atExpression, FhirError } from '../fhir/outcome.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import { not } from '../search/criterion.ts';
import { type Candidate, type Lookup, matches } from '../search/match.ts';
import { type Condition, findMatches, parseCondition, readQueryText, severalMatches, within } from './conditional.ts';
import type { ServerContext } from './context.ts';

/** A resource that the transaction brings. */
export interface Referenced {
  readonly key: ResourceKey;
  readonly resource: Resource;
}

/** What the transaction changes, as far as finding resources goes. */
export interface Changes {
  readonly brought: readonly Referenced[];
  readonly gone: readonly ResourceKey[];
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
  const touched = [...changes.brought.map(({ key }) => key), ...changes.gone].filter((key) => key.type === type);
  const untouched = touched.length === 0 ? condition : within(condition, not({ kind: 'id', ids: touched.map(({ id }) => id) }));
  const stored = (await findMatches(untouched, context)).map(({ key }) => key);
  const [first, second] = [...stored, ...findBrought(condition, changes, context)];
  if (second !== undefined) throw severalMatches(type, place);
  if (first !== undefined) return first;
  const missing = `No ${type} meets the condition of this reference.`;
  throw new FhirError(412, [{ severity: 'error', code: 'not-found', text: missing, expression: place }]);
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

/** Matches among what the transaction brings. A chain in the condition is followed among these alone. */
function findBrought(condition: Condition, { brought }: Changes, context: ServerContext): readonly ResourceKey[] {
  const candidates = new Map(
    brought
      .filter(({ key }) => key.type === condition.type)
      .map(({ key, resource }): readonly [string, Candidate] => {
        const { entries, compartments } = context.indexer.index(resource);
        return [formatKey(key), { key, lastUpdated: context.now(), entries, compartments, deleted: false }];
      }),
  );
  const lookup: Lookup = { current: (key) => candidates.get(formatKey(key)), referrers: () => [] };
  return [...candidates.values()].filter((one) => matches(condition.allowed, one, lookup)).map(({ key }) => key);
}
