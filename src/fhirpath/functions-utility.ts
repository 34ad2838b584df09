/** http://hl7.org/fhirpath/N1/#utility-functions, #conversion, #aggregates and #types-and-reflection */
import {
  type Call,
  type Code,
  collectionCode,
  type FunctionDefinition,
  type FunctionTable,
  type Scope,
  singleton,
  spend,
  truthCode,
} from './code.ts';
import { joinTypes } from './functions-filtering.ts';
import { type Collection, empty, integerCollection, type Node, nodeOf, stringCollection } from './node.ts';
import { isQuantityType } from './quantity.ts';
import type { TypeModel } from './type-model.ts';

// Typed apart, because every object has a toString of its own.
const toStringFunction: FunctionDefinition = { arity: [0, 0], compile: (call) => converted(call, 'System.String', toText) };

export const utilityFunctions: FunctionTable = {
  trace: { arity: [1, 2], compile: ({ source }) => source },
  iif: { arity: [2, 3], compile: iif },
  aggregate: { arity: [1, 2], compile: aggregate },
  is: { arity: [1, 1], compile: (call) => isType(call.source, call.typeArgument(0), call.model) },
  type: {
    arity: [0, 0],
    compile: reflection,
  },
  precision: { arity: [0, 0], compile: (call) => converted(call, 'System.Integer', precision) },
  toInteger: { arity: [0, 0], compile: (call) => converted(call, 'System.Integer', toInteger) },
  toString: toStringFunction,
  now: { arity: [0, 0], compile: () => moment('System.DateTime', (now) => now) },
  today: { arity: [0, 0], compile: () => moment('System.Date', (now) => now.slice(0, 10)) },
  timeOfDay: { arity: [0, 0], compile: () => moment('System.Time', (now) => now.slice(11, 23)) },
};

export function isType(source: Code, types: readonly string[], model: TypeModel): Code {
  return truthCode((self, scope) => {
    const node = singleton(source.run(self, scope), 'is');
    return node === undefined ? undefined : types.some((type) => model.isA(node.type, type));
  });
}

/** The branch that is not taken is not evaluated. */
function iif(call: Call): Code {
  const criterion = call.criteria(0);
  const yes = call.criteria(1);
  const no = call.arguments.length > 2 ? call.criteria(2) : undefined;
  const { source } = call;
  return collectionCode(no === undefined ? yes.types : joinTypes([yes, no]), (self, scope) => {
    const input = source.run(self, scope);
    singleton(input, 'iif()');
    return criterion.test(input, scope) === true ? yes.run(input, scope) : (no?.run(input, scope) ?? empty);
  });
}

function aggregate(call: Call): Code {
  const { source } = call;
  const step = call.criteria(0);
  const start = call.arguments.length > 1 ? call.argument(1) : undefined;
  return collectionCode(undefined, (self, scope) => {
    const items = source.run(self, scope);
    spend(scope, items.length);
    const inner: Scope = { ...scope, total: start?.run(self, scope) ?? empty };
    items.forEach((node, index) => {
      inner.index = index;
      inner.total = step.run([node], inner);
    });
    return inner.total;
  });
}

function reflection({ source, model }: Call): Code {
  return collectionCode(['TypeInfo'], (self, scope) => source.run(self, scope).map((node) => typeInfo(node, model)));
}

/** An element with a body of its own has no name to tell: it is a BackboneElement. */
function typeInfo({ type }: Node, model: TypeModel): Node {
  if (type.startsWith('System.')) return nodeOf('TypeInfo', { namespace: 'System', name: type.slice('System.'.length) });
  const backbone = type.includes('.') && model.isA(type, 'BackboneElement');
  return nodeOf('TypeInfo', { namespace: 'FHIR', name: backbone ? 'BackboneElement' : type });
}

function converted(call: Call, type: string, convert: (node: Node) => Collection): Code {
  const { source } = call;
  return collectionCode([type], (self, scope) => {
    const node = singleton(source.run(self, scope), `${call.name}()`);
    return node === undefined ? empty : convert(node);
  });
}

const integerMax = 2 ** 31 - 1;

function toInteger({ value }: Node): Collection {
  if (typeof value === 'boolean') return integerCollection(Number(value));
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  return Number.isInteger(number) && Math.abs(Number(number)) <= integerMax ? integerCollection(Number(number)) : empty;
}

function toText({ type, value, digits }: Node): Collection {
  if (typeof value === 'string') return stringCollection(value);
  if (typeof value === 'number') return stringCollection(digits ?? String(value));
  if (typeof value === 'boolean') return stringCollection(String(value));
  if (!isQuantityType(type)) return empty;
  const { value: amount, code, unit } = value as { readonly value?: number; readonly code?: string; readonly unit?: string }; // A Quantity.
  if (amount === undefined) return empty;
  return stringCollection(code === undefined ? `${amount} ${unit ?? "'1'"}` : `${amount} '${code}'`);
}

function moment(type: string, cut: (now: string) => string): Code {
  return collectionCode([type], (_, { environment }) => [nodeOf(type, cut(environment.now ?? new Date().toISOString()))]);
}

/** Digits behind the point of a number; digits of a date or time, without its zone. http://hl7.org/fhirpath/#precision--integer */
function precision({ value, digits }: Node): Collection {
  if (typeof value === 'number') return integerCollection((digits ?? String(value)).split('.')[1]?.length ?? 0);
  if (typeof value !== 'string') return empty;
  return integerCollection(value.replace(/(?:Z|[+-]\d\d:\d\d)$/, '').replace(/\D/g, '').length);
}
