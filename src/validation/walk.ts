/** Walks over a whole JSON value without recursion: content may be nested as deep, and lists as long, as a client likes. */
import type { JsonObject, JsonValue } from '../fhir/types.ts';

/** Visits every value within, the root included; the order is not that of the text. */
export function visitValues(root: JsonValue, visit: (value: JsonValue) => void): void {
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    visit(value);
    if (Array.isArray(value)) {
      // Not spread into `push`: a long list would have more arguments than a call may have.
      for (const inner of value) open.push(inner);
    } else if (typeof value === 'object' && value !== null) {
      const members = value as JsonObject; // Neither null nor array.
      for (const name in members) open.push(members[name] as JsonValue); // The name was just listed.
    }
  }
}

/** Items with those beneath them, outermost first; `beneath` gives the next level. */
export function flattenItems<T>(items: readonly T[], beneath: (item: T) => Iterable<T>): readonly T[] {
  const flat = [...items];
  for (const item of flat) for (const inner of beneath(item)) flat.push(inner);
  return flat;
}
