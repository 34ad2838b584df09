/** https://hl7.org/fhir/R4/resource-operation-meta-add.html and https://hl7.org/fhir/R4/resource-operation-meta-delete.html */
import { narrow } from '../access/narrow.ts';
import { deleted, invalidValue, required } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { commitOne } from '../interactions/commit.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { checkPreconditions, expectUnchanged, type PlannedWrite, planUpdate, readStored } from '../interactions/plan-write.ts';
import { unknownInstance } from '../interactions/read.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { bodyParameters, parametersResource } from './parameters.ts';

/** A list of `Resource.meta` as a set: what it holds, and what makes two of its members the same. */
interface MetaSet {
  readonly name: 'profile' | 'security' | 'tag';
  identity(member: JsonValue): string | undefined;
}

/** "The identity of a tag or security label is the system+code. [...] version and display are ignored. For profiles, matching is based on the full URL". */
const sets: readonly MetaSet[] = [
  { name: 'profile', identity: (member) => (typeof member === 'string' ? member : undefined) },
  { name: 'security', identity: codingIdentity },
  { name: 'tag', identity: codingIdentity },
];

type Combine = (current: readonly JsonValue[], given: readonly JsonValue[], set: MetaSet) => readonly JsonValue[];

export const metaAdd: OperationDefinition = defineChange('meta-add', (current, given, set) => {
  const known = new Set(current.map(set.identity));
  return [...current, ...given.filter((member) => !known.has(set.identity(member)) && known.add(set.identity(member)))];
});

/** "It is not an error if these tags, profiles, and labels do not exist." */
export const metaDelete: OperationDefinition = defineChange('meta-delete', (current, given, set) => {
  const named = new Set(given.map(set.identity));
  return current.filter((member) => !named.has(set.identity(member)));
});

function defineChange(code: string, combine: Combine): OperationDefinition {
  return {
    code,
    levels: ['instance'],
    affectsState: true,
    definition: `http://hl7.org/fhir/OperationDefinition/Resource-${code}`,
    run: (request, context) => change(request, combine, context),
  };
}

/**
 * The result is a new version like any update's: validated, indexed, inside the border, under `If-Match`; none when nothing changes. R4 says
 * that labels "can be updated without changing the stated version of the resource"; here a version, once stored, never changes, so that an
 * ETag names one text for ever and history tells who labelled what (decisions/0011-labels-make-versions.md).
 */
async function change(request: FhirRequest, combine: Combine, context: ServerContext): Promise<FhirResponse> {
  const given = readGiven(request);
  const { version } = await commitOne(() => plan(request, given, combine, context), context);
  const resource = version === undefined ? undefined : readStored(version);
  const { versionId, lastUpdated } = version ?? {};
  return {
    status: 200,
    resource: parametersResource({ name: 'return', valueMeta: resource?.['meta'] ?? {} }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(lastUpdated === undefined ? {} : { lastUpdated }),
  };
}

async function plan(request: FhirRequest, given: JsonObject, combine: Combine, context: ServerContext): Promise<PlannedWrite> {
  const { access, headers } = request;
  const key = instanceKey(request);
  const current = await context.store.read(key, narrow(access, [key.type], 'u'));
  if (current === undefined) throw unknownInstance(key);
  if (current.deleted) throw deleted(`This ${key.type} was deleted.`);
  const before = readStored(current);
  const resource = withLabels(before, given, combine);
  if (resource === before) {
    checkPreconditions(headers, current);
    return { issues: [], current };
  }
  return planUpdate({ key, resource, access, headers, at: key.type, pinned: expectUnchanged(current) }, context);
}

/** The resource itself when no list changes. A list that becomes empty goes: JSON of FHIR has no empty arrays. */
function withLabels(resource: Resource, given: JsonObject, combine: Combine): Resource {
  const before = isJsonObject(resource['meta']) ? resource['meta'] : {};
  const after: Record<string, JsonValue> = { ...before };
  let changed = false;
  for (const set of sets) {
    const current = listOf(before[set.name]);
    const combined = combine(current, listOf(given[set.name]), set);
    if (combined.length === current.length) continue;
    changed = true;
    if (combined.length === 0) delete after[set.name];
    else after[set.name] = combined;
  }
  return changed ? withMeta(resource, after) : resource;
}

/** In its place, or behind the id. */
function withMeta(resource: Resource, meta: JsonObject): Resource {
  if ('meta' in resource) return { ...resource, meta };
  const { resourceType, id = '', ...others } = resource;
  return { resourceType, id, meta, ...others };
}

/** The one parameter `meta`; of it only the three lists count. Throws 400 when it is missing or no Meta. */
function readGiven({ body, operation }: FhirRequest): JsonObject {
  const metas = bodyParameters(body).filter(({ name }) => name === 'meta');
  const [only, other] = metas;
  if (only?.value === undefined) {
    throw required(
      `$${operation} takes a Parameters resource with the parameter 'meta' (valueMeta).`,
      "Parameters.parameter.where(name='meta')",
    );
  }
  if (other !== undefined || !isJsonObject(only.value)) throw notMeta("'meta' must be given once, as valueMeta.");
  for (const { name, identity } of sets) {
    const members = only.value[name] ?? [];
    if (Array.isArray(members) && members.every((member: JsonValue) => identity(member) !== undefined)) continue;
    throw notMeta(
      name === 'profile'
        ? 'meta.profile must be a list of canonical URLs.'
        : `meta.${name} must be a list of Codings, each with a code.`,
    );
  }
  return only.value;
}

function codingIdentity(member: JsonValue): string | undefined {
  if (!isJsonObject(member)) return undefined;
  const { system = '', code } = member;
  return typeof system === 'string' && typeof code === 'string' ? JSON.stringify([system, code]) : undefined;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function notMeta(text: string) {
  return invalidValue(text, "Parameters.parameter.where(name='meta').value");
}
