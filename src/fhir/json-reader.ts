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

function skipSpace(reader: Reader): void {
  while (' \n\r\t'.includes(reader.text[reader.at] ?? '\0')) reader.at += 1;
}

function readValue(reader: Reader): JsonValue {
  const char = reader.text[reader.at];
  if (char === '{') return readObject(reader);
  if (char === '[') return readArray(reader);
  if (char === '"') return readString(reader);
  if (char !== undefined && '-0123456789'.includes(char)) return Number(readNumber(reader));
  return readWord(reader);
}

function readWord(reader: Reader): JsonValue {
  const words: readonly (readonly [string, JsonValue])[] = [
    ['true', true],
    ['false', false],
    ['null', null],
  ];
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
function goesOn(reader: Reader, close: string): boolean {
  skipSpace(reader);
  const char = reader.text[reader.at];
  if (char !== ',' && char !== close) throw fault(reader, `A comma or "${close}" is expected here`);
  reader.at += 1;
  skipSpace(reader);
  if (char === ',') countValue(reader);
  return char === ',';
}

function readObject(reader: Reader): JsonValue {
  const members: Record<string, JsonValue> = {};
  const literals: Record<string, string> = {};
  open(reader);
  if (reader.text[reader.at] === '}') reader.at += 1;
  else {
    do readMember(reader, members, literals);
    while (goesOn(reader, '}'));
  }
  reader.depth -= 1;
  return keepDigits(reader, members, literals);
}

function readMember(reader: Reader, members: Record<string, JsonValue>, literals: Record<string, string>): void {
  if (reader.text[reader.at] !== '"') throw fault(reader, 'A member name in double quotes is expected here');
  const start = reader.at;
  const name = readString(reader);
  const refuse = (what: string) => fault({ ...reader, at: start }, what, 'error');
  if (name === '__proto__' || !/^[A-Za-z_]/.test(name)) throw refuse('No FHIR element has the member name that stands here');
  if (Object.hasOwn(members, name)) throw refuse(`The member "${name.slice(0, 64)}" comes twice in one object`);
  skipSpace(reader);
  if (reader.text[reader.at] !== ':') throw fault(reader, 'A colon is expected here');
  reader.at += 1;
  skipSpace(reader);
  const valueStart = reader.at;
  const value = readValue(reader);
  members[name] = value;
  noteDigits(reader, valueStart, value, name, literals);
}

function readArray(reader: Reader): JsonValue {
  const items: JsonValue[] = [];
  const literals: Record<string, string> = {};
  open(reader);
  if (reader.text[reader.at] === ']') reader.at += 1;
  else {
    do {
      const start = reader.at;
      const item = readValue(reader);
      items.push(item);
      noteDigits(reader, start, item, String(items.length - 1), literals);
    } while (goesOn(reader, ']'));
  }
  reader.depth -= 1;
  return keepDigits(reader, items, literals);
}

function noteDigits(reader: Reader, start: number, value: JsonValue, name: string, literals: Record<string, string>): void {
  if (typeof value !== 'number') return;
  const literal = reader.text.slice(start, reader.at);
  if (String(value) !== literal) literals[name] = literal;
}

function keepDigits<T extends object>(reader: Reader, container: T, literals: Record<string, string>): T {
  return Object.keys(literals).length === 0 ? container : Object.assign(container, { [reader.digits]: literals });
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
  const start = reader.at;
  let at = start + 1;
  for (; reader.text[at] !== '"'; at += 1) {
    if (at >= reader.text.length) throw fault(reader, 'This string is never closed');
    if (reader.text[at] === '\\') at += 1;
  }
  reader.at = at + 1;
  const value = unescapeString(reader.text.slice(start, reader.at));
  if (value === undefined) throw fault({ ...reader, at: start }, 'This string has a control character or an unknown escape');
  if (!value.isWellFormed())
    throw fault({ ...reader, at: start }, 'This string has half of a surrogate pair, which is no character', 'error');
  return value;
}

function unescapeString(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string; // A literal in double quotes is a string or a fault.
  } catch {
    return undefined;
  }
}
