/** When two values are equal, equivalent, less or more. http://hl7.org/fhirpath/N1/#equality and #comparison */
import { isJsonObject, type JsonValue } from '../fhir/types.ts';
import { type Meter, spend } from './code.ts';
import { type Collection, evaluationError, type Node } from './node.ts';
import { compareQuantities, isQuantityType } from './quantity.ts';
import { compareTemporal, temporalKey } from './temporal.ts';

/** Characters of an object's text that count as one visited element. */
const charactersPerStep = 100;

type Kind = 'boolean' | 'number' | 'string' | 'date' | 'time' | 'quantity' | 'object' | 'none';

const dateTypes = new Set(['date', 'dateTime', 'instant', 'System.Date', 'System.DateTime']);

function kindOf({ type, value }: Node): Kind {
  switch (typeof value) {
    case 'string':
      if (dateTypes.has(type)) return 'date';
      return type === 'time' || type === 'System.Time' ? 'time' : 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'undefined':
      return 'none';
    default:
      return isQuantityType(type) ? 'quantity' : 'object';
  }
}

/** A text that is no date and no time: equal to another when it has the same characters. */
export function isText(node: Node): boolean {
  return kindOf(node) === 'string';
}

/** `=` on collections: undefined when either is empty, or when two dates differ only in precision. */
export function equalCollections(left: Collection, right: Collection, meter: Meter): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined;
  if (left.length !== right.length) return false;
  let equal: boolean | undefined = true;
  for (let index = 0; index < left.length; index += 1) {
    const one = equalNodes(left[index] as Node, right[index] as Node, meter); // Both have this many.
    if (one === false) return false;
    if (one === undefined) equal = undefined;
  }
  return equal;
}

export function equalNodes(a: Node, b: Node, meter: Meter): boolean | undefined {
  const kind = kindOf(a);
  const other = kindOf(b);
  if (kind === 'none' || other === 'none') return kind === other && textOf(a.sibling, meter) === textOf(b.sibling, meter);
  if (kind !== other) return isQuantityAndNumber(kind, other) ? equals(compareQuantities(a, b, '=')) : false;
  switch (kind) {
    case 'date':
    case 'time':
      return equals(compareTemporal(String(a.value), String(b.value), kind === 'time'));
    case 'quantity':
      return equals(compareQuantities(a, b, '='));
    case 'object':
      return a.value === b.value || (!mustDiffer(a.value, b.value) && textOf(a.value, meter) === textOf(b.value, meter));
    default:
      return a.value === b.value;
  }
}

function isQuantityAndNumber(a: Kind, b: Kind): boolean {
  return (a === 'quantity' && b === 'number') || (a === 'number' && b === 'quantity');
}

function equals(comparison: number | undefined): boolean | undefined {
  return comparison === undefined ? undefined : comparison === 0;
}

/** Which comes first: below zero, zero, above; undefined when it cannot be known. Throws for operands that have no order. */
export function compareNodes(a: Node, b: Node): number | undefined {
  const kind = kindOf(a);
  const other = kindOf(b);
  if (kind === 'none' || other === 'none') return undefined;
  if (kind !== other && !isQuantityAndNumber(kind, other)) throw evaluationError(`a ${kind} cannot be compared with a ${other}`);
  switch (kind) {
    case 'number':
      if (other === 'quantity') return compareQuantities(a, b, '<');
      return Number(a.value) - Number(b.value);
    case 'string':
      return compareText(String(a.value), String(b.value));
    case 'date':
    case 'time':
      return compareTemporal(String(a.value), String(b.value), kind === 'time');
    case 'quantity':
      return compareQuantities(a, b, '<');
    default:
      throw evaluationError(`values of type ${a.type} have no order`);
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `~`: letters without case, white space as one space, order of no account. http://hl7.org/fhirpath/N1/#equivalent */
export function equivalentCollections(left: Collection, right: Collection, meter: Meter): boolean {
  if (left.length !== right.length) return false;
  spend(meter, left.length * right.length);
  const open = [...right];
  return left.every((node) => {
    const at = open.findIndex((candidate) => equivalentNodes(node, candidate, meter));
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  });
}

function equivalentNodes(a: Node, b: Node, meter: Meter): boolean {
  const kind = kindOf(a);
  if (kind === 'string' && kindOf(b) === 'string') return fold(String(a.value)) === fold(String(b.value));
  if (kind === 'number' && kindOf(b) === 'number') return equivalentNumbers(a, b);
  if (kind === 'quantity' && kindOf(b) === 'quantity') return compareQuantities(a, b, '~') === 0;
  if (kind === 'object' && kindOf(b) === 'object') return fold(textOf(a.value, meter)) === fold(textOf(b.value, meter));
  return equalNodes(a, b, meter) === true;
}

function fold(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ');
}

/** Decimals are compared at the precision of the less precise one. */
function equivalentNumbers(a: Node, b: Node): boolean {
  const places = Math.min(decimalPlaces(a), decimalPlaces(b));
  return Math.round(Number(a.value) * 10 ** places) === Math.round(Number(b.value) * 10 ** places);
}

function decimalPlaces({ value, digits }: Node): number {
  const [, fraction = ''] = (digits ?? String(value)).split('.');
  return /^\d*$/.test(fraction) ? fraction.replace(/0+$/, '').length : 0;
}

/** A text that two nodes share exactly when they are equal: sets are built on it. Quantities are equal here when written alike. */
export function equalityKey(node: Node, meter: Meter): string {
  const kind = kindOf(node);
  switch (kind) {
    case 'date':
    case 'time':
      return `${kind} ${temporalKey(String(node.value), kind === 'time')}`;
    case 'object':
    case 'quantity':
      return `object ${textOf(node.value, meter)}`;
    case 'none':
      return `none ${textOf(node.sibling, meter)}`;
    default:
      return `${kind} ${node.value}`;
  }
}

/** Up to so many items are compared pair by pair: most differ at first sight, which saves making their keys. */
const pairwiseMax = 8;

/** The items without those equal to an earlier one. */
export function distinct(collection: Collection, meter: Meter): Collection {
  if (collection.length < 2) return collection;
  if (collection.length <= pairwiseMax) {
    return collection.filter((node, index) => !collection.slice(0, index).some((other) => sameKey(node, other, meter)));
  }
  const seen = new Set<string>();
  const kept = collection.filter((node) => {
    const key = equalityKey(node, meter);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return kept.length === collection.length ? collection : kept;
}

/** Whether two nodes have one `equalityKey`. */
function sameKey(a: Node, b: Node, meter: Meter): boolean {
  if (typeof a.value !== typeof b.value || mustDiffer(a.value, b.value)) return false;
  return equalityKey(a, meter) === equalityKey(b, meter);
}

/** At first sight: other members, or another text, number or list length among them. */
function mustDiffer(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return names.length !== Object.keys(b).length || names.some((name) => differsAtSight(a[name], b[name]));
}

function differsAtSight(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length !== b.length;
  return (typeof a !== 'object' || typeof b !== 'object') && a !== b;
}

function textOf(value: JsonValue | undefined, meter: Meter): string {
  if (typeof value !== 'object' || value === null) return stableText(value);
  meter.texts ??= new Map();
  const known = meter.texts.get(value);
  if (known !== undefined) return known;
  const text = stableText(value);
  spend(meter, text.length / charactersPerStep);
  meter.texts.set(value, text);
  return text;
}

/** JSON with the members of every object in order of name: equal for equal content. */
function stableText(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? '';
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${stableText(value[name])}`);
  return `{${members.join(',')}}`;
}
