/** Values that profiles fix or give a pattern for. https://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.fixed_x_ */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';

/** "Must be exactly this value": all members alike, order of members aside. */
export function equalsFixed(value: JsonValue | undefined, fixed: JsonValue): boolean {
  if (value === undefined) return false;
  if (Array.isArray(fixed)) {
    return (
      Array.isArray(value) && value.length === fixed.length && fixed.every((item: JsonValue, at) => equalsFixed(value[at], item))
    );
  }
  if (!isJsonObject(fixed)) return value === fixed;
  if (!isJsonObject(value)) return false;
  const names = Object.keys(value);
  return (
    names.length === Object.keys(fixed).length &&
    names.every((name) => Object.hasOwn(fixed, name) && equalsFixed(value[name], fixed[name] as JsonValue))
  );
}

/** "All the properties of the pattern have the same value in the instance; arrays: each item of the pattern matches some item". */
export function matchesPattern(value: JsonValue | undefined, pattern: JsonValue): boolean {
  if (value === undefined) return false;
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) && pattern.every((wanted: JsonValue) => value.some((item: JsonValue) => matchesPattern(item, wanted)))
    );
  }
  if (!isJsonObject(pattern)) return value === pattern;
  return isJsonObject(value) && Object.entries(pattern).every(([name, wanted]) => matchesPattern(value[name], wanted));
}

/** The part of a fixed value or pattern that lies at the end of some element names; arrays give their items. */
export function partsAt(value: JsonValue, names: readonly string[]): readonly JsonValue[] {
  const [name, ...rest] = names;
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => partsAt(item, names));
  if (name === undefined) return [value];
  const inner = isJsonObject(value) ? memberOf(value, name) : undefined;
  return inner === undefined ? [] : partsAt(inner, rest);
}

function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A fixed value as a message may show it: a profile's own content, never a person's. */
export function showExpected(value: JsonValue): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
