/** `_summary` and `_elements`: https://hl7.org/fhir/R4/search.html#summary and https://hl7.org/fhir/R4/search.html#elements */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { formatJson, parseJson, withDigits } from '../fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { childrenAt } from './parameter-elements.ts';
import type { ParsedQuery } from './query.ts';

/** A stored resource's text, reduced; marked SUBSETTED. */
export type Projection = (text: string) => string;

/**
 * How matches and included resources are reduced. Undefined where they are sent whole: "The list of elements does not apply to included
 * resources."
 */
export function openProjections(
  { summary, elements }: Pick<ParsedQuery, 'summary' | 'elements'>,
  definitions: Definitions,
): { readonly match?: Projection; readonly include?: Projection } {
  if (elements.length > 0) {
    const listed = new Set(elements);
    return {
      match: projection(
        (resource, names) => reduceRoot(resource, names, (element) => isKept(element) || listed.has(element.name)),
        definitions,
      ),
    };
  }
  const reduce = reductions[summary];
  if (reduce === undefined) return {};
  const reduced = projection(reduce, definitions);
  return { match: reduced, include: reduced };
}

type Reduce = (resource: JsonObject, names: ElementNames) => JsonObject;

const reductions: Readonly<Record<string, Reduce>> = {
  // "Return a limited subset of elements […] marked as "summary" in the base definition".
  true: (resource, names) => reduceDeep(resource, typeOf(resource), names),
  // "Return only the "text" element, the 'id' element, the 'meta' element, and only top-level mandatory elements".
  text: (resource, names) => reduceRoot(resource, names, ({ name, min }) => min > 0 || textMembers.has(name)),
  // "Remove the text element".
  data: ({ text: _, ...rest }) => rest,
};

const textMembers: ReadonlySet<string> = new Set(['id', 'meta', 'text']);

function projection(reduce: Reduce, definitions: Definitions): Projection {
  const names = openElementNames(definitions);
  return (text) => {
    const resource = parseJson(text);
    return isJsonObject(resource) ? formatJson(markSubsetted(reduce(resource, names))) : text;
  };
}

const subsetted: JsonObject = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** "to ensure that the incomplete resource is not accidentally used to overwrite a complete resource" */
function markSubsetted(resource: JsonObject): JsonObject {
  const { meta } = resource;
  const tags = isJsonObject(meta) && Array.isArray(meta['tag']) ? meta['tag'] : [];
  const marked = { ...(isJsonObject(meta) ? meta : {}), tag: [...tags, subsetted] };
  if (meta !== undefined) return { ...resource, meta: marked };
  const { resourceType = '', id = '', ...rest } = resource;
  return { resourceType, id, meta: marked, ...rest };
}

/** JSON member name to element and type: `valueQuantity`, `_birthDate`. */
interface ElementNames {
  find(type: string, name: string): Member | undefined;
}

interface Member {
  readonly element: ElementDefinition;
  /** The type whose members the value has; undefined for what has none. */
  readonly type: string;
}

function openElementNames(definitions: Definitions): ElementNames {
  const known = new Map<string, ReadonlyMap<string, Member>>();
  const elementsOf = (type: string): readonly ElementDefinition[] =>
    childrenAt(definitions.type(type.split('.', 1)[0] ?? type), type) ?? [];
  return {
    find(type, name) {
      const members = known.get(type) ?? new Map(elementsOf(type).flatMap(membersOf));
      known.set(type, members);
      return members.get(name.startsWith('_') ? name.slice(1) : name);
    },
  };
}

function membersOf(element: ElementDefinition): readonly [string, Member][] {
  const [first] = element.types;
  if (!element.choice) return [[element.name, { element, type: bodyOf(element, first?.code ?? '') }]];
  return element.types.map(({ code }) => [
    `${element.name}${code.charAt(0).toUpperCase()}${code.slice(1)}`,
    { element, type: code },
  ]);
}

/** A backbone's body is named by its path. */
function bodyOf(element: ElementDefinition, type: string): string {
  return element.children !== undefined ? element.path : (element.contentReference ?? type);
}

/** What is always there: what names the resource, and what it would mean something else without. */
function isKept({ min, modifier, name }: ElementDefinition): boolean {
  return min > 0 || modifier || name === 'id' || name === 'meta';
}

function reduceRoot(resource: JsonObject, names: ElementNames, isWanted: (element: ElementDefinition) => boolean): JsonObject {
  const type = typeOf(resource);
  return without(resource, (name) => {
    const member = names.find(type, name);
    return member !== undefined && isWanted(member.element);
  });
}

/** Copies by spreading, so that numbers keep their digits. */
function without(object: JsonObject, isKeptName: (name: string) => boolean): JsonObject {
  const copy: Record<string, JsonValue> = { ...object };
  for (const name of Object.keys(object)) {
    if (name !== 'resourceType' && !isKeptName(name)) delete copy[name];
  }
  return copy;
}

function reduceDeep(object: JsonObject, type: string, names: ElementNames): JsonObject {
  const copy: Record<string, JsonValue> = { ...object };
  for (const [name, value] of Object.entries(object)) {
    if (name === 'resourceType') continue;
    const member = names.find(type, name);
    const kept = member !== undefined && (member.element.summary || isKept(member.element));
    const reduced = kept ? reduceMember(name, value, member.type, names) : undefined;
    if (reduced === undefined) delete copy[name];
    else copy[name] = reduced;
  }
  return copy;
}

/** An extension means nothing without its value, and the extensions of a primitive go with it: both stay whole. */
function reduceMember(name: string, value: JsonValue, type: string, names: ElementNames): JsonValue | undefined {
  return name.startsWith('_') || type === 'Extension' ? value : reduceValue(value, type, names);
}

/** Undefined for an object of which nothing is left: JSON of FHIR has no empty objects. */
function reduceValue(value: JsonValue, type: string, names: ElementNames): JsonValue | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => reduceValue(item, type, names));
    const left = items.filter((item) => item !== undefined);
    return left.length === 0 ? undefined : withDigits(left, value);
  }
  if (!isJsonObject(value)) return value;
  const reduced = reduceDeep(value, typeof value['resourceType'] === 'string' ? value['resourceType'] : type, names);
  return Object.keys(reduced).length === 0 ? undefined : reduced;
}

function typeOf(resource: JsonObject): string {
  return String(resource['resourceType']);
}
