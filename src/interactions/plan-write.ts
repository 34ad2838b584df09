/** From a request to write to the store's `Write`: border, validation, index, text. Nothing is changed here. https://hl7.org/fhir/R4/http.html#update */
import type { AccessContext } from '../access/access-context.ts';
import { authorizeSystem } from '../access/authorize.ts';
import { authorizeWrite, mayCreateUnderId } from '../access/authorize-write.ts';
import { isGrantedBeyondPatient } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { formatStampable, isSameJson, parseJson, type StampableText } from '../fhir/json.ts';
import { FhirError, type Issue, invalidValue, versionMismatch } from '../fhir/outcome.ts';
import { isJsonObject, type Resource, type ResourceKey } from '../fhir/types.ts';
import { parseVersionTags } from '../fhir/version-tag.ts';
import { stamp } from '../store/stamp.ts';
import type { Expectation, StoredVersion, Write } from '../store/store.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import { checkLinks, findOwnContexts } from './check-links.ts';
import type { RequestHeaders, ServerContext } from './context.ts';
import { findReferences, referenceEntries, type WrittenReferences } from './local-references.ts';
import { unknownInstance } from './read.ts';
import { withServerRules } from './server-rules.ts';

export interface WantedWrite {
  readonly key: ResourceKey;
  readonly access: AccessContext;
  readonly headers: Pick<RequestHeaders, 'ifMatch' | 'ifNoneMatch'>;
}

export interface WantedResource extends WantedWrite {
  /** As it is to be stored, its id that of the key. */
  readonly resource: Resource;
  /** The resource's place, for the issues' expressions: `Patient`, `Bundle.entry[3].resource`. */
  readonly at: string;
  /** What the same transaction writes besides, as `Type/id`. */
  readonly together?: ReadonlySet<string>;
}

export interface WantedCreate extends WantedResource {
  /** `u` when a conditional update or an update-as-create makes it. */
  readonly permission: 'c' | 'u';
  /** What must hold besides that the id is new. */
  readonly expect?: Expectation;
}

export interface WantedUpdate extends WantedResource {
  /** A new version even when nothing changes, and only on top of this state: others have named the new version in advance. */
  readonly pinned?: Expectation;
  /** The version that the resource was made from by a patch: it must still be the current one. */
  readonly patched?: StoredVersion;
}

export interface WantedDelete extends WantedWrite {
  /** What refers to the resource is not asked: references to nothing may be left. */
  readonly leavesReferences?: boolean;
  /** The version that met a condition, and must still be current, since another one may not meet it. */
  readonly matched?: StoredVersion;
}

export interface PlannedWrite {
  /** What validation said; with an error among them there is no write. */
  readonly issues: readonly ValidationIssue[];
  /** Absent: nothing to change, or nothing that may be stored. */
  readonly write?: Write;
  /** The version that the plan found. */
  readonly current?: StoredVersion;
  /** Who deletes: what may be said of those that refer to the resource. */
  readonly access?: AccessContext;
  /** What the new version refers to, still to be checked: `check-references.ts`. */
  readonly references?: WrittenReferences;
}

/** Plans a new resource. Throws `forbidden` (403) when it lies outside the caller's border. */
export async function planCreate(wanted: WantedCreate, context: ServerContext): Promise<PlannedWrite> {
  const { permission, expect = { kind: 'absent' } } = wanted;
  checkPreconditions(wanted.headers, undefined);
  return planStored(wanted, permission, { op: 'create', method: permission === 'c' ? 'POST' : 'PUT', expect }, context);
}

/**
 * Plans a new version of an instance, or its first one (update-as-create). Throws 404 when there is none and the caller may not choose
 * ids, 412 when `If-Match` is not its current version, 403 when the new version would lie outside the caller's border.
 */
export async function planUpdate(wanted: WantedUpdate, context: ServerContext): Promise<PlannedWrite> {
  const { key, access, pinned, patched } = wanted;
  const current = patched ?? (await context.store.read(key, narrow(access, [key.type], 'u')));
  if (current === undefined && !mayCreateUnderId(access, key.type)) throw unknownInstance(key);
  checkPreconditions(wanted.headers, current);
  const exact = patched !== undefined || wanted.headers.ifMatch !== undefined || wanted.headers.ifNoneMatch !== undefined;
  // What a patient's token may change was decided on the version read, so that one must still stand.
  const free = !exact && mayCreateUnderId(access, key.type);
  const expect = pinned ?? (free ? ({ kind: 'any' } as const) : expectUnchanged(current));
  const method = patched === undefined ? 'PUT' : 'PATCH';
  const planned = await planStored(wanted, 'u', { op: 'update', method, expect }, context);
  const { write } = planned;
  if (current === undefined) return planned;
  // A client that sends what is stored already gets no new version: histories of resent documents stay readable.
  const same = pinned === undefined && write?.text !== undefined && !current.deleted && isStored(write.text, current);
  return same ? { issues: planned.issues, current } : { ...planned, current };
}

/**
 * Plans a deletion; of what is not there, or not any more, nothing is planned: "if the resource does not exist at all", deleting succeeds too
 * (https://hl7.org/fhir/R4/http.html#delete). For a patient's token it is a 404, so that hidden and unknown look the same.
 */
export async function planDelete(wanted: WantedDelete, context: ServerContext): Promise<PlannedWrite> {
  const { key, access, matched } = wanted;
  const beyond = isGrantedBeyondPatient(access, key.type, 'd');
  const current = matched ?? (await context.store.read(key, narrow(access, [key.type], 'd')));
  if (current === undefined && !beyond) throw unknownInstance(key);
  authorizeChange(access, key.type, 'd');
  checkPreconditions(wanted.headers, current);
  if (current === undefined) return { issues: [] };
  if (current.deleted) return { issues: [], current };
  const exact = matched !== undefined || wanted.headers.ifMatch !== undefined || !beyond;
  const expect = exact ? expectUnchanged(current) : ({ kind: 'any' } as const);
  // The store gives a deleted version the entries and compartments of the one it deletes.
  const write: Write = { op: 'delete', key, method: 'DELETE', entries: [], compartments: [], expect };
  const holds = context.references === 'checked' && wanted.leavesReferences !== true;
  return { issues: [], write: holds ? { ...write, unreferenced: true } : write, current, access };
}

/** Throws what validation found when an error is among it: 400 when base R4 is violated, else 422. */
export function refuseErrors(issues: readonly ValidationIssue[]): void {
  const refusal = validationRefusal(issues);
  if (refusal !== undefined) throw refusal;
}

/** The same as a value; undefined when there is no error. */
export function validationRefusal(issues: readonly ValidationIssue[]): FhirError | undefined {
  const errors = issues.filter(isError);
  if (errors.length === 0) return undefined;
  return new FhirError(errors.some((issue) => issue.source === 'base') ? 400 : 422, gravestFirst(issues));
}

export function isError(issue: Issue): boolean {
  return issue.severity === 'error' || issue.severity === 'fatal';
}

/** A stored text is FHIR JSON that this server wrote. */
export function readStored(version: StoredVersion): Resource {
  const value = parseJson(version.text);
  if (!isJsonObject(value)) throw new Error(`The stored text of ${version.key.type}/${version.key.id} is not a resource.`);
  return value as Resource; // Written by formatStampable from a Resource.
}

/** That the state read still holds when the write is committed. */
export function expectUnchanged(current: StoredVersion | undefined): Expectation {
  return current === undefined || current.deleted ? { kind: 'absent' } : { kind: 'version', versionId: current.versionId };
}

/** Errors stay when an OperationOutcome has to leave issues out. */
function gravestFirst(issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  return [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))];
}

/** A SearchParameter changes what all resources are found by: that is the server's own matter, not a user's. */
function authorizeChange(access: AccessContext, type: string, permission: 'c' | 'u' | 'd'): void {
  if (type === 'SearchParameter') authorizeSystem(access, type, permission, 'To write a SearchParameter');
}

async function planStored(
  wanted: WantedResource,
  permission: 'c' | 'u',
  how: Pick<Write, 'op' | 'method' | 'expect'>,
  context: ServerContext,
): Promise<PlannedWrite> {
  const { key, resource, access, at, together = new Set() } = wanted;
  const issues = withServerRules(context.validator.validate(resource, { at, recommendations: false }), resource, at, context);
  const references = { key, access, permission, ...findReferences(resource, at, context) };
  if (issues.some(isError)) return { issues, references };
  const indexed = context.indexer.index(resource);
  const leading = { indexed, references, together };
  authorizeWrite(access, key.type, permission, indexed, await findOwnContexts(leading, context));
  authorizeChange(access, key.type, permission);
  const links = await checkLinks(leading, context);
  if (links.length > 0) return { issues: [...issues, ...links], references };
  const entries = [...indexed.entries, ...referenceEntries(references.found)];
  const write = { ...how, key, text: formatStampable(resource), entries, compartments: indexed.compartments };
  return { issues, write, references };
}

/** Throws 412 when `If-Match` or `If-None-Match` is not met by the version that stands. */
export function checkPreconditions(headers: WantedWrite['headers'], current: StoredVersion | undefined): void {
  const standing = current === undefined || current.deleted ? undefined : current.versionId;
  if (headers.ifMatch !== undefined) {
    const tags = readTags(headers.ifMatch, 'If-Match');
    if (standing === undefined) throw versionMismatch('If-Match names a version, but there is no current one.');
    if (!tags.includes('*') && !tags.includes(standing)) {
      throw versionMismatch(`If-Match does not name the current version, which is W/"${standing}".`);
    }
  }
  if (headers.ifNoneMatch !== undefined && standing !== undefined) {
    const tags = readTags(headers.ifNoneMatch, 'If-None-Match');
    if (tags.includes('*') || tags.includes(standing)) {
      throw versionMismatch(`If-None-Match excludes the current version, which is W/"${standing}".`);
    }
  }
}

function readTags(header: string, name: string): readonly string[] {
  const tags = parseVersionTags(header);
  if (tags === undefined) throw invalidValue(`${name} must be a list of entity tags such as W/"3".`);
  return tags;
}

function isStored(text: StampableText, { versionId, lastUpdated, text: stored }: StoredVersion): boolean {
  return isSameJson(stamp(text, versionId, lastUpdated), stored);
}
