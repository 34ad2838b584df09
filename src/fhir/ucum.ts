/**
 * UCUM's grammar, without its table of units: what no unit can look like is refused, what a unit might be called is not judged.
 * https://ucum.org/ucum#section-Grammar-of-Units-and-Unit-Terms
 */

const charactersMax = 200;

/** Whether a code can be a case-sensitive UCUM unit: `mg/dL`, `10*3/uL`, `{tbl}`, `mm[Hg]`. */
export function isUcumUnit(code: string): boolean {
  if (code.length === 0 || code.length > charactersMax) return false;
  const start = code.charCodeAt(0) === slash ? 1 : 0;
  return readTerm(code, start, 0) === code.length;
}

const slash = 47;
const dot = 46;
const open = 40;
const close = 41;
const nestingMax = 20;

/** Reads components with `.` and `/` between them; the place after them, or -1. */
function readTerm(code: string, from: number, nesting: number): number {
  let at = readComponent(code, from, nesting);
  while (at > 0 && (code.charCodeAt(at) === dot || code.charCodeAt(at) === slash)) at = readComponent(code, at + 1, nesting);
  return at;
}

function readComponent(code: string, from: number, nesting: number): number {
  if (code.charCodeAt(from) !== open) return readUnit(code, from);
  const end = nesting < nestingMax ? readTerm(code, from + 1, nesting + 1) : -1;
  if (end < 0 || code.charCodeAt(end) !== close) return -1;
  return readExponent(code, end + 1);
}

/** A symbol or number, an exponent, an annotation: each may be left out, but not all. */
function readUnit(code: string, from: number): number {
  const symbol = readSymbol(code, from);
  if (symbol < 0) return -1;
  const exponent = symbol === from ? symbol : readExponent(code, symbol);
  const end = readAnnotation(code, exponent);
  return end > from ? end : -1;
}

/** Letters, digits and the marks of UCUM symbols; brackets with what stands in them. */
function readSymbol(code: string, from: number): number {
  let at = from;
  for (;;) {
    if (code[at] === '[') {
      const end = code.indexOf(']', at);
      if (end < 0 || /[[\](){}]/.test(code.slice(at + 1, end))) return -1;
      at = end + 1;
    } else if (/^[A-Za-z0-9%*^'"_]$/.test(code.charAt(at))) at += 1;
    else return at;
  }
}

function readExponent(code: string, from: number): number {
  let at = from;
  if (code[at] === '+' || code[at] === '-') at += 1;
  const start = at;
  while (isDigit(code.charCodeAt(at))) at += 1;
  return at === start ? from : at;
}

function readAnnotation(code: string, from: number): number {
  if (code[from] !== '{') return from;
  const end = code.indexOf('}', from);
  if (end < 0 || /[^\x21-\x7a|~]/.test(code.slice(from + 1, end))) return -1;
  return end + 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
