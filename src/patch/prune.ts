/** https://hl7.org/fhir/R4/json.html: "Objects are never empty" and "an array can't be empty": what a patch has emptied goes. */
import { arrayOf, piecesOf, withMember, withoutMember } from '../fhir/json-edit.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';

/** The value without empty objects and arrays in it, itself when there are none; undefined when nothing is left. */
export function prune(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return pruneItems(value, false);
  return isJsonObject(value) ? pruneMembers(value) : value;
}

function pruneMembers(object: JsonObject): JsonObject | undefined {
  let left = object;
  for (const [name, member] of Object.entries(object)) {
    // Beside a list of primitives a place must stay: `null` says that nothing is there.
    const pruned = Array.isArray(member) ? pruneItems(member, name.startsWith('_')) : prune(member);
    if (pruned === undefined) left = withoutMember(left, name);
    else if (pruned !== member) left = withMember(left, name, { value: pruned });
  }
  return Object.keys(left).length === 0 ? undefined : left;
}

function pruneItems(array: readonly JsonValue[], keepsPlaces: boolean): readonly JsonValue[] | undefined {
  let changed = false;
  const items = piecesOf(array).flatMap((item) => {
    const value = prune(item.value);
    if (value === item.value) return item;
    changed = true;
    if (value === undefined) return keepsPlaces ? { value: null } : [];
    return { value };
  });
  if (items.every(({ value }) => value === null)) return undefined;
  return changed ? arrayOf(items) : array;
}
