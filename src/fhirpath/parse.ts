/** FHIRPath tokens to a syntax tree, by operator precedence. http://hl7.org/fhirpath/N1/#operator-precedence */
import type { Literal, Syntax } from './syntax.ts';
import { isCalendarUnit, typeSpecifier } from './syntax.ts';
import { type Token, tokenize } from './tokenize.ts';

/** An expression may come with a profile: what is longer or deeper than any real one is refused before it costs anything. */
const charactersMax = 16 * 1024;
const tokensMax = 4_000;
const depthMax = 100;
/** Operations or steps in a row: `a.b.c`, `a and b and c`. */
const chainMax = 1_000;

/** Loosest first; all are left-associative. */
const precedences: readonly (readonly string[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '~', '!=', '!~'],
  ['<', '>', '<=', '>='],
  ['|'],
  ['is', 'as'],
  ['+', '-', '&'],
  ['*', '/', 'div', 'mod'],
];
const precedenceOf: ReadonlyMap<string, number> = new Map(
  precedences.flatMap((operators, precedence) => operators.map((operator) => [operator, precedence] as const)),
);

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

/** Parses an expression. Throws an Error that says what was expected where. */
export function parseExpression(text: string): Syntax {
  if (text.length > charactersMax) throw new Error(`it is longer than ${charactersMax} characters`);
  const tokens = tokenize(text);
  if (tokens.length > tokensMax) throw new Error(`it has more than ${tokensMax} tokens`);
  const reader: Reader = { tokens, at: 0, depth: 0 };
  const syntax = readOperation(reader, 0);
  if (peek(reader).kind !== 'end') throw unexpected(reader, 'an operator');
  return syntax;
}

function readOperation(reader: Reader, loosest: number): Syntax {
  reader.depth += 1;
  if (reader.depth > depthMax) throw new Error(`it is nested deeper than ${depthMax} levels`);
  let left = readUnary(reader);
  for (let chain = 0; ; chain += 1) {
    if (chain > chainMax) throw new Error(`it has more than ${chainMax} operations in a row`);
    const token = peek(reader);
    const precedence = isOperator(token) ? (precedenceOf.get(token.text) ?? -1) : -1;
    if (precedence < loosest) break;
    reader.at += 1;
    left =
      token.text === 'is' || token.text === 'as'
        ? { kind: 'type', operator: token.text, operand: left, type: readType(reader) }
        : { kind: 'binary', operator: token.text, left, right: readOperation(reader, precedence + 1) };
  }
  reader.depth -= 1;
  return left;
}

function readUnary(reader: Reader): Syntax {
  const signs: ('+' | '-')[] = [];
  for (;;) {
    const { kind, text } = peek(reader);
    if (kind !== 'symbol' || (text !== '+' && text !== '-')) break;
    signs.push(text);
    reader.at += 1;
  }
  const operand = readPostfix(reader, readTerm(reader));
  return signs.reduceRight<Syntax>((inner, operator) => ({ kind: 'unary', operator, operand: inner }), operand);
}

function readPostfix(reader: Reader, term: Syntax): Syntax {
  let source = term;
  for (let chain = 0; ; chain += 1) {
    if (chain > chainMax) throw new Error(`it has more than ${chainMax} steps in a row`);
    if (accept(reader, '.')) source = readInvocation(reader, source);
    else if (accept(reader, '[')) source = { kind: 'indexer', source, index: readEnclosed(reader, ']') };
    else return source;
  }
}

function readTerm(reader: Reader): Syntax {
  const token = peek(reader);
  switch (token.kind) {
    case 'string':
      reader.at += 1;
      return { kind: 'literal', type: 'System.String', value: token.text };
    case 'number':
      reader.at += 1;
      return readNumber(reader, token.text);
    case 'temporal':
      reader.at += 1;
      return temporalLiteral(token.text);
    case 'constant':
      reader.at += 1;
      return { kind: 'constant', name: token.text };
    case 'variable':
      reader.at += 1;
      return { kind: 'variable', name: token.text as '$this' | '$index' | '$total' }; // The token's pattern has just these.
    case 'name':
      return readName(reader, token);
    default:
      return readBracketed(reader);
  }
}

function readName(reader: Reader, token: Token): Syntax {
  const next = reader.tokens[reader.at + 1]?.text;
  if (!token.delimited && (token.text === 'true' || token.text === 'false') && next !== '(') {
    reader.at += 1;
    return { kind: 'literal', type: 'System.Boolean', value: token.text === 'true' };
  }
  return readInvocation(reader, undefined);
}

function readBracketed(reader: Reader): Syntax {
  if (accept(reader, '(')) return readEnclosed(reader, ')');
  if (!accept(reader, '{')) throw unexpected(reader, 'a value');
  expect(reader, '}');
  return { kind: 'empty' };
}

function readEnclosed(reader: Reader, close: string): Syntax {
  const inner = readOperation(reader, 0);
  expect(reader, close);
  return inner;
}

function readInvocation(reader: Reader, source: Syntax | undefined): Syntax {
  const token = peek(reader);
  if (token.kind === 'variable' && source !== undefined) throw unexpected(reader, 'a name');
  if (token.kind !== 'name') throw unexpected(reader, 'a name');
  reader.at += 1;
  const from = source === undefined ? {} : { source };
  if (!accept(reader, '(')) return { kind: 'member', ...from, name: token.text };
  return { kind: 'call', ...from, name: token.text, arguments: readArguments(reader) };
}

function readArguments(reader: Reader): readonly Syntax[] {
  const read: Syntax[] = [];
  if (accept(reader, ')')) return read;
  do {
    read.push(readOperation(reader, 0));
  } while (accept(reader, ','));
  expect(reader, ')');
  return read;
}

function readType(reader: Reader): string {
  const name = readPostfix(reader, readTerm(reader));
  const type = typeSpecifier(name);
  if (type === undefined) throw unexpected(reader, 'the name of a type');
  return type;
}

function readNumber(reader: Reader, text: string): Literal {
  const unit = peek(reader);
  if (unit.kind === 'string' || (unit.kind === 'name' && !unit.delimited && isCalendarUnit(unit.text))) {
    reader.at += 1;
    return { kind: 'literal', type: 'System.Quantity', value: quantityValue(text, unit) };
  }
  const decimal = text.includes('.');
  return {
    kind: 'literal',
    type: decimal ? 'System.Decimal' : 'System.Integer',
    value: Number(text),
    ...(decimal ? { digits: text } : {}),
  };
}

/** A UCUM code is written in quotes, a calendar duration without: `4 days` is no `4 'd'`. */
function quantityValue(text: string, unit: Token) {
  return unit.kind === 'string'
    ? { value: Number(text), unit: unit.text, system: 'http://unitsofmeasure.org', code: unit.text }
    : { value: Number(text), unit: unit.text };
}

function temporalLiteral(text: string): Literal {
  if (text.startsWith('T')) return { kind: 'literal', type: 'System.Time', value: text.slice(1) };
  const type = text.includes('T') ? 'System.DateTime' : 'System.Date';
  return { kind: 'literal', type, value: text.endsWith('T') ? text.slice(0, -1) : text };
}

function isOperator(token: Token): boolean {
  return token.kind === 'symbol' || (token.kind === 'name' && !token.delimited);
}

function peek(reader: Reader): Token {
  return reader.tokens[reader.at] ?? { kind: 'end', text: 'the end', delimited: false, at: 0 };
}

function accept(reader: Reader, symbol: string): boolean {
  const token = peek(reader);
  if (token.kind !== 'symbol' || token.text !== symbol) return false;
  reader.at += 1;
  return true;
}

function expect(reader: Reader, symbol: string): void {
  if (!accept(reader, symbol)) throw unexpected(reader, `"${symbol}"`);
}

function unexpected(reader: Reader, wanted: string): Error {
  const token = peek(reader);
  return new Error(
    `expected ${wanted} at position ${token.at + 1}, found ${token.kind === 'end' ? 'the end' : `"${token.text}"`}`,
  );
}
