/** Elements in FHIR JSON: what a type has under a name, and a primitive's value with what stands beside it. https://hl7.org/fhir/R4/json.html#primitive */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { arrayOf, type Piece, pieceAt, piecesOf, withMember, withoutMember } from '../fhir/json-edit.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { elementsOf } from '../fhirpath/type-model.ts';

/** An element that a type has, by its FHIRPath name (`value`) or, for a choice, by a JSON name (`valueQuantity`). */
export interface NamedElement {
  readonly definition: ElementDefinition;
  /** The type that a JSON name has chosen. */
  readonly chosen?: string;
}

export function elementNamed(definitions: Definitions, type: string, name: string): NamedElement | undefined {
  for (const definition of elementsOf(definitions, type)) {
    if (definition.name === name) return { definition };
    const chosen = definition.choice ? definition.types.find(({ code }) => propertyOf(definition, code) === name) : undefined;
    if (chosen !== undefined) return { definition, chosen: chosen.code };
  }
  return undefined;
}

/** The JSON name of an element: for a choice with its type. */
export function propertyOf({ name, choice }: ElementDefinition, type: string): string {
  return choice ? `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}` : name;
}

/** The JSON names an element may have. */
export function propertiesOf(definition: ElementDefinition): readonly string[] {
  return definition.choice ? definition.types.map(({ code }) => propertyOf(definition, code)) : [definition.name];
}

/** One element: its value, and the id and extensions beside a primitive. One of them is there. */
export interface ElementValue {
  readonly piece?: Piece;
  readonly beside?: JsonObject;
}

export function hasElement(object: JsonObject, property: string): boolean {
  return object[property] !== undefined || object[`_${property}`] !== undefined;
}

/** The elements of a list; none when it is not there. */
export function readList(object: JsonObject, property: string): readonly ElementValue[] {
  const pieces = listAt(object[property]);
  const besides = listAt(object[`_${property}`]);
  return Array.from({ length: Math.max(pieces.length, besides.length) }, (_, index) => {
    const piece = pieces[index];
    const beside = besides[index]?.value;
    return { ...(piece !== undefined && piece.value !== null && { piece }), ...(isJsonObject(beside) && { beside }) };
  });
}

/** The object with the elements for its list. */
export function withList(object: JsonObject, property: string, elements: readonly ElementValue[]): JsonObject {
  const values = elements.some(({ piece }) => piece !== undefined)
    ? { value: arrayOf(elements.map(({ piece }) => piece ?? { value: null })) }
    : undefined;
  const besides = elements.some(({ beside }) => beside !== undefined)
    ? { value: elements.map(({ beside }) => beside ?? null) }
    : undefined;
  return withOrWithout(withOrWithout(object, property, values), `_${property}`, besides);
}

/** The object with the element, or without it. */
export function withElement(object: JsonObject, property: string, element: ElementValue | undefined): JsonObject {
  const beside = element?.beside === undefined ? undefined : { value: element.beside };
  return withOrWithout(withOrWithout(object, property, element?.piece), `_${property}`, beside);
}

/** The object with one member renamed: it keeps its place. */
export function renameMember(object: JsonObject, from: string, to: string): JsonObject {
  const renamed: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(object)) renamed[name === from ? to : name] = value;
  return renamed;
}

function listAt(value: JsonValue | undefined): readonly Piece[] {
  return Array.isArray(value) ? piecesOf(value) : [];
}

function withOrWithout(object: JsonObject, name: string, piece: Piece | undefined): JsonObject {
  if (piece !== undefined) return withMember(object, name, piece);
  return pieceAt(object, name) === undefined ? object : withoutMember(object, name);
}
