/** Walks over a whole JSON value without recursion: content may be nested as deep, and lists as long, as a client likes. */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';

/** Every value within, the root included; the order is not that of the text. */
export function* valuesWithin(root: JsonValue): Generator<JsonValue> {
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    yield value;
    if (typeof value !== 'object' || value === null) continue;
    // Not spread into `push`: a long list would have more arguments than a call may have.
    for (const inner of Object.values(value)) open.push(inner);
  }
}

/** Every object within, the root included. */
export function* objectsWithin(root: JsonValue): Generator<JsonObject> {
  for (const value of valuesWithin(root)) if (isJsonObject(value)) yield value;
}

/** Items with those beneath them, outermost first; `beneath` gives the next level. */
export function flattenItems<T>(items: readonly T[], beneath: (item: T) => Iterable<T>): readonly T[] {
  const flat = [...items];
  for (const item of flat) for (const inner of beneath(item)) flat.push(inner);
  return flat;
}
