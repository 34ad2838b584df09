/** The conformance resources that are kept whole, but for their prose: structures and operations. */
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { isLicensed } from './licensed.ts';

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
