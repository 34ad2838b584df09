/** Dates as ranges of time: https://hl7.org/fhir/R4/datatypes.html#dateTime and https://hl7.org/fhir/R4/search.html#date */

/** A civil time zone, such as Europe/Rome, that dates without a zone are read in. */
export interface TimeZone {
  readonly name: string;
  /** Milliseconds to add to UTC to have the zone's civil time, at an instant. */
  offsetAt(utcMs: number): number;
}

/** Milliseconds since 1970 in UTC; both ends are included. */
export interface DateRange {
  readonly low: number;
  readonly high: number;
}

const hourMs = 3_600_000;
const offsetsKept = 20_000;

/** Opens an IANA time zone; throws RangeError when the name is unknown. */
export function openTimeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' });
  // Zones change on whole quarters at the finest; formatting costs microseconds, so offsets are kept by quarter of an hour.
  const offsets = new Map<number, number>();
  const offsetAt = (utcMs: number): number => {
    const quarter = Math.floor(utcMs / (hourMs / 4));
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    if (offsets.size >= offsetsKept) offsets.clear();
    const offset = readOffset(format, utcMs);
    offsets.set(quarter, offset);
    return offset;
  };
  return { name, offsetAt };
}

function readOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  const text = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes = '0', seconds = '0'] = /^GMT([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(text) ?? [];
  if (sign === undefined) return 0;
  const offset = Number(hours) * hourMs + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -offset : offset;
}

const pattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/**
 * Reads a date, dateTime or instant of any precision as the time it covers: `2026` is the whole year.
 * Without a zone it is civil time in `zone`. Seconds may be absent. Undefined when it is no date that exists.
 */
export function parseDateRange(text: string, zone: TimeZone): DateRange | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const start = civil([year ?? 0, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0]);
  if (start === undefined) return undefined;
  const [, , , , , , , fraction, offsetText] = match;
  const toUtc = converter(offsetText, zone);
  if (toUtc === undefined) return undefined;
  if (fraction !== undefined) {
    // Finer than a millisecond is cut: the store counts milliseconds.
    const shown = fraction.slice(0, 3);
    const low = toUtc(start) + Number(shown.padEnd(3, '0'));
    return { low, high: low + 10 ** (3 - shown.length) - 1 };
  }
  return { low: toUtc(start), high: toUtc(endOf(start, { month, day, minute, second })) - 1 };
}

type CivilParts = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

/** Civil time as if it were UTC, in milliseconds; undefined for a day or time that does not exist. A leap second is the next minute's start. */
function civil([year, month, day, hour, minute, second]: CivilParts): number | undefined {
  // "0000" is no year: https://hl7.org/fhir/R4/datatypes.html#date
  if (year < 1 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;
  return date.getTime() + hour * hourMs + minute * 60_000 + second * 1000;
}

interface Precision {
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly minute: number | undefined;
  readonly second: number | undefined;
}

function endOf(start: number, { month, day, minute, second }: Precision): number {
  if (second !== undefined) return start + 1000;
  if (minute !== undefined) return start + 60_000;
  if (day !== undefined) return start + 24 * hourMs;
  const end = new Date(start);
  if (month !== undefined) end.setUTCMonth(end.getUTCMonth() + 1);
  else end.setUTCFullYear(end.getUTCFullYear() + 1);
  return end.getTime();
}

function converter(offsetText: string | undefined, zone: TimeZone): ((civilMs: number) => number) | undefined {
  if (offsetText === undefined) return (civilMs) => civilMs - zone.offsetAt(civilMs - zone.offsetAt(civilMs));
  if (offsetText === 'Z') return (civilMs) => civilMs;
  const hours = Number(offsetText.slice(1, 3));
  const minutes = Number(offsetText.slice(4, 6));
  // No zone is further from UTC: https://hl7.org/fhir/R4/datatypes.html#dateTime
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  const offset = (hours * 60 + minutes) * 60_000;
  return (civilMs) => (offsetText.startsWith('-') ? civilMs + offset : civilMs - offset);
}

/** A stored time as FHIR's instant. */
export function formatInstant(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
