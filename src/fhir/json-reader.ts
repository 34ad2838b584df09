/** The careful JSON reader: https://www.rfc-editor.org/rfc/rfc8259 with the place of every fault, and the digits of every number. */
import { limits } from './limits.ts';
import { type FhirError, malformed, misplaced, tooLarge } from './outcome.ts';
import type { JsonValue } from './types.ts';

interface Reader {
  readonly text: string;
  readonly digits: symbol;
  at: number;
  depth: number;
  /** Openings and commas so far: as many as there are values, or more. */
  values: number;
}

/** Reads the text; numbers that JavaScript would write otherwise keep their text in their container's member `digits`. */
export function readJson(text: string, digits: symbol): JsonValue {
  const reader: Reader = { text, digits, at: 0, depth: 0, values: 0 };
  skipSpace(reader);
  if (reader.at === text.length) throw malformed('The body is empty; a JSON object is needed.');
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) throw fault(reader, 'There is text after the end of the JSON value');
  return value;
}

/** What is no JSON is fatal; what is JSON but can't be FHIR is an error. */
function fault(reader: Reader, what: string, severity: 'error' | 'fatal' = 'fatal'): FhirError {
  const before = reader.text.slice(0, reader.at);
  const line = before.split('\n').length;
  const column = reader.at - before.lastIndexOf('\n');
  return misplaced(what, { line, column }, severity);
}

const [quote, comma, minus, colon, openBracket, backslash, closeBracket, openBrace, closeBrace] = [
  34, 44, 45, 58, 91, 92, 93, 123, 125,
];

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    reader.at += 1;
  }
}

function readValue(reader: Reader): JsonValue {
  const code = reader.text.charCodeAt(reader.at);
  if (code === quote) return readString(reader);
  if (code === openBrace) return readObject(reader);
  if (code === openBracket) return readArray(reader);
  if (code === minus || (code >= 48 && code <= 57)) return Number(readNumber(reader));
  return readWord(reader);
}

const words: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

function readWord(reader: Reader): JsonValue {
  const found = words.find(([word]) => reader.text.startsWith(word, reader.at));
  if (found === undefined)
    throw fault(reader, reader.at === reader.text.length ? 'The JSON ends too early' : 'A JSON value is expected here');
  reader.at += found[0].length;
  return found[1];
}

function open(reader: Reader): void {
  reader.depth += 1;
  if (reader.depth > limits.jsonDepthMax)
    throw fault(reader, `JSON may be nested ${limits.jsonDepthMax} levels deep, not more`, 'error');
  countValue(reader);
  reader.at += 1;
  skipSpace(reader);
}

/** JSON.parse needs half a minute for the millions of empty objects that fit into a body. */
function countValue(reader: Reader): void {
  reader.values += 1;
  if (reader.values > limits.jsonValuesMax)
    throw tooLarge(`JSON may hold ${limits.jsonValuesMax} values (objects, arrays, and what is in them), not more.`);
}

/** After a member or item: true when another follows. */
function goesOn(reader: Reader, close: number): boolean {
  skipSpace(reader);
  const code = reader.text.charCodeAt(reader.at);
  if (code !== comma && code !== close) throw fault(reader, `A comma or "${String.fromCharCode(close)}" is expected here`);
  reader.at += 1;
  if (code !== comma) return false;
  skipSpace(reader);
  countValue(reader);
  return true;
}

function readObject(reader: Reader): JsonValue {
  const members: Record<string, JsonValue> = {};
  const literals: Literals = {};
  open(reader);
  if (reader.text.charCodeAt(reader.at) === closeBrace) reader.at += 1;
  else {
    do readMember(reader, members, literals);
    while (goesOn(reader, closeBrace));
  }
  reader.depth -= 1;
  return keepDigits(reader, members, literals);
}

/** The texts of a container's numbers that JavaScript would write otherwise; most containers have none. */
interface Literals {
  kept?: Record<string, string>;
}

function readMember(reader: Reader, members: Record<string, JsonValue>, literals: Literals): void {
  if (reader.text.charCodeAt(reader.at) !== quote) throw fault(reader, 'A member name in double quotes is expected here');
  const start = reader.at;
  const name = readString(reader);
  const refuse = (what: string) => fault({ ...reader, at: start }, what, 'error');
  if (name === '__proto__' || !startsName(name.charCodeAt(0)))
    throw refuse('No FHIR element has the member name that stands here');
  if (Object.hasOwn(members, name)) throw refuse(`The member "${name.slice(0, 64)}" comes twice in one object`);
  skipSpace(reader);
  if (reader.text.charCodeAt(reader.at) !== colon) throw fault(reader, 'A colon is expected here');
  reader.at += 1;
  skipSpace(reader);
  const valueStart = reader.at;
  const value = readValue(reader);
  members[name] = value;
  if (typeof value === 'number') noteDigits(reader, valueStart, value, name, literals);
}

/** A letter or `_`. */
function startsName(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function readArray(reader: Reader): JsonValue {
  const items: JsonValue[] = [];
  const literals: Literals = {};
  open(reader);
  if (reader.text.charCodeAt(reader.at) === closeBracket) reader.at += 1;
  else {
    do {
      const start = reader.at;
      const item = readValue(reader);
      items.push(item);
      if (typeof item === 'number') noteDigits(reader, start, item, String(items.length - 1), literals);
    } while (goesOn(reader, closeBracket));
  }
  reader.depth -= 1;
  return keepDigits(reader, items, literals);
}

function noteDigits(reader: Reader, start: number, value: number, name: string, literals: Literals): void {
  const literal = reader.text.slice(start, reader.at);
  if (String(value) === literal) return;
  literals.kept ??= {};
  literals.kept[name] = literal;
}

function keepDigits<T extends object>(reader: Reader, container: T, { kept }: Literals): T {
  return kept === undefined ? container : Object.assign(container, { [reader.digits]: kept });
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

function readNumber(reader: Reader): string {
  number.lastIndex = reader.at;
  const literal = number.exec(reader.text)?.[0];
  if (literal === undefined) throw fault(reader, 'This is no JSON number');
  if (!Number.isFinite(Number(literal))) throw fault(reader, 'This number is too large', 'error');
  reader.at += literal.length;
  const next = reader.text[reader.at];
  if (next !== undefined && /[0-9.eE+-]/.test(next)) throw fault(reader, 'This is no JSON number');
  return literal;
}

/** Finds the closing quote, and leaves the escapes to JSON.parse. */
function readString(reader: Reader): string {
  const { text, at: start } = reader;
  let at = start + 1;
  let plain = true;
  for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) {
    if (at >= text.length) throw fault(reader, 'This string is never closed');
    // Control characters are refused, escapes and surrogates looked at, below.
    plain &&= code >= 32 && code !== backslash && code < firstSurrogate;
    at += code === backslash ? 2 : 1;
  }
  reader.at = at + 1;
  if (plain) return text.slice(start + 1, at);
  const value = unescapeString(text.slice(start, reader.at));
  if (value === undefined) throw fault({ ...reader, at: start }, 'This string has a control character or an unknown escape');
  if (!value.isWellFormed())
    throw fault({ ...reader, at: start }, 'This string has half of a surrogate pair, which is no character', 'error');
  return value;
}

const firstSurrogate = 0xd800;

function unescapeString(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string; // A literal in double quotes is a string or a fault.
  } catch {
    return undefined;
  }
}
