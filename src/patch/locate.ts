/** From the nodes that a FHIRPath expression finds to their places in the JSON. */

import { withDigits } from '../fhir/json.ts';
import type { Path } from '../fhir/json-edit.ts';
import { limits } from '../fhir/limits.ts';
import { tooCostly } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { Node } from '../fhirpath/node.ts';

/** Where an element stands: in the object at `parent`, under `property`, in a list at `index`. The resource itself stands nowhere. */
export interface ElementPlace {
  readonly parent: Path;
  readonly property: string;
  readonly index?: number;
}

export interface LocatedElement {
  /** Its FHIR type: `HumanName`, `Patient.contact`, `date`. */
  readonly type: string;
  /** Undefined: the resource itself. */
  readonly place: ElementPlace | undefined;
}

export interface Locator {
  /** To evaluate expressions on: the same content. */
  readonly resource: Resource;
  /** Undefined for a value that an expression has made, or that is not of this resource. */
  readonly locate: (node: Node) => LocatedElement | undefined;
}

/** What the operations of one patch may still look through. */
export interface Meter {
  partsLeft: number;
}

/**
 * FHIRPath passes nodes on as they are, so an object tells by its identity where it stands. A primitive has none; what stands beside it (`_birthDate`)
 * has, so every primitive is given an object there, which stays empty and changes no result.
 */
export function openLocator(resource: Resource, meter: Meter): Locator {
  const places = new Map<JsonObject, ElementPlace | undefined>();
  const marked = mark(resource, [], { places, meter });
  places.set(marked, undefined);
  return {
    resource: marked as Resource, // A copy of a Resource.
    locate({ type, value, sibling }) {
      const object = isJsonObject(value) ? value : sibling;
      return object !== undefined && places.has(object) ? { type, place: places.get(object) } : undefined;
    },
  };
}

interface Marking {
  readonly places: Map<JsonObject, ElementPlace | undefined>;
  readonly meter: Meter;
}

function mark(object: JsonObject, path: Path, marking: Marking): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(object)) {
    if (name === 'resourceType') copy[name] = value;
    else if (name.startsWith('_')) {
      const property = name.slice(1);
      if (object[property] === undefined) copy[name] = markBeside(undefined, value, { parent: path, property }, marking);
    } else {
      copy[name] = Array.isArray(value)
        ? withDigits(
            value.map((item: JsonValue, index) => markObject(item, path, name, marking, index)),
            value,
          )
        : markObject(value, path, name, marking);
      if (isPrimitive(value)) copy[`_${name}`] = markBeside(value, object[`_${name}`], { parent: path, property: name }, marking);
    }
  }
  return withDigits(copy, object);
}

function markObject(value: JsonValue, parent: Path, property: string, marking: Marking, index?: number): JsonValue {
  spend(marking.meter);
  if (!isJsonObject(value)) return value;
  const place = index === undefined ? { parent, property } : { parent, property, index };
  const copy = mark(value, pathOf(place), marking);
  marking.places.set(copy, place);
  return copy;
}

/** What stands beside a primitive or a list of them; primitives that are left out (`null`) are known by what stands beside them. */
function markBeside(
  value: JsonValue | undefined,
  beside: JsonValue | undefined,
  place: ElementPlace,
  marking: Marking,
): JsonValue {
  const { parent, property } = place;
  if (!Array.isArray(value) && !Array.isArray(beside)) return markOne(beside, place, marking);
  const values: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const list: readonly JsonValue[] = Array.isArray(beside) ? beside : [];
  return Array.from({ length: Math.max(values.length, list.length) }, (_, index) => {
    const here = list[index] ?? null;
    const absent = here === null && (values[index] ?? null) === null;
    return absent ? null : markOne(here, { parent, property, index }, marking);
  });
}

function markOne(beside: JsonValue | undefined, place: ElementPlace, marking: Marking): JsonObject {
  const { parent, property, index } = place;
  const path = [...parent, `_${property}`, ...(index === undefined ? [] : [index])];
  const copy = isJsonObject(beside) ? mark(beside, path, marking) : {};
  marking.places.set(copy, place);
  return copy;
}

function isPrimitive(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.every((item: JsonValue) => !isJsonObject(item));
  return !isJsonObject(value);
}

/** The path of the element's own object, if it has one. */
export function pathOf({ parent, property, index }: ElementPlace): Path {
  return index === undefined ? [...parent, property] : [...parent, property, index];
}

function spend(meter: Meter): void {
  meter.partsLeft -= 1;
  if (meter.partsLeft < 0)
    throw tooCostly(`The operations of a patch may look through ${limits.patchPartsMax} values, all together.`);
}
