/** A quick look over JSON text, so that JSON.parse can be trusted with most of it and the careful reader gets the rest. */
import { limits } from './limits.ts';
import type { JsonObject, JsonValue } from './types.ts';

const [quote, comma, minus, zero, colon, upperA, openBracket, backslash, closeBracket, openBrace, closeBrace] = [
  34, 44, 45, 48, 58, 65, 91, 92, 93, 123, 125,
];

export interface Scan {
  /** As many as the text has. */
  readonly members: number;
  /** The numbers that JavaScript would write with other digits, in the order of the text. */
  readonly odd: readonly OddNumber[];
}

interface OddNumber {
  /** Among all numbers of the text. */
  readonly position: number;
  readonly literal: string;
}

/**
 * What is seen of JSON text in passing; undefined when only the careful reader can tell more: nested too deep, a number too large, too many
 * odd ones, an escaped surrogate, a string that is not closed, too many values.
 */
export function scanJson(text: string): Scan | undefined {
  if (hasEscapedSurrogate(text)) return undefined;
  const odd: OddNumber[] = [];
  let numbers = 0;
  let members = 0;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) at = endOfString(text, at);
    else if (char === colon) members += 1;
    else if (startsNumber(char)) {
      at = endOfNumber(text, at, numbers, odd);
      numbers += 1;
    } else {
      const step = nesting(char);
      depth += step;
      if (step > 0 || char === comma) values += 1;
    }
    if (at < 0 || depth > limits.jsonDepthMax || values > limits.jsonValuesMax) return undefined;
  }
  return { members, odd };
}

function hasEscapedSurrogate(text: string): boolean {
  return text.includes('\\u') && (text.includes('\\ud') || text.includes('\\uD'));
}

function nesting(char: number): number {
  if (char === openBrace || char === openBracket) return 1;
  return char === closeBrace || char === closeBracket ? -1 : 0;
}

function startsNumber(char: number): boolean {
  return char === minus || isDigit(char);
}

function isDigit(char: number): boolean {
  return char >= zero && char <= 57;
}

/** Most names and codes are as short: a look at each character is over before a search for the quote has begun. */
const shortCharacters = 24;

/** The closing quote of the string that opens at `open`; -1 when there is none. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at <= open + shortCharacters; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) break;
  }
  let close = text.indexOf('"', open + 1);
  while (close > 0 && text.charCodeAt(close - 1) === backslash && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** More odd numbers than any record has: they would be read twice for nothing when there are too many values anyway. */
const oddMax = 10_000;

/** The last character of the number that starts at `start`, noted in `odd` when JavaScript would write other digits; -1 when it is too large. */
function endOfNumber(text: string, start: number, position: number, odd: OddNumber[]): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end += 1;
  // A whole number of as few digits is written as it is read.
  if (!isInNumber(text.charCodeAt(end)) && end - start <= 15 && (text.charCodeAt(start) !== zero || end === start + 1))
    return end - 1;
  while (isInNumber(text.charCodeAt(end))) end += 1;
  const literal = text.slice(start, end);
  const value = Number(literal);
  if (String(value) !== literal) odd.push({ position, literal });
  return Number.isFinite(value) && odd.length <= oddMax ? end - 1 : -1;
}

/** Keeps the texts of odd numbers in the containers of their values, under the key `digits`. The members are in the order of the text. */
export function keepDigits(root: JsonValue, odd: readonly OddNumber[], digits: symbol): void {
  let numbers = 0;
  let next = 0;
  const visit = (container: JsonValue): void => {
    if (typeof container !== 'object' || container === null) return;
    const kept: Record<string, string> = {};
    for (const name in container) {
      const value = (container as JsonObject)[name] as JsonValue; // The name, or the index, was just listed.
      if (typeof value !== 'number') visit(value);
      else if (odd[next]?.position === numbers++) kept[name] = odd[next++]?.literal ?? '';
    }
    if (Object.keys(kept).length > 0) Object.assign(container, { [digits]: kept });
  };
  visit(root);
}

function isInNumber(char: number): boolean {
  return isDigit(char) || char === 46 || char === 101 || char === 69 || char === 43 || char === minus;
}

/** Members in the whole value; NaN when there is a name that no FHIR element has. */
export function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  const object = value as JsonObject; // Neither null nor array.
  for (const name in object) {
    // Below 'A': digits, which JavaScript would move to the front. NaN: the empty name.
    if (!(name.charCodeAt(0) >= upperA) || name === '__proto__') return Number.NaN;
    count += 1 + countMembers(object[name] as JsonValue); // The name was just listed.
  }
  return count;
}
