/** A quick look over JSON text, so that JSON.parse can be trusted with most of it and the careful reader gets the rest. */
import { limits } from './limits.ts';
import type { JsonObject, JsonValue } from './types.ts';

const [quote, comma, minus, colon, upperA, openBracket, backslash, closeBracket, openBrace, closeBrace] = [
  34, 44, 45, 58, 65, 91, 92, 93, 123, 125,
];

/**
 * The number of members in the text, or undefined when only the careful reader can tell: nested too deep,
 * a number that JavaScript would write with other digits, an escaped surrogate, a string that is not closed, too many values.
 */
export function scanJson(text: string): number | undefined {
  if (text.includes('\\ud') || text.includes('\\uD')) return undefined;
  let members = 0;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === colon) members += 1;
    const step = nesting(char);
    depth += step;
    if (step > 0 || char === comma) values += 1;
    if (char === quote) at = endOfString(text, at);
    else if (startsNumber(char)) at = endOfNumber(text, at);
    if (at < 0 || depth > limits.jsonDepthMax || values > limits.jsonValuesMax) return undefined;
  }
  return members;
}

function nesting(char: number): number {
  if (char === openBrace || char === openBracket) return 1;
  return char === closeBrace || char === closeBracket ? -1 : 0;
}

function startsNumber(char: number): boolean {
  return char === minus || (char >= 48 && char <= 57);
}

/** The closing quote of the string that opens at `open`; -1 when there is none. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close > 0 && text.charCodeAt(close - 1) === backslash && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** The last character of the number that starts at `start`; -1 when JavaScript would write other digits. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isInNumber(text.charCodeAt(end))) end += 1;
  const literal = text.slice(start, end);
  return String(Number(literal)) === literal ? end - 1 : -1;
}

function isInNumber(char: number): boolean {
  return (char >= 48 && char <= 57) || char === 46 || char === 101 || char === 69 || char === 43 || char === minus;
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
