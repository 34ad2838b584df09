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

/** An element with the names its values have in JSON. */
export interface ShapeElement extends ElementDefinition {
  readonly slots: readonly Slot[];
  /** For a choice: the slot of each name, its `_name` included. */
  readonly slotOf: ReadonlyMap<string, Slot>;
}

/** Where values of one type stand. */
interface Slot {
  readonly name: string;
  readonly siblingName: string;
  readonly shown: string;
  readonly type: string;
}

export type Shape = ReadonlyMap<string, ShapeElement>;

/** The elements of a type by name (`value` for `value[x]`); `key` is a type name or the path of a backbone element. */
export function openShapes(definitions: Definitions): (key: string) => Shape | undefined {
  const known = new Map<string, Shape | undefined>();
  const shapeOf = (key: string): Shape | undefined => {
    if (known.has(key)) return known.get(key);
    const elements = elementsOf(key, definitions);
    const shape = elements === undefined ? undefined : new Map(elements.map((element) => [element.name, shapeElement(element)]));
    // Keys that are no type come from resources: only what the definitions know is kept.
    if (shape !== undefined) known.set(key, shape);
    return shape;
  };
  return shapeOf;
}

function shapeElement(element: ElementDefinition): ShapeElement {
  const slots = element.choice
    ? element.types.map(({ code }) => slot(jsonName(element, code), `${element.name}.ofType(${code})`, code))
    : [slot(element.name, element.name, shapeKeys(element)[0] ?? '')];
  return {
    ...element,
    slots,
    slotOf: new Map(
      slots.flatMap(
        (one) =>
          [
            [one.name, one],
            [one.siblingName, one],
          ] as const,
      ),
    ),
  };
}

function slot(name: string, shown: string, type: string): Slot {
  return { name, siblingName: `_${name}`, shown, type };
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
export function itemsOf(object: JsonObject, element: ShapeElement): readonly Item[] {
  if (!element.choice) return element.slots[0] === undefined ? [] : itemsAt(object, element.slots[0]);
  const found = new Set<Slot>();
  for (const name in object) {
    const at = element.slotOf.get(name);
    if (at !== undefined) found.add(at);
  }
  return [...found].flatMap((at) => itemsAt(object, at));
}

function itemsAt(object: JsonObject, at: Slot): readonly Item[] {
  const value = object[at.name];
  const sibling = object[at.siblingName];
  if (value === undefined && sibling === undefined) return none;
  if (!Array.isArray(value) && !Array.isArray(sibling)) return [itemOf(value, sibling, at, -1)];
  const values: readonly JsonValue[] = Array.isArray(value) ? value : none;
  const siblings: readonly JsonValue[] = Array.isArray(sibling) ? sibling : none;
  const length = Math.max(values.length, siblings.length);
  return Array.from({ length }, (_, index) => itemOf(values[index], siblings[index], at, index));
}

const none: readonly never[] = [];

function itemOf(value: JsonValue | undefined, sibling: JsonValue | undefined, { type, shown }: Slot, index: number): Item {
  const own = isJsonObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : undefined;
  return {
    value: value === null ? undefined : value,
    sibling: isJsonObject(sibling) ? sibling : undefined,
    type: own ?? type,
    shown,
    index,
  };
}

/** The object whose members are an item's children: of a primitive, its sibling. */
export function objectOf({ value, sibling }: Item): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  return value !== undefined || sibling !== undefined ? (sibling ?? {}) : undefined;
}
