/**
 * What a patient's token may let a version lead to. A Binary is seen through what stands for it and what links to it
 * (src/decisions/0016-binary-access.md), so a write that names another's would open or claim it.
 */
import type { AccessContext } from '../access/access-context.ts';
import { isGrantedBeyondPatient } from '../access/grants.ts';
import { narrowToPatient } from '../access/narrow.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { linkParameter } from '../search/access-entries.ts';
import type { IndexedResource } from '../search/indexer.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import type { ServerContext } from './context.ts';
import type { WrittenReferences } from './local-references.ts';

/** A version about to be stored. */
export interface Leading {
  readonly indexed: IndexedResource;
  readonly references: WrittenReferences;
  /** What the same transaction writes: each of it is judged for itself. */
  readonly together: ReadonlySet<string>;
}

/** What stands for the version and is the patient's own: `authorizeWrite` asks for these. Empty for whom the border of patients does not hold. */
export async function findOwnContexts(
  { indexed, references, together }: Leading,
  context: ServerContext,
): Promise<ReadonlySet<string>> {
  const { access, key, permission } = references;
  const contexts = indexed.contexts ?? [];
  if (contexts.length === 0 || isGrantedBeyondPatient(access, key.type, permission)) return new Set();
  // Of every type what is in the compartment that the patient's own Patient is in; what is shared by all says nothing of whose a Binary is.
  const found = await context.store.readMany(keysOf(contexts, context), narrowToPatient(access, 'Patient'));
  return new Set([...contexts.filter((name) => together.has(name)), ...found.map((version) => formatKey(version.key))]);
}

/** An error for each link to what the patient may not see, the same as for what is not there. */
export async function checkLinks(
  { indexed, references, together }: Leading,
  context: ServerContext,
): Promise<readonly ValidationIssue[]> {
  const { access, key, permission } = references;
  if (access.patient === undefined) return [];
  const names = indexed.entries.flatMap((entry) =>
    entry.shape === 'reference' && entry.parameter === linkParameter && !together.has(entry.target) ? [entry.target] : [],
  );
  const judged = context.references === 'checked' && !isGrantedBeyondPatient(access, key.type, permission);
  // Where references are checked at all, that is done with the others.
  if (names.length === 0 || judged) return [];
  const hidden = new Set<string>();
  for (const linked of keysOf(names, context)) if (!(await isSeen(linked, access, context))) hidden.add(formatKey(linked));
  return references.found.flatMap(({ key: target, place }) => (hidden.has(formatKey(target)) ? [hiddenIssue(place)] : []));
}

async function isSeen(key: ResourceKey, access: AccessContext, { store }: ServerContext): Promise<boolean> {
  if (isGrantedBeyondPatient(access, key.type, 'r')) return true;
  const [found] = await store.readMany([key], narrowToPatient(access, key.type));
  return found !== undefined;
}

function keysOf(names: readonly string[], { definitions, baseUrl }: ServerContext): readonly ResourceKey[] {
  return names.flatMap((name) => {
    const parsed = parseReference(name, baseUrl);
    return parsed.kind === 'local' && definitions.isResourceType(parsed.type) ? [{ type: parsed.type, id: parsed.id }] : [];
  });
}

function hiddenIssue(place: string): ValidationIssue {
  const text = 'This links to content that is not known here. Create it first, with a security context of the patient.';
  return { severity: 'error', code: 'business-rule', id: 'link-unreadable', source: 'server', text, expression: place };
}
