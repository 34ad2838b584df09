/** The forms of date, dateTime, instant and time, with the days of the real calendar. https://hl7.org/fhir/R4/datatypes.html#dateTime */
import type { MessageId } from './messages-en.ts';

/** What is wrong, and the part of the text that is. */
export interface DateFault {
  readonly id: MessageId;
  readonly part?: string;
}

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function checkDate(text: string): DateFault | undefined {
  return checkDay(text, text.length, 'date-form');
}

export function checkDateTime(text: string): DateFault | undefined {
  const form = 'datetime-form';
  if (text.length < 11) return checkDay(text, text.length, form);
  return checkMoment(text, form);
}

export function checkInstant(text: string): DateFault | undefined {
  return text.length < 11 ? { id: 'instant-form' } : checkMoment(text, 'instant-form');
}

/** "hh:mm:ss, can be optionally fractions of a second; there is no zone". */
export function checkTime(text: string): DateFault | undefined {
  const fault = checkClock(text, 0, 'time-form');
  if (fault !== undefined) return fault;
  return endOfClock(text, 0) === text.length ? undefined : { id: 'time-form' };
}

/** Years before the first patients and after the last plans are most often typing errors. */
export function isUnlikelyYear(text: string): boolean {
  const year = digits(text, 0, 4);
  return year >= 0 && (year < 1800 || year > 2200);
}

function checkMoment(text: string, form: MessageId): DateFault | undefined {
  const fault = text.charCodeAt(10) === 84 ? checkDay(text, 10, form) : { id: form };
  if (fault !== undefined) return fault;
  return checkClock(text, 11, form) ?? checkZone(text, endOfClock(text, 11), form);
}

function checkDay(text: string, length: number, form: MessageId): DateFault | undefined {
  if (length !== 4 && length !== 7 && length !== 10) return { id: form };
  const year = digits(text, 0, 4);
  if (year < 0) return { id: form };
  if (year === 0) return { id: 'date-year' };
  if (length === 4) return undefined;
  const month = text.charCodeAt(4) === 45 ? digits(text, 5, 7) : -1;
  if (month < 0) return { id: form };
  if (month < 1 || month > 12) return { id: 'date-month', part: text.slice(5, 7) };
  if (length === 7) return undefined;
  const day = text.charCodeAt(7) === 45 ? digits(text, 8, 10) : -1;
  if (day < 0) return { id: form };
  return day < 1 || day > daysOf(year, month) ? { id: 'date-day', part: text.slice(8, 10) } : undefined;
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && !leap ? 28 : (monthDays[month - 1] ?? 0);
}

function checkClock(text: string, from: number, form: MessageId): DateFault | undefined {
  const hour = digits(text, from, from + 2);
  const minute = text.charCodeAt(from + 2) === 58 ? digits(text, from + 3, from + 5) : -1;
  if (hour < 0 || minute < 0) return { id: form };
  if (hour > 23) return { id: 'time-hour', part: text.slice(from, from + 2) };
  if (minute > 59) return { id: 'time-minute', part: text.slice(from + 3, from + 5) };
  if (text.charCodeAt(from + 5) !== 58) return { id: 'time-seconds-missing' };
  const second = digits(text, from + 6, from + 8);
  if (second < 0) return { id: form };
  // "0-60 for leap seconds".
  return second > 60 ? { id: 'time-second', part: text.slice(from + 6, from + 8) } : undefined;
}

/** Where the clock part ends: after the seconds and their fraction. */
function endOfClock(text: string, from: number): number {
  let at = from + 8;
  if (text.charCodeAt(at) !== 46) return at;
  at += 1;
  const start = at;
  while (digits(text, at, at + 1) >= 0) at += 1;
  return at === start ? -1 : at;
}

function checkZone(text: string, from: number, form: MessageId): DateFault | undefined {
  if (from < 0) return { id: form };
  if (from === text.length) return { id: 'zone-missing' };
  const sign = text.charCodeAt(from);
  if (sign === 90) return from + 1 === text.length ? undefined : { id: 'zone-form' };
  if ((sign !== 43 && sign !== 45) || text.length !== from + 6 || text.charCodeAt(from + 3) !== 58) return { id: 'zone-form' };
  const hour = digits(text, from + 1, from + 3);
  const minute = digits(text, from + 4, from + 6);
  const known = hour >= 0 && minute >= 0 && minute <= 59 && (hour <= 13 || (hour === 14 && minute === 0));
  return known ? undefined : { id: 'zone-form' };
}

/** The number that the characters from `from` to `to` write, or -1 when one is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}
