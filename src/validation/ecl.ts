/** The grammar of SNOMED CT's expression constraints, without SNOMED CT: is a filter's value one at all? http://snomed.org/ecl */

interface Reader {
  readonly text: string;
  at: number;
  nesting: number;
}

const charactersMax = 4000;
const nestingMax = 20;

/** Whether a text is an expression constraint: `<< 404684003`, `< 19829001 : 116676008 = 79654002`. */
export function isExpressionConstraint(text: string): boolean {
  if (text.length > charactersMax) return false;
  const reader: Reader = { text, at: 0, nesting: 0 };
  return readExpression(reader) && take(reader, /^$/);
}

/** Moves past a pattern and the space around it; false when the text does not go on with it. */
function take(reader: Reader, pattern: RegExp): boolean {
  skipSpace(reader);
  const match = pattern.exec(reader.text.slice(reader.at, reader.at + 300));
  if (match === null) return false;
  reader.at += match[0].length;
  return true;
}

function skipSpace(reader: Reader): void {
  while (/^\s$/.test(reader.text.charAt(reader.at))) reader.at += 1;
}

/** One operand, then refinements, attributes or further operands of one kind. */
function readExpression(reader: Reader): boolean {
  if (!readOperand(reader)) return false;
  if (take(reader, /^:/)) return readRefinement(reader);
  while (take(reader, /^\./)) if (!readOperand(reader)) return false;
  while (take(reader, /^(?:AND|OR|MINUS)\b/i) || take(reader, /^,/)) if (!readOperand(reader)) return false;
  return true;
}

function readOperand(reader: Reader): boolean {
  take(reader, /^(?:<<!|>>!|<<|<!|>>|>!|<|>)/);
  take(reader, /^\^/);
  if (take(reader, /^\*/)) return true;
  if (take(reader, /^\(/)) return nested(reader, readExpression) && take(reader, /^\)/);
  // A concept's id, and its term between bars.
  return take(reader, /^[1-9]\d{5,17}(?!\d)/) && (!take(reader, /^\|/) || take(reader, /^[^|]{1,255}\|/));
}

function readRefinement(reader: Reader): boolean {
  do {
    take(reader, /^\[\d+\.\.(?:\d+|\*)\]/);
    const group = take(reader, /^\{/);
    if (group ? !(nested(reader, readRefinement) && take(reader, /^\}/)) : !readAttribute(reader)) return false;
  } while (take(reader, /^,/) || take(reader, /^(?:AND|OR)\b/i));
  return true;
}

function readAttribute(reader: Reader): boolean {
  if (take(reader, /^\(/)) return nested(reader, readRefinement) && take(reader, /^\)/);
  take(reader, /^R(?=\s|\d)/);
  if (!readOperand(reader) || !take(reader, /^(?:!=|<=|>=|=|<|>)/)) return false;
  return (
    take(reader, /^#[+-]?\d+(?:\.\d+)?/) ||
    take(reader, /^"(?:[^"\\]|\\.){0,255}"/) ||
    take(reader, /^(?:true|false)\b/) ||
    readOperand(reader)
  );
}

function nested(reader: Reader, read: (inner: Reader) => boolean): boolean {
  reader.nesting += 1;
  const fine = reader.nesting <= nestingMax && read(reader);
  reader.nesting -= 1;
  return fine;
}
