/** `$meta` on a type or the system: "a summary of all the labels that are in use", https://hl7.org/fhir/R4/resource-operation-meta.html */
import { grantedTypes, insufficientScope } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { tooCostly } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { FhirRequest, ServerContext } from '../interactions/context.ts';
import type { Test } from '../search/criterion.ts';
import type { DistinctValue } from '../store/store.ts';

/** A list of `Resource.meta` and the search parameter that indexes it. */
const labels = [
  { name: 'profile', parameter: '_profile', shape: 'uri' },
  { name: 'security', parameter: '_security', shape: 'token' },
  { name: 'tag', parameter: '_tag', shape: 'token' },
] as const;

type Label = (typeof labels)[number];

/** "The meta will not contain versionId, lastUpdated etc." Of what the caller may search. */
export async function summarizeMeta(request: FhirRequest, context: ServerContext): Promise<JsonObject> {
  const { access, type } = request;
  const types = type === undefined ? grantedTypes(access, context.definitions.resourceTypes, 's') : [type];
  if (types.length === 0) throw insufficientScope(access, undefined, ['s']);
  const summary: Record<string, JsonValue> = {};
  for (const label of labels) {
    const members = await listMembers(label, types, request, context);
    if (members.length > 0) summary[label.name] = members;
  }
  return summary;
}

async function listMembers(
  label: Label,
  types: readonly string[],
  { access }: FhirRequest,
  context: ServerContext,
): Promise<readonly JsonValue[]> {
  const { parameter, shape } = label;
  const count = limits.metaLabelsMax + 1;
  const values = await context.store.distinct({ types, parameter, shape, criterion: narrow(access, types, 's'), count });
  if (values.length === count) {
    throw tooCostly(`More than ${limits.metaLabelsMax} labels of one kind are in use: ask for them type by type.`);
  }
  const members = new Map<string, JsonValue>();
  for (const value of values) {
    const resource = await findExample(value, label, { access }, context);
    for (const member of listOf(resource, label)) if (!members.has(identityOf(member))) members.set(identityOf(member), member);
  }
  return [...members].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, member]) => member);
}

/** The index folds the case of codes and knows no display, so a resource that has the label is asked for it. */
async function findExample(
  value: DistinctValue,
  label: Label,
  { access }: Pick<FhirRequest, 'access'>,
  { store }: ServerContext,
): Promise<JsonValue | undefined> {
  const types = [value.type];
  const test: Test =
    label.shape === 'uri'
      ? { shape: 'uri', match: 'exact', value: value.value }
      : { shape: 'token', system: value.system, code: value.value };
  const criterion = narrow(access, types, 's', { kind: 'has', parameter: label.parameter, test });
  const { items } = await store.search({ types, criterion, sort: [], count: 1, total: 'none' });
  const text = items[0]?.text;
  return text === undefined ? undefined : (JSON.parse(text) as JsonValue); // Stored text is JSON.
}

function listOf(resource: JsonValue | undefined, { name }: Label): readonly JsonValue[] {
  const meta = isJsonObject(resource) ? resource['meta'] : undefined;
  const members = isJsonObject(meta) ? meta[name] : undefined;
  return Array.isArray(members) ? members : [];
}

/** "The identity of a tag or security label is the system+code." */
function identityOf(member: JsonValue): string {
  return isJsonObject(member) ? JSON.stringify([member['system'] ?? '', member['code'] ?? '']) : JSON.stringify(member);
}
