/** Dates and times as FHIRPath compares them: by their parts, as far as both have them. http://hl7.org/fhirpath/N1/#comparison */

interface Temporal {
  /** Year, month, day, hour, minute, second; a time begins with the hour. Seconds carry their fraction: both are one precision. */
  readonly parts: readonly number[];
  /** Minutes east of UTC. */
  readonly offset: number | undefined;
}

const datePattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const timePattern = /^(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?$/;

/** Below zero, zero or above; undefined when one ends before a difference shows, when only one has a zone, or when a text is no date. */
export function compareTemporal(left: string, right: string, time: boolean): number | undefined {
  if (isAlike(left, right)) return compareText(left, right);
  const pattern = time ? timePattern : datePattern;
  const a = parse(left, pattern);
  const b = parse(right, pattern);
  if (a === undefined || b === undefined) return undefined;
  if (a.parts.length > 3 && b.parts.length > 3 && !time) {
    if ((a.offset === undefined) !== (b.offset === undefined)) return undefined;
    if (a.offset !== b.offset) return compareParts(inUtc(a), inUtc(b));
  }
  return compareParts(a.parts, b.parts);
}

/** Of one precision and one zone, as most are: the texts are in the order of time. */
function isAlike(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  return left.length <= 10 || (left.endsWith('Z') && right.endsWith('Z')) || left.slice(-6) === right.slice(-6);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A text that two dates or times share exactly when they are equal. */
export function temporalKey(text: string, time: boolean): string {
  const parsed = parse(text, time ? timePattern : datePattern);
  if (parsed === undefined) return text;
  const parts = parsed.parts.length > 3 && parsed.offset !== undefined ? [...inUtc(parsed), 'Z'] : parsed.parts;
  return parts.join(' ');
}

function parse(text: string, pattern: RegExp): Temporal | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const zone = pattern === datePattern ? match[7] : undefined;
  const texts = pattern === datePattern ? match.slice(1, 7) : match.slice(1, 4);
  const parts = texts.filter((part) => part !== undefined).map(Number);
  return { parts, offset: zone === undefined ? undefined : offsetMinutes(zone) };
}

function offsetMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** The same moment in UTC, with the precision it had. */
function inUtc({ parts, offset = 0 }: Temporal): readonly number[] {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offset);
  const whole = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()];
  return [...whole, ...parts.slice(5)].slice(0, Math.max(parts.length, 4));
}

function compareParts(a: readonly number[], b: readonly number[]): number | undefined {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length === b.length ? 0 : undefined;
}
