/** From a node to its children, as FHIR JSON writes them. https://hl7.org/fhir/R4/json.html#primitive */
import { numberText } from '../fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type Node, nodeOf } from './node.ts';
import type { Members, Slot, TypeModel } from './type-model.ts';

/** The nodes under one name are added to `into`. A primitive has its id and extensions in its sibling. */
export function pushElement(node: Node, members: Members, into: Node[]): void {
  const base = bodyOf(node);
  if (base === undefined) return;
  for (const slot of presentSlots(base, members)) pushSlot(base, slot, into);
}

/** All children are added to `into`, in the order of the JSON. */
export function pushChildren(node: Node, model: TypeModel, into: Node[]): void {
  const base = bodyOf(node);
  if (base === undefined) return;
  for (const slot of slotsByProperty(base, model.members(node.type))) pushSlot(base, slot, into);
}

/** Whether there is anything under a name: as `pushElement`, without making nodes. */
export function hasElement(node: Node, members: Members): boolean {
  const base = bodyOf(node);
  if (base === undefined) return false;
  for (const slot of presentSlots(base, members)) if (hasContent(base, slot)) return true;
  return false;
}

function presentSlots(base: JsonObject, { slots, byProperty }: Members): readonly Slot[] {
  return byProperty === undefined ? slots : slotsByProperty(base, byProperty);
}

/** The slots of the properties that are there, each once: a value and its `_` property share one. */
function slotsByProperty(base: JsonObject, slots: ReadonlyMap<string, Slot>): readonly Slot[] {
  const found: Slot[] = [];
  for (const property of Object.keys(base)) {
    const slot = slots.get(property);
    if (slot !== undefined && (property === slot.property || base[slot.property] === undefined)) found.push(slot);
  }
  return found;
}

/** A resource by its own word, for what may hold any. */
export function resourceType(value: JsonValue | undefined): string {
  const type = isJsonObject(value) ? value['resourceType'] : undefined;
  return typeof type === 'string' ? type : 'Resource';
}

function bodyOf(node: Node): JsonObject | undefined {
  return isJsonObject(node.value) ? node.value : node.sibling;
}

function pushSlot(base: JsonObject, slot: Slot, into: Node[]): void {
  const value = base[slot.property];
  const sibling = slot.sibling === undefined ? undefined : base[slot.sibling];
  if (value === undefined && sibling === undefined) return;
  if (!Array.isArray(value) && !Array.isArray(sibling)) {
    pushNode(base, slot, slot.property, value, sibling, into);
    return;
  }
  const values: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const siblings: readonly JsonValue[] = Array.isArray(sibling) ? sibling : [];
  const length = Math.max(values.length, siblings.length);
  for (let index = 0; index < length; index += 1) pushNode(values, slot, index, values[index], siblings[index], into);
}

function pushNode(
  container: object,
  slot: Slot,
  key: string | number,
  value: JsonValue | undefined,
  sibling: JsonValue | undefined,
  into: Node[],
): void {
  const beside = isJsonObject(sibling) ? sibling : undefined;
  if (value === null || value === undefined) {
    if (beside !== undefined) into.push(nodeOf(slot.type, undefined, beside));
    return;
  }
  const type = slot.resource ? resourceType(value) : slot.type;
  const digits = slot.decimal && typeof value === 'number' ? numberText(container, key, value) : undefined;
  into.push(nodeOf(type, value, beside, digits));
}

function hasContent(base: JsonObject, slot: Slot): boolean {
  return isContent(base[slot.property]) || (slot.sibling !== undefined && isContent(base[slot.sibling]));
}

function isContent(value: JsonValue | undefined): boolean {
  return Array.isArray(value) ? value.some(isContent) : value !== undefined && value !== null;
}
