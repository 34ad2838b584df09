/** maxLength, minValue and maxValue of profiles. https://hl7.org/fhir/R4/elementdefinition.html#ElementDefinition.minValue_x_ */
import type { CanonicalUnit, Units } from '../definitions/units.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import type { ProfileNode } from './profile-node.ts';

export function checkLimits(
  { name, maxLength, minValue, maxValue }: ProfileNode,
  value: JsonValue,
  run: Run,
  depth: number,
): void {
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength) {
    report(run, depth, 'text-too-long', { parameters: { element: name, length: value.length, max: maxLength } });
  }
  const checks = [
    [minValue, 'value-below', (order: number) => order < 0],
    [maxValue, 'value-above', (order: number) => order > 0],
  ] as const;
  for (const [limit, id, breaks] of checks) {
    if (limit === undefined) continue;
    const order = compare(value, isMoment(value) ? momentOf(limit, id === 'value-below' ? -1 : 1, run) : limit, run);
    const parameters = { element: name, value: show(value), limit: show(limit) };
    if (order === undefined) report(run, depth, 'value-not-comparable', { parameters });
    else if (breaks(order)) report(run, depth, id, { parameters });
  }
}

/** A date or dateTime. */
function isMoment(value: JsonValue): boolean {
  return typeof value === 'string' && /^\d{4}(-|$)/.test(value);
}

const unitDays: Readonly<Record<string, number>> = {
  a: 365.25,
  mo: 30.4375,
  wk: 7,
  d: 1,
  h: 1 / 24,
  min: 1 / 1440,
  s: 1 / 86_400,
};

/**
 * The limit of a date given as a duration counts from now: back for the least value, forth for the greatest.
 * https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_
 */
function momentOf(limit: JsonValue, direction: 1 | -1, run: Run): JsonValue {
  const { value, code } = isJsonObject(limit) ? limit : {};
  const days = typeof code === 'string' && Object.hasOwn(unitDays, code) ? unitDays[code] : undefined;
  if (typeof value !== 'number' || days === undefined) return limit;
  return new Date(run.tools.now() + direction * value * days * 86_400_000).toISOString().slice(0, 10);
}

/** Negative, zero or positive; undefined when the two can't be compared as they stand. */
function compare(value: JsonValue, limit: JsonValue, run: Run): number | undefined {
  if (typeof value === 'number' && typeof limit === 'number') return value - limit;
  if (typeof value === 'string' && typeof limit === 'string') return compareText(value, limit);
  if (isJsonObject(value) && isJsonObject(limit)) return compareQuantities(value, limit, run.tools.definitions.units);
  return undefined;
}

/** Dates and times of the same form sort as text when both have the same zone; dates to the precision both have. */
function compareText(value: string, limit: string): number | undefined {
  if (value.length > 10 && limit.length > 10 && value.includes('T')) {
    const [left, right] = [Date.parse(value), Date.parse(limit)];
    return Number.isNaN(left) || Number.isNaN(right) ? undefined : left - right;
  }
  const length = Math.min(value.length, limit.length);
  const [left, right] = [value.slice(0, length), limit.slice(0, length)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Of the same unit as they stand, of other UCUM units of the same kind by their canonical unit. */
function compareQuantities(value: JsonObject, limit: JsonObject, units: Units): number | undefined {
  const [left, right] = [value['value'], limit['value']];
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (value['system'] === limit['system'] && value['code'] === limit['code']) return left - right;
  const [from, to] = [canonicalOf(value, units), canonicalOf(limit, units)];
  if (from === undefined || to === undefined || from.unit !== to.unit) return undefined;
  return left * from.factor + from.offset - (right * to.factor + to.offset);
}

function canonicalOf({ system, code }: JsonObject, units: Units): CanonicalUnit | undefined {
  return system === 'http://unitsofmeasure.org' && typeof code === 'string' ? units.canonical(code) : undefined;
}

/** The number or unit may be shown, never a text that could be a person's. */
function show(value: JsonValue): string {
  if (typeof value === 'number') return String(value);
  if (isJsonObject(value) && typeof value['value'] === 'number')
    return `${value['value']} ${String(value['code'] ?? value['unit'] ?? '')}`.trim();
  return typeof value === 'string' && /^[\d:T.Z+-]+$/.test(value) ? value : '…';
}
