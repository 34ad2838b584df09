/** https://hl7.org/fhir/R4/search.html#quantity */
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/types.ts';
import type { Node } from '../../fhirpath/node.ts';
import { splitUnescaped } from '../escape.ts';
import { openHigh, openLow, type RangeEntry } from '../index-entry.ts';
import { has, literal, refuse, type SearchTypeDefinition } from './definition.ts';
import { type NumberRange, numberTest, pointOf, rangeOf } from './number.ts';
import { prefixes } from './prefix.ts';

export const quantity: SearchTypeDefinition = {
  code: 'quantity',
  modifiers: ['missing'],
  prefixes,
  index(node, place) {
    const measured = measureOf(node);
    if (measured === undefined) return [];
    const { parameter, element } = place;
    return unitKeys(measured.quantity).map(
      (unit): RangeEntry => ({ shape: 'range', parameter, element, low: measured.low, high: measured.high, unit }),
    );
  },
  parse(request) {
    const [number = '', system, code, ...more] = splitUnescaped(request.value, '|').map((part) => literal(request, part));
    if (more.length > 0 || (system !== undefined && (code === undefined || (code === '' && system !== '')))) {
      throw refuse(request, "a quantity is '[number]', '[number]||[code]' or '[number]|[system]|[code]'.");
    }
    const unit = code === undefined || code === '' ? '' : `${system}|${code}`;
    return has(request, numberTest({ ...request, value: number }, unit));
  },
};

interface Measure extends NumberRange {
  /** The object that says the unit. */
  readonly quantity: JsonObject;
}

function measureOf(node: Node): Measure | undefined {
  const { value } = node;
  if (!isJsonObject(value)) return undefined;
  if (node.type === 'SampledData') return sampledMeasure(value);
  if (node.type === 'Range') {
    const range = rangeOf(value);
    const bound = [value['low'], value['high']].find(isJsonObject);
    return range === undefined || bound === undefined ? undefined : { ...range, quantity: bound };
  }
  const point = pointOf(value['value']);
  return point === undefined ? undefined : { ...withComparator(value['comparator'], point), quantity: value };
}

/** "Values must be compared with the comparator in mind": `<5` stands for everything below 5. https://hl7.org/fhir/R4/datatypes.html#Quantity */
function withComparator(comparator: JsonValue | undefined, { low, high }: NumberRange): NumberRange {
  if (comparator === '<' || comparator === '<=') return { low: openLow, high };
  return comparator === '>' || comparator === '>=' ? { low, high: openHigh } : { low, high };
}

/** "just search on the bounds of the values in sampled data": the definition of Observation's value-quantity. */
function sampledMeasure(sampled: JsonObject): Measure | undefined {
  const { origin, data, factor } = sampled;
  const zero = isJsonObject(origin) ? pointOf(origin['value']) : undefined;
  if (!isJsonObject(origin) || zero === undefined || typeof data !== 'string') return undefined;
  const scale = typeof factor === 'number' ? factor : 1;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sample of data.split(/\s+/)) {
    // `E`, `U` and `L` stand for errors and values out of range.
    const value = /^[-+.\d]/.test(sample) ? zero.low + Number.parseFloat(sample) * scale : Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high, quantity: origin } : undefined;
}

/** One key for each way to ask: any unit, by code or human unit alone, by system and code. */
function unitKeys(quantity: JsonObject): readonly string[] {
  const keys = new Set(['']);
  const { system, code, unit, currency } = quantity;
  if (typeof unit === 'string' && unit !== '') keys.add(`|${unit}`);
  if (typeof code === 'string' && code !== '') {
    keys.add(`|${code}`);
    if (typeof system === 'string' && system !== '') keys.add(`${system}|${code}`);
  }
  // https://hl7.org/fhir/R4/datatypes.html#Money has its code in `currency`, bound to ISO 4217.
  if (typeof currency === 'string' && currency !== '') {
    keys.add(`|${currency}`);
    keys.add(`urn:iso:std:iso:4217|${currency}`);
  }
  return [...keys];
}
