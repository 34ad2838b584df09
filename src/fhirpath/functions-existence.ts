/** http://hl7.org/fhirpath/N1/#existence */
import { type Call, type Code, collectionCode, type FunctionTable, type Scope, spend, truthCode } from './code.ts';
import { distinct, equalityKey } from './equality.ts';
import { type Collection, evaluationError, integerCollection, type Node } from './node.ts';

const integerTypes: readonly string[] = ['System.Integer'];

export const existenceFunctions: FunctionTable = {
  empty: { arity: [0, 0], compile: ({ source }) => truthCode((self, scope) => !source.exists(self, scope)) },
  exists: { arity: [0, 1], compile: exists },
  not: { arity: [0, 0], compile: not },
  all: { arity: [1, 1], compile: (call) => quantified(call, false) },
  allTrue: { arity: [0, 0], compile: (call) => onBooleans(call, (values) => values.every((value) => value === true)) },
  anyTrue: { arity: [0, 0], compile: (call) => onBooleans(call, (values) => values.includes(true)) },
  allFalse: { arity: [0, 0], compile: (call) => onBooleans(call, (values) => values.every((value) => value === false)) },
  anyFalse: { arity: [0, 0], compile: (call) => onBooleans(call, (values) => values.includes(false)) },
  count: { arity: [0, 0], compile: count },
  distinct: {
    arity: [0, 0],
    compile: ({ source }) => collectionCode(source.types, (self, scope) => distinct(source.run(self, scope), scope.meter)),
  },
  isDistinct: { arity: [0, 0], compile: isDistinct },
  subsetOf: { arity: [1, 1], compile: (call) => subset(call.source, call.argument(0)) },
  supersetOf: { arity: [1, 1], compile: (call) => subset(call.argument(0), call.source) },
};

function exists(call: Call): Code {
  if (call.arguments.length > 0) return quantified(call, true);
  const { source } = call;
  return truthCode((self, scope) => source.exists(self, scope));
}

/** `exists` is decided by the first item that satisfies the criteria, `all` by the first that does not. */
function quantified(call: Call, deciding: boolean): Code {
  const { source } = call;
  const criteria = call.criteria(0, source.types);
  return truthCode((self, scope) => {
    const items = source.run(self, scope);
    spend(scope.meter, items.length);
    if (items.length === 0) return !deciding;
    const inner: Scope = { ...scope };
    for (const [index, node] of items.entries()) {
      inner.index = index;
      if ((criteria.test([node], inner) === true) === deciding) return deciding;
    }
    return !deciding;
  });
}

function not({ source }: Call): Code {
  return truthCode((self, scope) => {
    const value = source.test(self, scope);
    return value === undefined ? undefined : !value;
  });
}

function onBooleans(call: Call, judge: (values: readonly boolean[]) => boolean): Code {
  return truthCode((self, scope) => judge(call.source.run(self, scope).map((node) => booleanOf(node, call.name))));
}

function booleanOf({ value }: Node, name: string): boolean {
  if (typeof value !== 'boolean') throw evaluationError(`${name}() needs booleans`);
  return value;
}

function count({ source }: Call): Code {
  return collectionCode(
    integerTypes,
    (self, scope) => integerCollection(source.run(self, scope).length),
    () => true,
  );
}

function isDistinct({ source }: Call): Code {
  return truthCode((self, scope) => {
    const items = source.run(self, scope);
    return distinct(items, scope.meter).length === items.length;
  });
}

function subset(part: Code, whole: Code): Code {
  return truthCode((self, scope) => {
    const keys = new Set(whole.run(self, scope).map((node) => equalityKey(node, scope.meter)));
    const items: Collection = part.run(self, scope);
    return items.every((node) => keys.has(equalityKey(node, scope.meter)));
  });
}
