/** The conformance resources that are kept, without prose: structures and operations, code systems and concept maps. */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { isLicensed, isLicensedCode } from './licensed.ts';

/** Elements that explain and decide nothing: prose, examples and mappings. Two thirds of the text. */
const prose = new Set([
  ...['text', 'description', 'short', 'definition', 'comment', 'requirements', 'meaningWhenMissing', 'orderMeaning'],
  ...['isModifierReason', 'alias', 'mapping', 'example', 'xpath', 'documentation', 'purpose', 'copyright'],
  ...['publisher', 'contact', 'keyword', 'date'],
]);

/** A resource without prose. A StructureDefinition keeps its snapshot; the differential says nothing more. */
export function withoutProse(resource: Resource): Resource {
  const { differential: _, ...rest } = resource;
  return clean(resource['snapshot'] === undefined ? resource : rest) as Resource; // An object stays one, its resourceType kept.
}

function clean(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => clean(item));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => !prose.has(name));
  return Object.fromEntries(members.map(([name, member]) => [name, clean(member)]));
}

/** Does a resource fix a code of a licensed code system (the LOINC code of a vital sign, say)? Bindings to their value sets don't count. */
export function fixesLicensedCode(value: JsonValue): boolean {
  if (typeof value === 'string') return isLicensed(value);
  if (Array.isArray(value)) return value.some((item: JsonValue) => fixesLicensedCode(item));
  return isJsonObject(value) && Object.values(value).some(fixesLicensedCode);
}

const codeSystemMembers = new Set([
  ...[
    'resourceType',
    'id',
    'url',
    'version',
    'name',
    'title',
    'status',
    'caseSensitive',
    'valueSet',
    'hierarchyMeaning',
    'content',
  ],
  ...['property', 'concept'],
]);
const conceptMembers = new Set(['code', 'display', 'definition', 'designation', 'property', 'concept']);

/** A code system's names and concepts, definitions included, without licensed codes; undefined for one of which nothing may be kept. */
export function packCodeSystem(system: Resource): Resource | undefined {
  const { url, content } = system;
  if (typeof url !== 'string' || isLicensed(url) || content === 'not-present' || content === 'supplement') return undefined;
  return { ...only(system, codeSystemMembers), resourceType: 'CodeSystem', concept: packConcepts(system['concept'], url) };
}

function packConcepts(concepts: JsonValue | undefined, system: string): readonly JsonObject[] {
  const kept = (Array.isArray(concepts) ? concepts.filter(isJsonObject) : []).filter(
    ({ code }) => typeof code === 'string' && !isLicensedCode(system, code),
  );
  return kept.map((concept) => {
    const inner = packConcepts(concept['concept'], system);
    const { concept: _, ...own } = only(concept, conceptMembers);
    return inner.length > 0 ? { ...own, concept: inner } : own;
  });
}

/** A concept map without the groups that lead from or to licensed codes; undefined when none is left. */
export function packConceptMap(map: Resource): Resource | undefined {
  const groups = Array.isArray(map['group']) ? map['group'].filter(isJsonObject) : [];
  const kept = groups.filter(
    ({ source, target }) => ![source, target].some((system) => typeof system === 'string' && isLicensed(system)),
  );
  if (kept.length === 0) return undefined;
  const { text: _, contact: __, ...rest } = map;
  return { ...rest, group: kept };
}

function only(object: JsonObject, members: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => members.has(name)));
}
