/** https://hl7.org/fhir/R4/search.html#number */
import { parseDecimal } from '../../fhir/decimal.ts';
import { isJsonObject, type JsonValue } from '../../fhir/types.ts';
import type { RangeTest } from '../criterion.ts';
import { type RangeEntry, unboundedHigh, unboundedLow } from '../index-entry.ts';
import { has, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';
import { prefixes, splitPrefix } from './prefix.ts';

export const number: SearchTypeDefinition = {
  code: 'number',
  modifiers: ['missing'],
  prefixes,
  index(node, place) {
    const range = node.type === 'Range' ? rangeOf(node.value) : pointOf(node.value);
    if (range === undefined) return [];
    return [{ shape: 'range', parameter: place.parameter, element: place.element, ...range, unit: '' } satisfies RangeEntry];
  },
  parse(request) {
    return has(request, numberTest(request, ''));
  },
};

/** The test of a number with its prefix; `text` is the part of the value that holds them. */
export function numberTest(request: ValueRequest, unit: string): RangeTest {
  const { comparison, rest } = splitPrefix(request);
  const asked = parseDecimal(rest);
  if (asked === undefined) throw refuse(request, "the value is not a number; write it like '5.4', '-3' or '5.40e-3'.");
  if (comparison === 'eq' || comparison === 'ne') return { shape: 'range', comparison, low: asked.low, high: asked.high, unit };
  if (comparison === 'ap') {
    // "the recommended value for the approximation is 10% of the stated value"; never narrower than what the digits say.
    const around = Math.abs(asked.value) / 10;
    const low = Math.min(asked.low, asked.value - around);
    return { shape: 'range', comparison, low, high: Math.max(asked.high, asked.value + around), unit };
  }
  // "When a comparison prefix in the set gt, lt, ge, le, sa & eb is provided, the implicit precision of the number is ignored".
  return { shape: 'range', comparison, low: asked.value, high: asked.value, unit };
}

export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

/** A stored number is a point. */
export function pointOf(value: JsonValue | undefined): NumberRange | undefined {
  return typeof value === 'number' ? { low: value, high: value } : undefined;
}

/** https://hl7.org/fhir/R4/datatypes.html#Range */
export function rangeOf(value: JsonValue | undefined): NumberRange | undefined {
  if (!isJsonObject(value)) return undefined;
  const low = boundOf(value['low']);
  const high = boundOf(value['high']);
  return low === undefined && high === undefined ? undefined : { low: low ?? unboundedLow, high: high ?? unboundedHigh };
}

function boundOf(quantity: JsonValue | undefined): number | undefined {
  return isJsonObject(quantity) ? pointOf(quantity['value'])?.low : undefined;
}
