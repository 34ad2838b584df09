/** Quantities. Those in one unit are computed here, those in different units by the library, which knows UCUM. https://ucum.org */
import { isJsonObject } from '../fhir/types.ts';
import { plainDecimal } from './decimal-arithmetic.ts';
import { evaluateOperation } from './library.ts';
import type { Node } from './node.ts';
import { isCalendarUnit } from './syntax.ts';

const quantityTypes = new Set(['Quantity', 'SimpleQuantity', 'Age', 'Count', 'Distance', 'Duration', 'System.Quantity']);
const ucum = 'http://unitsofmeasure.org';

interface Quantity {
  readonly value: number;
  /** With its system, so that equal units are equal texts. */
  readonly unit: string;
  /** As a FHIRPath literal; undefined outside UCUM and the calendar. */
  readonly literal: string | undefined;
}

export function isQuantityType(type: string): boolean {
  return quantityTypes.has(type);
}

/**
 * Below zero, zero or above; undefined when the units do not compare. For `=` and `~`, any number but zero says that they differ.
 * A number counts as a quantity of unit 1.
 */
export function compareQuantities(a: Node, b: Node, operator: '=' | '~' | '<'): number | undefined {
  const left = quantityOf(a);
  const right = quantityOf(b);
  if (left === undefined || right === undefined) return undefined;
  if (left.unit === right.unit) return left.value - right.value;
  if (left.literal === undefined || right.literal === undefined) return operator === '<' ? undefined : 1;
  const holds = evaluateOperation(`${left.literal} ${operator} ${right.literal}`)[0]?.value;
  if (operator !== '<') return typeof holds === 'boolean' ? Number(!holds) : undefined;
  if (holds === true) return -1;
  const more = evaluateOperation(`${left.literal} > ${right.literal}`)[0]?.value;
  return typeof more === 'boolean' ? Number(more) : undefined;
}

/** A node as a FHIRPath literal: a quantity in UCUM or of the calendar, or a number; undefined for others. */
export function quantityLiteral(node: Node): string | undefined {
  return typeof node.value === 'number' ? plainDecimal(node.digits ?? String(node.value)) : quantityOf(node)?.literal;
}

/** A quantity as amount and unit, for adding to a date: `4 days`, `4 'd'`. */
export function durationOf(node: Node): { readonly amount: number; readonly unit: string } | undefined {
  const quantity = isQuantityType(node.type) ? quantityOf(node) : undefined;
  return quantity === undefined ? undefined : { amount: quantity.value, unit: quantity.unit.replace(`${ucum}|`, '') };
}

function quantityOf({ value: content, digits }: Node): Quantity | undefined {
  if (typeof content === 'number')
    return { value: content, unit: `${ucum}|1`, literal: literalOf(digits ?? String(content), "'1'") };
  if (!isJsonObject(content) || typeof content['value'] !== 'number') return undefined;
  const { value, code, system, unit } = content;
  const name = typeof code === 'string' ? code : unit;
  const text = typeof name === 'string' ? name : '1';
  if (system === ucum) return { value, unit: `${ucum}|${text}`, literal: literalOf(String(value), quote(text)) };
  if (typeof system === 'string') return { value, unit: `${system}|${text}`, literal: undefined };
  return { value, unit: text, literal: isCalendarUnit(text) ? literalOf(String(value), text) : undefined };
}

function literalOf(number: string, unit: string): string | undefined {
  const plain = plainDecimal(number);
  return plain === undefined ? undefined : `${plain} ${unit}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
