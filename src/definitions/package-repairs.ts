/**
 * `profiles/repairs.json`: known faults of packages that others publish, and what is meant instead. A repair is for one canonical in one
 * version, so that it ends with the fault.
 */
import { existsSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { readJsonFile } from './package-files.ts';

interface Repair {
  /** To elements of a StructureDefinition by id: members to put in their place, null to take one out (RFC 7396). */
  readonly elements: readonly { readonly id: string; readonly merge: JsonObject }[];
  /** To constraints by key, wherever they stand. */
  readonly constraints: readonly { readonly key: string; readonly merge: JsonObject }[];
  /** Codes that a ValueSet lacks. */
  readonly codes: readonly JsonObject[];
}

/** Gives what puts a resource right; one without known faults comes back as it is. Throws an Error whose sentence names the file. */
export function openRepairs(file: string): (resource: Resource) => Resource {
  const repairs = existsSync(file) ? readRepairs(file) : new Map<string, Repair>();
  return (resource) => {
    const repair = repairs.get(`${String(resource['url'])}|${String(resource['version'])}`);
    if (repair === undefined) return resource;
    return repair.codes.length > 0 ? withCodes(resource, repair.codes) : withElements(resource, repair);
  };
}

function readRepairs(file: string): ReadonlyMap<string, Repair> {
  const root = readJsonFile(file);
  const list = isJsonObject(root) ? root['repairs'] : undefined;
  if (!Array.isArray(list)) throw new Error(`${file} must hold an object with a list "repairs".`);
  return new Map(list.map((entry: JsonValue, position) => readRepair(entry, `${file}, repairs[${position}]`)));
}

function readRepair(entry: JsonValue, at: string): [string, Repair] {
  const { canonical, version, why }: JsonObject = isJsonObject(entry) ? entry : {};
  if (typeof canonical !== 'string' || typeof version !== 'string' || typeof why !== 'string')
    throw new Error(`${at} must have the texts "canonical", "version" and "why".`);
  const list = (name: string): readonly JsonObject[] => objectsOf(isJsonObject(entry) ? entry[name] : undefined);
  const merges = <Name extends 'id' | 'key'>(from: string, name: Name) =>
    list(from).map((one) => {
      const { [name]: place, merge } = one;
      if (typeof place !== 'string' || merge === undefined || !isJsonObject(merge))
        throw new Error(`${at}.${from} must have "${name}" and "merge".`);
      return { [name]: place, merge } as Record<Name, string> & { readonly merge: JsonObject }; // Both were just looked at.
    });
  return [
    `${canonical}|${version}`,
    { elements: merges('elements', 'id'), constraints: merges('constraints', 'key'), codes: list('codes') },
  ];
}

function withElements(resource: Resource, { elements, constraints }: Repair): Resource {
  const repaired = { ...resource };
  for (const view of ['differential', 'snapshot']) {
    const { element, ...rest } = (isJsonObject(resource[view]) ? resource[view] : {}) as JsonObject;
    if (!Array.isArray(element)) continue;
    const changed = element.filter(isJsonObject).map((one) => {
      const own = elements.filter(({ id }) => id === one['id']).reduce((before, { merge }) => mergePatch(before, merge), one);
      const rules = objectsOf(own['constraint']);
      if (rules.length === 0) return own;
      return {
        ...own,
        constraint: rules.map((rule) => mergePatch(rule, constraints.find(({ key }) => key === rule['key'])?.merge ?? {})),
      };
    });
    repaired[view] = { ...rest, element: changed };
  }
  return repaired;
}

function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = isJsonObject(value) ? mergePatch(objectOf(merged[name]), value) : value;
  }
  return merged;
}

/** Into the definition, and into an expansion that goes before it. */
function withCodes(resource: Resource, codes: readonly JsonObject[]): Resource {
  const compose = objectOf(resource['compose']);
  const include = codes.map(({ system = '', code = '' }) => ({ system, concept: [{ code }] }));
  const extended = { ...resource, compose: { ...compose, include: [...objectsOf(compose['include']), ...include] } };
  const { expansion } = resource;
  if (expansion === undefined || !isJsonObject(expansion)) return extended;
  return { ...extended, expansion: { ...expansion, contains: [...objectsOf(expansion['contains']), ...codes] } };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
