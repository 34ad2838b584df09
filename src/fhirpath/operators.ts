/** http://hl7.org/fhirpath/N1/#operators */
import { type Code, collectionCode, newMeter, type Scope, singleton, type Truth, truthCode } from './code.ts';
import { calculate } from './decimal-arithmetic.ts';
import { compareNodes, equalCollections, equalityKey, equalNodes, equivalentCollections, isText } from './equality.ts';
import { unionCode } from './functions-filtering.ts';
import { evaluateOperation } from './library.ts';
import { type Collection, empty, evaluationError, type Node, nodeOf } from './node.ts';
import { durationOf, quantityLiteral } from './quantity.ts';
import { moveTemporal } from './temporal-arithmetic.ts';
import { joinTexts } from './text.ts';

type BinaryCompiler = (left: Code, right: Code) => Code;

const compilers: Readonly<Record<string, BinaryCompiler>> = {
  and: (left, right) => logic(left, right, false, (a, b) => (a === undefined || b === undefined ? undefined : a && b)),
  or: (left, right) => logic(left, right, true, (a, b) => (a === undefined || b === undefined ? undefined : a || b)),
  xor: (left, right) => logic(left, right, undefined, (a, b) => (a === undefined || b === undefined ? undefined : a !== b)),
  implies,
  '=': equality,
  '!=': (left, right) =>
    truthCode((self, scope) => inverse(equalCollections(left.run(self, scope), right.run(self, scope), scope.meter))),
  '~': (left, right) =>
    truthCode((self, scope) => equivalentCollections(left.run(self, scope), right.run(self, scope), scope.meter)),
  '!~': (left, right) =>
    truthCode((self, scope) => !equivalentCollections(left.run(self, scope), right.run(self, scope), scope.meter)),
  '<': (left, right) => comparison(left, right, (order) => order < 0),
  '<=': (left, right) => comparison(left, right, (order) => order <= 0),
  '>': (left, right) => comparison(left, right, (order) => order > 0),
  '>=': (left, right) => comparison(left, right, (order) => order >= 0),
  in: (left, right) => membership(left, right),
  contains: (left, right) => membership(right, left),
  '|': (left, right) => unionCode([left, right]),
  '&': concatenation,
  '+': (left, right) => arithmetic('+', left, right),
  '-': (left, right) => arithmetic('-', left, right),
  '*': (left, right) => arithmetic('*', left, right),
  '/': (left, right) => arithmetic('/', left, right),
  div: (left, right) => arithmetic('div', left, right),
  mod: (left, right) => arithmetic('mod', left, right),
};

/** The code of a binary operation. The parser knows no other operators. */
export function binaryCode(operator: string, left: Code, right: Code): Code {
  const compile = compilers[operator];
  if (compile === undefined) throw new Error(`there is no operator ${operator}`);
  return compile(left, right);
}

/** Most comparisons are with a text that is written out: `system = 'http://loinc.org'`. */
function equality(left: Code, right: Code): Code {
  const [literal, another] = right.constant ?? [];
  if (literal === undefined || another !== undefined || !isText(literal))
    return truthCode((self, scope) => equalCollections(left.run(self, scope), right.run(self, scope), scope.meter));
  const constant = [literal];
  return truthCode((self, scope) => {
    const found = left.run(self, scope);
    const [only] = found;
    if (only !== undefined && found.length === 1 && isText(only)) return only.value === literal.value;
    return equalCollections(found, constant, scope.meter);
  });
}

function inverse(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** `deciding`: the value of the left side that settles the result alone, or of the right when the left is empty. */
function logic(left: Code, right: Code, deciding: Truth, combine: (a: Truth, b: Truth) => Truth): Code {
  return truthCode((self, scope) => {
    const a = left.test(self, scope);
    if (a !== undefined && a === deciding) return a;
    const b = right.test(self, scope);
    return b !== undefined && b === deciding ? b : combine(a, b);
  });
}

function implies(left: Code, right: Code): Code {
  return truthCode((self, scope) => {
    const a = left.test(self, scope);
    if (a === false) return true;
    const b = right.test(self, scope);
    return a === true || b === true ? b : undefined;
  });
}

function comparison(left: Code, right: Code, judge: (order: number) => boolean): Code {
  return truthCode((self, scope) => {
    const a = singleton(left.run(self, scope), 'a comparison');
    const b = singleton(right.run(self, scope), 'a comparison');
    const order = a === undefined || b === undefined ? undefined : compareNodes(a, b);
    return order === undefined ? undefined : judge(order);
  });
}

function membership(item: Code, among: Code): Code {
  const keys = among.constant && new Set(among.constant.map((node) => equalityKey(node, newMeter())));
  return truthCode((self, scope) => {
    const node = singleton(item.run(self, scope), 'in');
    if (node === undefined) return undefined;
    if (keys !== undefined) return keys.has(equalityKey(node, scope.meter));
    return among.run(self, scope).some((other) => equalNodes(node, other, scope.meter) === true);
  });
}

function concatenation(left: Code, right: Code): Code {
  return collectionCode(['System.String'], (self, scope) => {
    const texts = [textOf(left.run(self, scope)), textOf(right.run(self, scope))];
    return joinTexts(texts, '', scope);
  });
}

function textOf(collection: Collection): string {
  const value = singleton(collection, '&')?.value;
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw evaluationError('& needs strings');
}

function arithmetic(operator: string, left: Code, right: Code): Code {
  return collectionCode(undefined, (self, scope) => {
    const a = singleton(left.run(self, scope), operator);
    const b = singleton(right.run(self, scope), operator);
    return a?.value === undefined || b?.value === undefined ? empty : calculateNodes(operator, a, b, scope);
  });
}

function calculateNodes(operator: string, a: Node, b: Node, scope: Scope): Collection {
  if (typeof a.value === 'number' && typeof b.value === 'number') return numberCollection(operator, a, b);
  if (operator === '+' && typeof a.value === 'string' && typeof b.value === 'string')
    return joinTexts([a.value, b.value], '', scope);
  const duration = temporalTypes.has(a.type) && (operator === '+' || operator === '-') ? durationOf(b) : undefined;
  if (duration !== undefined) return movedCollection(a, operator === '+' ? duration.amount : -duration.amount, duration.unit);
  const literals = [quantityLiteral(a), quantityLiteral(b)];
  if (literals.includes(undefined)) throw evaluationError(`${operator} cannot be applied to ${a.type} and ${b.type}`);
  return evaluateOperation(literals.join(` ${operator} `));
}

function movedCollection({ type, value }: Node, amount: number, unit: string): Collection {
  const moved = moveTemporal(String(value), amount, unit);
  return moved === undefined ? empty : [nodeOf(type, moved)];
}

function numberCollection(operator: string, a: Node, b: Node): Collection {
  const text = calculate(operator, a.digits ?? String(a.value), b.digits ?? String(b.value));
  if (text === undefined) return empty;
  const integer =
    operator === 'div' || (operator !== '/' && !text.includes('.') && Number.isInteger(a.value) && Number.isInteger(b.value));
  return [integer ? nodeOf('System.Integer', Number(text)) : nodeOf('System.Decimal', Number(text), undefined, text)];
}

const temporalTypes = new Set(['date', 'dateTime', 'instant', 'time', 'System.Date', 'System.DateTime', 'System.Time']);

/** `-` on a number or a quantity. */
export function negation(operand: Code): Code {
  return collectionCode(operand.types, (self, scope) => {
    const node = singleton(operand.run(self, scope), '-');
    if (node === undefined) return empty;
    if (typeof node.value === 'number') return [negative(node, node.value)];
    const literal = quantityLiteral(node);
    if (literal === undefined) throw evaluationError(`- cannot be applied to ${node.type}`);
    return evaluateOperation(`-(${literal})`);
  });
}

function negative({ type, digits }: Node, value: number): Node {
  if (digits === undefined) return nodeOf(type, -value);
  return nodeOf(type, -value, undefined, digits.startsWith('-') ? digits.slice(1) : `-${digits}`);
}
