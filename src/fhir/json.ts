/** FHIR JSON in and out, losing nothing: every number keeps its digits, every member its order. https://hl7.org/fhir/R4/json.html */
import { readJson } from './json-reader.ts';
import { countMembers, keepDigits, scanJson } from './json-scan.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from './types.ts';

/**
 * Under this key a container keeps the text of its numbers that JavaScript would write otherwise (`1.00`, `1e2`), by member name or index.
 * "The precision of the decimal value has significance" (https://hl7.org/fhir/R4/datatypes.html#decimal). Spreading an object carries it along;
 * a text whose value no longer is the member's is ignored when writing.
 */
export const digits: unique symbol = Symbol('digits');

export type Digits = Readonly<Record<string, string>>;

/**
 * A resource's JSON cut open inside `meta`, so that the store can put the version id and time in when it commits:
 * `head + '"versionId":"3","lastUpdated":"…"' + tail`. Made by `formatStampable`, closed by `store/stamp.ts`.
 */
export interface StampableText {
  readonly head: string;
  readonly tail: string;
}

/**
 * Reads JSON text. Throws FhirError `malformed` (400) with line and column for text that is not JSON, is nested deeper than
 * `limits.jsonDepthMax`, has a member twice, or has a member no FHIR resource can have (`__proto__`, a name that starts with a digit).
 */
export function parseJson(text: string): JsonValue {
  const scanned = scanJson(text);
  if (scanned === undefined) return readJson(text, digits);
  const value = parseNatively(text);
  // The scan counts members in the text, the walk members in the value: fewer there means that one came twice.
  if (value === undefined || countMembers(value) !== scanned.members) return readJson(text, digits);
  if (scanned.odd.length > 0) keepDigits(value, scanned.odd, digits);
  return value;
}

function parseNatively(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse returns nothing else.
  } catch {
    // The careful reader says where the fault is.
    return undefined;
  }
}

/** Writes a value as JSON, numbers with the digits they came with. Members that are undefined are left out. */
export function formatJson(value: JsonValue): string {
  return hasDigits(value) ? write(value, undefined) : JSON.stringify(value);
}

/**
 * Cuts a resource's text open inside `meta`; a versionId and lastUpdated that the client sent are dropped.
 * A resource without `meta` gets one behind its id. https://hl7.org/fhir/R4/resource.html#Meta
 */
export function formatStampable(resource: Resource): StampableText {
  const names = Object.keys(resource);
  const at = names.indexOf('meta');
  const cut = at >= 0 ? at : Math.max(names.indexOf('id'), names.indexOf('resourceType')) + 1;
  const meta = resource['meta'];
  const rest = isJsonObject(meta)
    ? membersText(
        meta,
        Object.keys(meta).filter((name) => !stamped.has(name)),
      )
    : '';
  const before = membersText(resource, names.slice(0, cut));
  const after = membersText(resource, names.slice(at >= 0 ? cut + 1 : cut));
  return { head: `{${before === '' ? '' : `${before},`}"meta":{`, tail: `${comma(rest)}}${comma(after)}}` };
}

const stamped = new Set(['versionId', 'lastUpdated']);

function membersText(object: JsonObject, names: readonly string[]): string {
  const part: Record<string, JsonValue> = {};
  for (const name of names) part[name] = object[name] as JsonValue; // The names are the object's own.
  return formatJson(withDigits(part, object)).slice(1, -1);
}

function comma(text: string): string {
  return text === '' ? '' : `,${text}`;
}

/** The digits a container keeps, by member name or index. */
export function digitsOf(container: object): Digits | undefined {
  return (container as { readonly [digits]?: Digits })[digits]; // Only `parseJson` sets it.
}

/** Gives a copy the digits of its original: for copies not made by spreading. */
export function withDigits<T extends object>(copy: T, original: object): T {
  const own = digitsOf(original);
  return own === undefined ? copy : Object.assign(copy, { [digits]: own });
}

/** A number's digits as sent, for a member of a container. */
export function numberText(container: object, name: string | number, value: number): string {
  const literal = digitsOf(container)?.[name];
  return literal !== undefined && Number(literal) === value ? literal : String(value);
}

/**
 * Whether two texts, as `formatJson` writes them, say the same: "The order of properties of an object is not significant in the JSON format"
 * (https://hl7.org/fhir/R4/json.html).
 */
export function isSameJson(one: string, other: string): boolean {
  if (one === other) return true;
  // In another order they are as long.
  return one.length === other.length && formatJson(inOrder(parseJson(one))) === formatJson(inOrder(parseJson(other)));
}

/** With the members of every object in the order of their names. */
function inOrder(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return withDigits(value.map(inOrder), value);
  const members = Object.entries(value).map(([name, member]) => [name, inOrder(member)] as const);
  return withDigits(Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1))), value);
}

function hasDigits(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (digitsOf(value) !== undefined) return true;
  if (Array.isArray(value)) return value.some(hasDigits);
  const object = value as JsonObject; // Neither null nor array.
  for (const name in object) {
    if (hasDigits(object[name] as JsonValue)) return true; // The name was just listed.
  }
  return false;
}

function write(value: JsonValue, literal: string | undefined): string {
  if (typeof value === 'number' && literal !== undefined && Number(literal) === value) return literal;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const own = digitsOf(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue, index) => write(item, own?.[index])).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member, own?.[name])}`).join(',')}}`;
}
