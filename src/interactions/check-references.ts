/**
 * Referential integrity of what is written. The store makes sure that what is referred to is there when it commits; this says which reference leads
 * nowhere, and decides for those whom the store's answer would tell too much. Decided in src/decisions/0013-referential-integrity.md.
 */
import { isGrantedBeyondPatient } from '../access/grants.ts';
import { narrowTargets } from '../access/narrow.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import type { ServerContext } from './context.ts';
import { findReferences, type LocalReference, type WrittenReferences } from './local-references.ts';
import { isError, type PlannedWrite, readStored } from './plan-write.ts';
import { readInTurn } from './read-visible.ts';

/**
 * Plans that are committed together, with what their references add: an error for each that leads nowhere in the state the plans leave behind, and
 * `requires` for the store. Mostly the store alone is asked. References are looked up here when that has failed (`careful`); when the plans are
 * refused anyway, so that one answer names all that is wrong; for a patient's token, which may not learn what is there; and to find a version.
 */
export async function checkReferences(
  plans: readonly PlannedWrite[],
  context: ServerContext,
  { careful, coming = new Set(), conditional = 'refused' }: CheckSettings,
): Promise<readonly PlannedWrite[]> {
  if (context.references === 'free') return plans;
  const after = stateAfter(plans);
  const all = careful || plans.some(({ issues }) => issues.some(isError));
  const borders: readonly Border[] = [openBorder(coming), openBorder(coming)];
  const borderOf = ({ access, key, permission }: WrittenReferences): Border | undefined =>
    borders[isGrantedBeyondPatient(access, key.type, permission) ? 0 : 1];
  for (const { references } of plans) {
    if (references !== undefined) ask(borderOf(references), references, { all, after, context });
  }
  for (const border of borders) await look(border, context);
  return plans.map((plan) => {
    const border = plan.references === undefined ? undefined : borderOf(plan.references);
    const judged = border === undefined ? plan : judge(plan, { border, after, context });
    return conditional === 'told' ? judged : refuseConditional(judged, context);
  });
}

export interface CheckSettings {
  readonly careful: boolean;
  /** Versions that the plans will make, where others name them: `Patient/1/_history/3`. */
  readonly coming?: ReadonlySet<string>;
  /** `told`: of references by condition that nothing resolved it was already said what is wrong with them. */
  readonly conditional?: 'refused' | 'told';
}

/** What becomes of resources: true when they are there after the commit, false when they are deleted. */
type StateAfter = ReadonlyMap<string, boolean>;

function stateAfter(plans: readonly PlannedWrite[]): StateAfter {
  return new Map(
    plans.flatMap(({ write, references }) => {
      const key = write?.key ?? references?.key;
      return key === undefined ? [] : [[formatKey(key), write?.op !== 'delete'] as const];
    }),
  );
}

/** What is looked up for those who see the same: everyone beyond patients, or the patient of a token. */
interface Border {
  readonly keys: Map<string, ResourceKey>;
  readonly versions: Map<string, LocalReference & { readonly versionId: string }>;
  /** One of those who ask: which one makes no difference. */
  asker: WrittenReferences | undefined;
  /** The names that were found, with their version where one was asked for. */
  readonly found: Set<string>;
}

function openBorder(coming: ReadonlySet<string>): Border {
  return { keys: new Map(), versions: new Map(), asker: undefined, found: new Set(coming) };
}

interface Asking {
  readonly all: boolean;
  readonly after: StateAfter;
  readonly context: ServerContext;
}

function ask(border: Border | undefined, references: WrittenReferences, { all, after, context }: Asking): void {
  if (border === undefined) return;
  const { access, key: written, permission, found } = references;
  const always = all || !isGrantedBeyondPatient(access, written.type, permission);
  for (const reference of found) {
    const { key, versionId } = reference;
    if (!context.definitions.isResourceType(key.type)) continue;
    border.asker ??= references;
    if (always && !after.has(formatKey(key))) border.keys.set(formatKey(key), key);
    const name = nameOf(reference);
    if (versionId !== undefined && !border.found.has(name)) border.versions.set(name, { ...reference, versionId });
  }
}

/** One query for all resources, more when they are large, and one for each version that is named. */
async function look({ keys, versions, asker, found }: Border, { store }: ServerContext): Promise<void> {
  if (asker === undefined) return;
  const written = { type: asker.key.type, permission: asker.permission };
  const narrow = (types: readonly string[]) => narrowTargets(asker.access, written, types);
  for await (const { key } of readInTurn([...keys.values()], narrow, store)) found.add(formatKey(key));
  for (const [name, { key, versionId }] of versions) {
    const version = await store.readVersion(key, versionId, narrow([key.type]));
    if (version?.deleted === false) found.add(name);
  }
}

interface Judging {
  readonly border: Border;
  readonly after: StateAfter;
  readonly context: ServerContext;
}

function judge(plan: PlannedWrite, judging: Judging): PlannedWrite {
  const { write, references, issues } = plan;
  if (references === undefined) return plan;
  const missing = references.found.filter((reference) => !isThere(reference, judging));
  // What the stored version refers to already is not held against a new one: it may have been stored before references were checked.
  const standing = missing.length === 0 ? new Set<string>() : namesIn(plan, judging.context);
  const refused = missing.filter((reference) => !standing.has(nameOf(reference)));
  const required = new Map<string, ResourceKey>();
  for (const { key } of references.found) if (!judging.after.has(formatKey(key))) required.set(formatKey(key), key);
  for (const { key } of missing) required.delete(formatKey(key));
  return {
    ...plan,
    issues: [...issues, ...refused.map((reference) => missingIssue(reference, judging))],
    ...(write !== undefined && required.size > 0 && { write: { ...write, requires: [...required.values()] } }),
  };
}

function isThere(reference: LocalReference, { border, after, context }: Judging): boolean {
  const { key, versionId } = reference;
  const name = formatKey(key);
  if (!context.definitions.isResourceType(key.type) || after.get(name) === false) return false;
  if (border.keys.has(name) && !border.found.has(name)) return false;
  return versionId === undefined || border.found.has(nameOf(reference));
}

/** "Resolve any conditional references" is a rule of transactions, https://hl7.org/fhir/R4/http.html#trules: anywhere else they stay what they are. */
function refuseConditional(plan: PlannedWrite, context: ServerContext): PlannedWrite {
  const { conditional = [] } = plan.references ?? {};
  if (conditional.length === 0) return plan;
  const standing = new Set(findStanding(plan, context).conditional.map(({ text }) => text));
  const refused = conditional.filter(({ text }) => !standing.has(text)).map(({ place }) => conditionalIssue(place));
  return { ...plan, issues: [...plan.issues, ...refused] };
}

/** The references of the stored version that the plan replaces. */
function findStanding({ current }: PlannedWrite, context: ServerContext): ReturnType<typeof findReferences> {
  if (current === undefined || current.deleted) return { found: [], conditional: [] };
  return findReferences(readStored(current), current.key.type, context);
}

function namesIn(plan: PlannedWrite, context: ServerContext): ReadonlySet<string> {
  return new Set(findStanding(plan, context).found.map(nameOf));
}

function nameOf({ key, versionId }: LocalReference): string {
  return versionId === undefined ? formatKey(key) : `${formatKey(key)}/_history/${versionId}`;
}

/** The same for what does not exist and what the caller may not know of. */
function missingIssue({ key, versionId, place }: LocalReference, { after }: Judging): ValidationIssue {
  const deleted = after.get(formatKey(key)) === false;
  const what = versionId === undefined ? 'resource' : 'version of a resource';
  const text = deleted
    ? 'This reference names a resource that the same transaction deletes.'
    : `This reference names a ${what} that is not known here. Create what it names first, or send both in one transaction.`;
  return { severity: 'error', code: 'not-found', id: 'reference-unresolved', source: 'server', text, expression: place };
}

function conditionalIssue(expression: string): ValidationIssue {
  const text = 'A reference by condition is resolved in a transaction only. Send it in one, or name the resource by its id.';
  return { severity: 'error', code: 'not-found', id: 'reference-unresolved', source: 'server', text, expression };
}
