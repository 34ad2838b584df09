/** http://hl7.org/fhirpath/N1/#utility-functions, #aggregates and #types-and-reflection */
import { type Call, type Code, collectionCode, type FunctionTable, type Scope, singleton, spend, truthCode } from './code.ts';
import { joinTypes } from './functions-filtering.ts';
import { empty, type Node, nodeOf, nowOf } from './node.ts';
import type { TypeModel } from './type-model.ts';

export const utilityFunctions: FunctionTable = {
  trace: { arity: [1, 2], compile: ({ source }) => source },
  iif: { arity: [2, 3], compile: iif },
  aggregate: { arity: [1, 2], compile: aggregate },
  is: { arity: [1, 1], compile: (call) => isType(call.source, call.typeArgument(0), call.model) },
  type: { arity: [0, 0], compile: reflection },
  now: { arity: [0, 0], compile: () => moment('System.DateTime', (now) => now) },
  today: { arity: [0, 0], compile: () => moment('System.Date', (now) => now.slice(0, 10)) },
  timeOfDay: { arity: [0, 0], compile: () => moment('System.Time', (now) => now.slice(11, 19)) },
};

export function isType(source: Code, types: readonly string[], model: TypeModel): Code {
  return truthCode((self, scope) => {
    const node = singleton(source.run(self, scope), 'is');
    return node === undefined ? undefined : types.some((type) => model.isA(node.type, type));
  });
}

/** The branch that is not taken is not evaluated. */
function iif(call: Call): Code {
  const criterion = call.criteria(0, call.source.types);
  const yes = call.criteria(1, call.source.types);
  const no = call.arguments.length > 2 ? call.criteria(2, call.source.types) : undefined;
  const { source } = call;
  return collectionCode(no === undefined ? yes.types : joinTypes([yes, no]), (self, scope) => {
    const input = source.run(self, scope);
    singleton(input, 'iif()');
    return criterion.test(input, scope) === true ? yes.run(input, scope) : (no?.run(input, scope) ?? empty);
  });
}

function aggregate(call: Call): Code {
  const { source } = call;
  const step = call.criteria(0, call.source.types);
  const start = call.arguments.length > 1 ? call.argument(1) : undefined;
  return collectionCode(undefined, (self, scope) => {
    const items = source.run(self, scope);
    spend(scope.meter, items.length);
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

function moment(type: string, cut: (now: string) => string): Code {
  return collectionCode([type], (_, { environment }) => [nodeOf(type, cut(nowOf(environment)))]);
}
