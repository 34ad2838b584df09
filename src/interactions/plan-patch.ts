/** From a patch to the version it makes. https://hl7.org/fhir/R4/http.html#patch */
import { border, narrow } from '../access/narrow.ts';
import { atExpression, deleted, FhirError } from '../fhir/outcome.ts';
import type { JsonValue, Resource } from '../fhir/types.ts';
import { type Patch, readPatch } from '../patch/patch.ts';
import { all } from '../search/criterion.ts';
import type { Expectation, StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';
import { checkPreconditions, type PlannedWrite, planUpdate, readStored, refuseErrors, type WantedWrite } from './plan-write.ts';
import { unknownInstance } from './read.ts';

export interface WantedPatch extends WantedWrite {
  readonly patch: Patch;
  /** Where the request stands in a Bundle: `Bundle.entry[3]`. */
  readonly at?: string;
}

/** A resource as a patch makes it, and the version it was made from. */
export interface Patched {
  readonly resource: Resource;
  readonly current: StoredVersion;
  /** As for an update: others have named the new version in advance. */
  readonly pinned?: Expectation;
}

/** Reads the body of a patch. `place` is where it stands. Throws 400 for what is no patch, with everything base R4 says against a Parameters. */
export function parsePatch(body: JsonValue, place: string, context: ServerContext): Patch {
  if (!Array.isArray(body)) {
    const issues = context.validator.validate(body as Resource, { at: place, recommendations: false }); // The validator judges any JSON.
    refuseErrors(issues.filter(({ source }) => source === 'base'));
  }
  return readPatch(body, context.definitions, place);
}

/**
 * Applies a patch to what is stored. A patch that asks what is stored needs the right to read it, not only the right to change it. Throws 404 for
 * what the caller may not know of, 410 for what was deleted, 412 when `If-Match` is not the current version.
 */
export async function applyPatch(wanted: WantedPatch, context: ServerContext): Promise<Patched> {
  const { at } = wanted;
  try {
    return await applyToStored(wanted, context);
  } catch (error) {
    if (at === undefined || !(error instanceof FhirError)) throw error;
    throw atExpression(error, (expression) => (expression?.startsWith(at) === true ? expression : at));
  }
}

async function applyToStored({ key, access, headers, patch }: WantedPatch, context: ServerContext): Promise<Patched> {
  const readable = patch.asks ? border(access, key.type, 'r') : all;
  const current = await context.store.read(key, narrow(access, [key.type], 'u', readable));
  if (current === undefined) throw unknownInstance(key);
  checkPreconditions(headers, current);
  if (current.deleted) throw deleted(`This ${key.type} was deleted; a patch does not bring it back.`);
  return { resource: patch.apply(readStored(current)), current };
}

/**
 * Plans the patched version: "the server processes the resulting document as an Update". In a Bundle the resource itself is not there to point
 * into, so issues name the entry, and its element besides.
 */
export async function planPatched(
  { resource, current, pinned }: Patched,
  wanted: WantedPatch,
  context: ServerContext,
): Promise<PlannedWrite> {
  const { key, access, headers, at } = wanted;
  const update = { key, access, headers, resource, at: key.type, patched: current, ...(pinned !== undefined && { pinned }) };
  const planned = await planUpdate(update, context);
  if (at === undefined) return planned;
  const issues = planned.issues.map((issue) => ({
    ...issue,
    expression: at,
    diagnostics: `This is about ${issue.expression ?? key.type} of the patched resource.`,
  }));
  return { ...planned, issues };
}
