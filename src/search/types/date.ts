/** https://hl7.org/fhir/R4/search.html#date */
import { type DateRange, parseDateRange, type TimeZone } from '../../fhir/date.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/types.ts';
import type { Node } from '../../fhirpath/node.ts';
import type { RangeComparison } from '../criterion.ts';
import { openHigh, openLow, type RangeEntry } from '../index-entry.ts';
import { has, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';
import { prefixes, splitPrefix } from './prefix.ts';

export const date: SearchTypeDefinition = {
  code: 'date',
  modifiers: ['missing'],
  prefixes,
  index(node, place) {
    const range = dateRangeOf(node, place.timeZone);
    if (range === undefined || range.low > range.high) return [];
    const { low, high } = range;
    return [{ shape: 'range', parameter: place.parameter, element: place.element, low, high, unit: '' } satisfies RangeEntry];
  },
  parse(request) {
    return has(request, { shape: 'range', ...dateComparison(request), unit: '' });
  },
};

export interface DateComparison extends DateRange {
  readonly comparison: RangeComparison;
}

/** A date with its prefix. "for a date, 10% of the gap between now and the date": `ap` widens the range asked by that on both sides. */
export function dateComparison(request: ValueRequest): DateComparison {
  const { comparison, rest } = splitPrefix(request);
  // A `+` that was not escaped in the URL has become a space; before an offset nothing else is meant.
  const range = parseDateRange(rest.replace(/ (?=\d\d:\d\d$)/, '+'), request.settings.timeZone);
  if (range === undefined) {
    throw refuse(
      request,
      "the value is no date that exists; write it like '2026', '2026-05', '2026-05-31' or '2026-05-31T10:30:00+02:00'.",
    );
  }
  const { low, high } = range;
  // "The specified value and up" is what lies above it, "up to the specified value" what lies below: a period that reaches into the day is on or
  // after it, and on or before it. So both ask for what goes on beyond the millisecond before or behind.
  if (comparison === 'ge') return { comparison: 'gt', low: low - 1, high: low - 1 };
  if (comparison === 'le') return { comparison: 'lt', low: high + 1, high: high + 1 };
  if (comparison !== 'ap') return { comparison, low, high };
  const { now } = request.settings;
  const gap = now < low ? low - now : Math.max(0, now - high);
  return { comparison, low: low - gap / 10, high: high + gap / 10 };
}

function dateRangeOf(node: Node, zone: TimeZone): DateRange | undefined {
  if (typeof node.value === 'string') return dateTypes.has(node.type) ? parseDateRange(node.value, zone) : undefined;
  if (!isJsonObject(node.value)) return undefined;
  if (node.type === 'Period') return periodOf(node.value, zone);
  return node.type === 'Timing' ? timingOf(node.value, zone) : undefined;
}

const dateTypes: ReadonlySet<string> = new Set(['date', 'dateTime', 'instant']);

/** "a missing lower boundary is "less than" any actual date. A missing upper boundary is "greater than" any actual date." */
function periodOf(period: JsonObject, zone: TimeZone): DateRange | undefined {
  const start = textRange(period['start'], zone);
  const end = textRange(period['end'], zone);
  return start === undefined && end === undefined ? undefined : { low: start?.low ?? openLow, high: end?.high ?? openHigh };
}

/** "the specified scheduling details are ignored and only the outer limits matter" */
function timingOf(timing: JsonObject, zone: TimeZone): DateRange | undefined {
  const events = Array.isArray(timing['event']) ? timing['event'] : [];
  const repeat = timing['repeat'];
  const bounds = isJsonObject(repeat) ? repeat['boundsPeriod'] : undefined;
  const ranges = [
    ...events.map((event: JsonValue) => textRange(event, zone)),
    isJsonObject(bounds) ? periodOf(bounds, zone) : undefined,
  ].filter((range) => range !== undefined);
  if (ranges.length === 0) return undefined;
  return { low: Math.min(...ranges.map((range) => range.low)), high: Math.max(...ranges.map((range) => range.high)) };
}

function textRange(text: JsonValue | undefined, zone: TimeZone): DateRange | undefined {
  return typeof text === 'string' ? parseDateRange(text, zone) : undefined;
}
