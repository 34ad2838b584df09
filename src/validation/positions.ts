/** Where in the submitted text an issue lies: made only when there are issues, so that the good path pays nothing. */

export interface Position {
  /** Both begin at 1; of the value's first character. */
  readonly line: number;
  readonly column: number;
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Steps of an expression as JSON names and array places: `Patient.value.ofType(Quantity)` is `valueQuantity`. */
type Step = string | number;

/**
 * The positions of some expressions in a JSON text that has been parsed without fault; the nearest enclosing value where an element is not
 * there. `root` is what the expressions begin with: the resource type, or `Bundle.entry[3].resource` for a text that holds one entry.
 */
export function locate(text: string, expressions: readonly string[], root: string): ReadonlyMap<string, Position> {
  const lines = lineStarts(text);
  return new Map(expressions.map((expression) => [expression, positionAt(findOffset(text, stepsOf(expression, root)), lines)]));
}

/** The steps behind the root; none for an expression that begins otherwise. */
function stepsOf(expression: string, root: string): readonly Step[] {
  if (!expression.startsWith(`${root}.`)) return [];
  const parts = expression.slice(root.length + 1).match(/ofType\([A-Za-z]+\)|[A-Za-z0-9]+|\[\d+\]/g) ?? [];
  const steps: Step[] = [];
  for (const part of parts) {
    const type = /^ofType\(([A-Za-z]+)\)$/.exec(part)?.[1];
    const place = /^\[(\d+)\]$/.exec(part)?.[1];
    if (type !== undefined) steps.push(`${steps.pop() ?? ''}${type.charAt(0).toUpperCase()}${type.slice(1)}`);
    else steps.push(place === undefined ? part : Number(place));
  }
  return steps;
}

function findOffset(text: string, steps: readonly Step[]): number {
  const reader: Reader = { text, at: 0 };
  skipSpace(reader);
  let found = reader.at;
  for (const step of steps) {
    if (!enter(reader, step)) return found;
    found = reader.at;
  }
  return found;
}

/** Moves from the start of a container to the start of one of its values; false when it isn't there. */
function enter(reader: Reader, step: Step): boolean {
  const wanted = typeof step === 'number' ? '[' : '{';
  if (reader.text[reader.at] !== wanted) return false;
  reader.at += 1;
  return typeof step === 'number' ? enterItem(reader, step) : enterMember(reader, step);
}

function enterItem(reader: Reader, index: number): boolean {
  for (let place = 0; ; place += 1) {
    skipSpace(reader);
    if (reader.text[reader.at] === ']') return false;
    if (place === index) return true;
    skipValue(reader);
    if (!skipComma(reader)) return false;
  }
}

/** A primitive that has only an id or extensions stands under `_name`. */
function enterMember(reader: Reader, name: string): boolean {
  let sibling = -1;
  for (;;) {
    skipSpace(reader);
    if (reader.text[reader.at] !== '"') break;
    const start = reader.at;
    skipText(reader);
    const found = reader.text.slice(start + 1, reader.at - 1);
    skipSpace(reader);
    reader.at += 1;
    skipSpace(reader);
    if (found === name) return true;
    if (found === `_${name}`) sibling = reader.at;
    skipValue(reader);
    if (!skipComma(reader)) break;
  }
  if (sibling < 0) return false;
  reader.at = sibling;
  return true;
}

function skipComma(reader: Reader): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== ',') return false;
  reader.at += 1;
  return true;
}

/** Past a value of any kind. */
function skipValue(reader: Reader): void {
  const first = reader.text[reader.at];
  if (first === '"') skipText(reader);
  else if (first === '{' || first === '[') skipContainer(reader);
  else while (reader.at < reader.text.length && !',]}'.includes(reader.text[reader.at] ?? ',')) reader.at += 1;
}

/** Past an object or array: brackets are counted, texts skipped. */
function skipContainer(reader: Reader): void {
  let open = 0;
  do {
    const character = reader.text[reader.at];
    if (character === '"') {
      skipText(reader);
      continue;
    }
    if (character === '{' || character === '[') open += 1;
    else if (character === '}' || character === ']') open -= 1;
    reader.at += 1;
  } while (open > 0 && reader.at < reader.text.length);
}

function skipText(reader: Reader): void {
  reader.at += 1;
  while (reader.at < reader.text.length && reader.text[reader.at] !== '"') reader.at += reader.text[reader.at] === '\\' ? 2 : 1;
  reader.at += 1;
}

function skipSpace(reader: Reader): void {
  while (' \n\r\t'.includes(reader.text[reader.at] ?? '\0')) reader.at += 1;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function positionAt(offset: number, lines: readonly number[]): Position {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}
