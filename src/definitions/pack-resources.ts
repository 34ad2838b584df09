/** The conformance resources that are kept whole, but for their prose: structures and operations. */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { isLicensed } from './licensed.ts';

/** Elements that explain and decide nothing: prose, examples and mappings. Two thirds of the text. */
const prose = new Set(
  'text alias mapping example definition comment requirements meaningWhenMissing orderMeaning isModifierReason xpath contact publisher copyright purpose keyword date'.split(
    ' ',
  ),
);

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

/** Does a resource hold a code of a licensed code system anywhere (a fixed LOINC code in a vital sign, say)? */
export function hasLicensedCode(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some((item: JsonValue) => hasLicensedCode(item));
  if (!isJsonObject(value)) return false;
  return isLicensedCoding(value) || Object.values(value).some(hasLicensedCode);
}

function isLicensedCoding({ system, code }: JsonObject): boolean {
  return typeof system === 'string' && typeof code === 'string' && isLicensed(system);
}
