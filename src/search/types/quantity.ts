/** https://hl7.org/fhir/R4/search.html#quantity */
import type { Definitions } from '../../definitions/definitions.ts';
import type { CanonicalUnit } from '../../definitions/units.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/types.ts';
import type { Node } from '../../fhirpath/node.ts';
import type { RangeTest } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import { type RangeEntry, unboundedHigh, unboundedLow } from '../index-entry.ts';
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
    return unitKeys(measured, place.definitions).map((key): RangeEntry => ({ shape: 'range', parameter, element, ...key }));
  },
  parse(request) {
    const [number = '', system, code, ...more] = splitUnescaped(request.value, '|').map((part) => literal(request, part));
    if (more.length > 0 || (system !== undefined && (code === undefined || (code === '' && system !== '')))) {
      throw refuse(request, "a quantity is '[number]', '[number]||[code]' or '[number]|[system]|[code]'.");
    }
    const unitless = numberTest({ ...request, value: number }, '');
    if (system === undefined || code === undefined || code === '') return has(request, unitless);
    const { definitions } = request.settings;
    const canonical = canonicalUnit(system, code, definitions);
    const unit = `${definitions.equalSystems.preferred(system)}|${code}`;
    return has(request, canonical === undefined ? { ...unitless, unit } : inUnit(unitless, canonical));
  },
};

const ucum = 'http://unitsofmeasure.org';

function canonicalUnit(system: string, code: string, { equalSystems, units }: Definitions): CanonicalUnit | undefined {
  return equalSystems.preferred(system) === ucum ? units.canonical(code) : undefined;
}

/**
 * The test of a converted value. Converting rounds, so that 5400 mg may come out a trifle above 5.4 g: what differs by no more than that counts
 * as equal. The upper end of `eq` stands for a bound that is left out, so that it moves downwards, but never below the value itself, whose digits
 * may be as many as a number has.
 */
function inUnit(test: RangeTest, { unit, factor, offset }: CanonicalUnit): RangeTest {
  const converted = (value: number, direction: 1 | -1) =>
    value * factor + offset + direction * roundingShare * Math.max(Math.abs(value * factor), Math.abs(offset));
  const isEqual = test.comparison === 'eq' || test.comparison === 'ne';
  const high = isEqual ? Math.max(converted(test.high, -1), converted((test.low + test.high) / 2, 1)) : converted(test.high, 1);
  return { ...test, low: converted(test.low, -1), high, unit: `ucum|${unit}` };
}

/** Far above what a handful of roundings comes to, far below any digit that is written. */
const roundingShare = 1e-12;

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
  if (comparator === '<' || comparator === '<=') return { low: unboundedLow, high };
  return comparator === '>' || comparator === '>=' ? { low, high: unboundedHigh } : { low, high };
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

interface UnitKey extends NumberRange {
  readonly unit: string;
}

/** One key for each way to ask: any unit, by code or human unit alone, by system and code. */
function unitKeys({ quantity, low, high }: Measure, definitions: Definitions): readonly UnitKey[] {
  const { system, code, unit, currency } = quantity;
  const names = new Set(['', ...[unit, code, currency].flatMap((name) => (isText(name) ? [`|${name}`] : []))]);
  // https://hl7.org/fhir/R4/datatypes.html#Money has its code in `currency`, bound to ISO 4217.
  if (isText(currency)) names.add(`urn:iso:std:iso:4217|${currency}`);
  const keys = [...names].map((name) => ({ low, high, unit: name }));
  if (!isText(code) || !isText(system)) return keys;
  const canonical = canonicalUnit(system, code, definitions);
  if (canonical === undefined) return [...keys, { low, high, unit: `${definitions.equalSystems.preferred(system)}|${code}` }];
  return [...keys, { low: inCanonical(low, canonical), high: inCanonical(high, canonical), unit: `ucum|${canonical.unit}` }];
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

/** An open end stays open, whatever the unit. */
function inCanonical(value: number, { factor, offset }: CanonicalUnit): number {
  return Math.abs(value) === unboundedHigh ? value : value * factor + offset;
}
