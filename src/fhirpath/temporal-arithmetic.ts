/** Dates and times plus and minus a duration. http://hl7.org/fhirpath/N1/#datetime-arithmetic */

import { evaluationError } from './node.ts';

/** From large to small: a value's precision is the last of these that it has. */
const precisions = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
const [month, day, hour, second] = [1, 2, 3, 5];

interface Unit {
  /** Its place in `precisions`. */
  readonly precision: number;
  readonly factor: number;
}

/** UCUM's codes for fixed lengths, besides the calendar's words: `'a'` and `'mo'` are no calendar years and months, so they are not here. */
const units: Readonly<Record<string, Unit>> = {
  ...Object.fromEntries(precisions.map((name, precision) => [name, { precision, factor: 1 }])),
  week: { precision: day, factor: 7 },
  wk: { precision: day, factor: 7 },
  d: { precision: day, factor: 1 },
  h: { precision: hour, factor: 1 },
  min: { precision: 4, factor: 1 },
  s: { precision: second, factor: 1 },
  millisecond: { precision: second, factor: 0.001 },
  ms: { precision: second, factor: 0.001 },
};

const dayMs = 86_400_000;
const unitMs = [0, 0, dayMs, 3_600_000, 60_000, 1000];
const pattern = /^(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(?:T?(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?(Z|[+-]\d\d:\d\d)?$/;
/** Where each precision ends in `1970-01-01T00:00:00.000Z`. */
const textEnds = [4, 7, 10, 13, 16, 19];

/**
 * A date, dateTime or time (`10:30`) moved by an amount, with its precision and zone. Undefined when the text is no date or the result is
 * outside the years 1 to 9999. A time goes round the clock. Throws an evaluation error for a unit that is none of the calendar.
 */
export function moveTemporal(text: string, amount: number, unitName: string): string | undefined {
  const unit = unitNamed(unitName);
  const match = pattern.exec(text);
  if (unit === undefined) throw evaluationError('a date can only be moved by a unit of the calendar');
  if (match === null) return undefined;
  const fields = match.slice(1, 7);
  const last = fields.findLastIndex((field) => field !== undefined);
  const time = fields[0] === undefined;
  const by = convert(amount * unit.factor, unit.precision, last);
  const start = civilMs(fields, match[7]);
  const moved =
    by.precision <= month
      ? moveMonths(start, by.precision === month ? by.amount : by.amount * 12)
      : start + by.amount * (unitMs[by.precision] ?? 0);
  const result = new Date(time ? ((moved % dayMs) + dayMs) % dayMs : moved);
  if (result.getUTCFullYear() < 1 || result.getUTCFullYear() > 9999) return undefined;
  const fraction = match[7] !== undefined || result.getUTCMilliseconds() !== 0 ? 4 : 0;
  return `${result.toISOString().slice(time ? 11 : 0, (textEnds[last] ?? 0) + (last === second ? fraction : 0))}${match[8] ?? ''}`;
}

function unitNamed(name: string): Unit | undefined {
  const singular = Object.hasOwn(units, name) ? name : name.replace(/s$/, '');
  return Object.hasOwn(units, singular) ? units[singular] : undefined;
}

/** "The operation is performed by converting the time-based quantity to the highest precision in the left operand." */
function convert(amount: number, precision: number, last: number): { readonly amount: number; readonly precision: number } {
  const perLarger = [1, 12, last === 0 ? 365 / 12 : 30, 24, 60, 60];
  let [left, at] = [amount, precision];
  for (; at > last; at -= 1) left = Math.trunc(left) / (perLarger[at] ?? 1);
  return { amount: at === second ? left : Math.trunc(left), precision: at };
}

function civilMs(fields: readonly (string | undefined)[], fraction: string | undefined): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields.map((field) =>
    field === undefined ? undefined : Number(field),
  );
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number((fraction ?? '0').slice(0, 3).padEnd(3, '0')));
  return date.getTime();
}

/** The last day of the month, where the day does not exist there. */
function moveMonths(start: number, months: number): number {
  const date = new Date(start);
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, lastDay));
  return date.getTime();
}
