/** Which elements a type or backbone element has, by name, and how instances hold them in JSON. */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { jsonName } from './generate.ts';

/** One value of an element: a primitive's `sibling` is what stands under `_name`, and its value may be undefined then. */
export interface Item {
  readonly value: JsonValue | undefined;
  readonly sibling: JsonObject | undefined;
  /** A type name, or the path of a backbone element: `Patient.contact`. For a resource within another, its own type. */
  readonly type: string;
  /** As expressions show it: `value.ofType(Quantity)`. */
  readonly shown: string;
  /** In an array; otherwise -1. */
  readonly index: number;
}

export type Shape = ReadonlyMap<string, ElementDefinition>;

/** The elements of a type by name (`value` for `value[x]`); `key` is a type name or the path of a backbone element. */
export function openShapes(definitions: Definitions): (key: string) => Shape | undefined {
  const known = new Map<string, Shape | undefined>();
  const shapeOf = (key: string): Shape | undefined => {
    if (known.has(key)) return known.get(key);
    const elements = elementsOf(key, definitions);
    const shape = elements === undefined ? undefined : new Map(elements.map((element) => [element.name, element]));
    known.set(key, shape);
    return shape;
  };
  return shapeOf;
}

function elementsOf(key: string, definitions: Definitions): readonly ElementDefinition[] | undefined {
  const [type = '', ...names] = key.split('.');
  let elements = definitions.type(type)?.elements;
  for (const name of names) elements = elements?.find((element) => element.name === name)?.children;
  return elements;
}

/** What the shape of an element's value may be: its own path for a backbone, otherwise its types. */
export function shapeKeys(element: ElementDefinition): readonly string[] {
  if (element.contentReference !== undefined) return [element.contentReference];
  return element.children === undefined ? element.types.map(({ code }) => code) : [element.path];
}

/** The values of one element of an object, in order; empty when there are none. */
export function itemsOf(object: JsonObject, element: ElementDefinition): readonly Item[] {
  if (!element.choice) return namedItems(object, element.name, element.name, shapeKeys(element)[0] ?? '');
  return element.types.flatMap(({ code }) =>
    namedItems(object, jsonName(element, code), `${element.name}.ofType(${code})`, code),
  );
}

function namedItems(object: JsonObject, name: string, shown: string, type: string): readonly Item[] {
  const value = object[name];
  const sibling = object[`_${name}`];
  if (value === undefined && sibling === undefined) return [];
  if (!Array.isArray(value) && !Array.isArray(sibling)) return [itemOf(value, sibling, { type, shown, index: -1 })];
  const values: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const siblings: readonly JsonValue[] = Array.isArray(sibling) ? sibling : [];
  const length = Math.max(values.length, siblings.length);
  return Array.from({ length }, (_, index) => itemOf(values[index], siblings[index], { type, shown, index }));
}

function itemOf(
  value: JsonValue | undefined,
  sibling: JsonValue | undefined,
  place: Pick<Item, 'type' | 'shown' | 'index'>,
): Item {
  const own = isJsonObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : undefined;
  return {
    value: value === null ? undefined : value,
    sibling: isJsonObject(sibling) ? sibling : undefined,
    type: own ?? place.type,
    shown: place.shown,
    index: place.index,
  };
}

/** The object whose members are an item's children: of a primitive, its sibling. */
export function objectOf({ value, sibling }: Item): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  return value !== undefined || sibling !== undefined ? (sibling ?? {}) : undefined;
}
