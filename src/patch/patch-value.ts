/** The value of an operation as the JSON of the element it is meant for. https://hl7.org/fhir/R4/fhirpatch.html */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { pieceAt } from '../fhir/json-edit.ts';
import { invalidValue, unprocessable } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type ElementValue, elementNamed, type NamedElement, propertyOf, readList, withElement, withList } from './elements.ts';
import type { Part } from './fhirpath-operations.ts';

export interface PlacedValue {
  /** The JSON name that the element gets: of a choice, by the type of the value. */
  readonly property: string;
  readonly element: ElementValue;
}

/**
 * "The type of the value must be correct for the place at which it will be added/inserted": throws 422 otherwise. An element without a data type
 * of its own (`Patient.contact`) is given as parts, one for each of its elements.
 */
export function placeValue({ part, place }: Part, { definition, chosen }: NamedElement, definitions: Definitions): PlacedValue {
  const inner = part['part'];
  const resource = part['resource'];
  if (Array.isArray(inner)) {
    const object = buildObject(inner, { definition, chosen, place }, definitions);
    return { property: propertyOf(definition, chosen ?? definition.types[0]?.code ?? ''), element: { piece: { value: object } } };
  }
  if (resource !== undefined) {
    if (definition.types.some(({ code }) => code === 'Resource')) {
      return { property: definition.name, element: { piece: { value: resource } } };
    }
    throw unprocessable(`${definition.path} holds no resource.`, `${place}.resource`);
  }
  const value = readValue(part, place, definitions);
  const fits = definition.types.some(({ code }) => code === value.type && (chosen === undefined || chosen === code));
  // Parameters has no value of type xhtml, so a narrative comes as a string.
  const narrative = value.type === 'string' && definition.types.some(({ code }) => code === 'xhtml');
  if (fits || narrative) return { property: propertyOf(definition, value.type), element: value.element };
  throw unprocessable(`The value is of type ${value.type}; ${definition.path} takes ${wanted(definition, chosen)}.`, place);
}

function wanted({ types, children, contentReference }: ElementDefinition, chosen: string | undefined): string {
  if (children !== undefined || contentReference !== undefined) return 'parts: one for each of its elements';
  return chosen ?? types.map(({ code }) => (code === 'xhtml' ? 'string (the XHTML as text)' : code)).join(', ');
}

interface TypedValue {
  readonly type: string;
  readonly element: ElementValue;
}

/** The `value[x]` of a part, with its type and, for a primitive, what stands beside it. */
function readValue(part: JsonObject, place: string, definitions: Definitions): TypedValue {
  const choice = elementNamed(definitions, 'Parameters.parameter', 'value')?.definition;
  for (const { code } of choice?.types ?? []) {
    const property = choice === undefined ? '' : propertyOf(choice, code);
    const piece = pieceAt(part, property);
    const beside = part[`_${property}`];
    if (piece === undefined && !isJsonObject(beside)) continue;
    return { type: code, element: { ...(piece !== undefined && { piece }), ...(isJsonObject(beside) && { beside }) } };
  }
  throw invalidValue('A value must be given as value[x], as parts or as a resource.', place);
}

interface Built {
  readonly definition: ElementDefinition;
  readonly chosen: string | undefined;
  readonly place: string;
}

function buildObject(parts: readonly JsonValue[], { definition, chosen, place }: Built, definitions: Definitions): JsonObject {
  const type = chosen ?? typeOf(definition);
  if (type === undefined) throw unprocessable(`${definition.path} may be of several types: give it as value[x].`, place);
  let object: JsonObject = {};
  for (const [index, part] of parts.entries()) {
    const at = `${place}.part[${index}]`;
    const name = isJsonObject(part) ? part['name'] : undefined;
    if (!isJsonObject(part) || typeof name !== 'string') throw invalidValue('A part must have a name.', `${at}.name`);
    const named = elementNamed(definitions, type, name);
    if (named === undefined) throw unprocessable(`${type} has no element of this name.`, `${at}.name`);
    const { property, element } = placeValue({ part, place: at }, named, definitions);
    if (named.definition.array) object = withList(object, property, [...readList(object, property), element]);
    else if (object[property] === undefined) object = withElement(object, property, element);
    else throw unprocessable(`${named.definition.path} does not repeat.`, at);
  }
  return object;
}

/** Whose elements the parts are. */
function typeOf({ path, types, children, contentReference }: ElementDefinition): string | undefined {
  if (contentReference !== undefined) return contentReference;
  if (children !== undefined) return path;
  return types.length === 1 ? types[0]?.code : undefined;
}
