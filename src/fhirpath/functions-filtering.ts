/** http://hl7.org/fhirpath/N1/#filtering-and-projection, #subsetting and #combining */
import {
  type Call,
  type Code,
  collectionCode,
  constantCode,
  type FunctionTable,
  newMeter,
  type Scope,
  singleton,
  spend,
} from './code.ts';
import { distinct, equalityKey } from './equality.ts';
import { pushChildren } from './navigate.ts';
import { type Collection, empty, evaluationError, type Node } from './node.ts';
import { closedTypes, type TypeModel } from './type-model.ts';

export const filteringFunctions: FunctionTable = {
  where: { arity: [1, 1], compile: where },
  select: { arity: [1, 1], compile: select },
  repeat: { arity: [1, 1], compile: repeat },
  ofType: { arity: [1, 1], compile: (call) => ofType(call.source, call.typeArgument(0), call.model) },
  as: { arity: [1, 1], compile: (call) => ofType(call.source, call.typeArgument(0), call.model) },
  children: { arity: [0, 0], compile: children },
  descendants: { arity: [0, 0], compile: descendants },
  first: { arity: [0, 0], compile: ({ source }) => sliced(source, (items) => items.slice(0, 1)) },
  last: { arity: [0, 0], compile: ({ source }) => sliced(source, (items) => items.slice(-1)) },
  tail: { arity: [0, 0], compile: ({ source }) => sliced(source, (items) => items.slice(1)) },
  single: { arity: [0, 0], compile: ({ source }) => sliced(source, single) },
  skip: { arity: [1, 1], compile: (call) => counted(call, (items, count) => items.slice(Math.max(count, 0))) },
  take: { arity: [1, 1], compile: (call) => counted(call, (items, count) => items.slice(0, Math.max(count, 0))) },
  union: { arity: [1, 1], compile: (call) => unionCode([call.source, call.argument(0)]) },
  combine: { arity: [1, 1], compile: combine },
  intersect: { arity: [1, 1], compile: (call) => kept(call, true) },
  exclude: { arity: [1, 1], compile: (call) => kept(call, false) },
};

function where(call: Call): Code {
  const { source } = call;
  const criteria = call.criteria(0, source.types);
  const matches = (inner: Scope) => (node: Node, index: number) => {
    inner.index = index;
    return criteria.test([node], inner) === true;
  };
  const items = (self: Collection, scope: Scope) => {
    const found = source.run(self, scope);
    spend(scope.meter, found.length);
    return found;
  };
  return collectionCode(
    source.types,
    (self, scope) => items(self, scope).filter(matches({ ...scope })),
    (self, scope) => items(self, scope).some(matches({ ...scope })),
  );
}

function select(call: Call): Code {
  const { source } = call;
  const projection = call.criteria(0, source.types);
  return collectionCode(projection.types, (self, scope) => {
    const items = source.run(self, scope);
    spend(scope.meter, items.length);
    const inner: Scope = { ...scope };
    return items.flatMap((node, index) => {
      inner.index = index;
      return projection.run([node], inner);
    });
  });
}

const stepsPerRepeated = 20;

/** "Items are only added to the output collection if they are not already there": a cycle ends. */
function repeat(call: Call): Code {
  const { source } = call;
  const projection = call.criteria(0, undefined);
  return collectionCode(undefined, (self, scope) => {
    const inner: Scope = { ...scope };
    const seen = new Set<string>();
    const isNew = (node: Node) => {
      const before = seen.size;
      return seen.add(equalityKey(node, scope.meter)).size > before;
    };
    const found: Node[] = [];
    for (let level = source.run(self, scope); level.length > 0; ) {
      level = level.flatMap((node) => projection.run([node], inner)).filter(isNew);
      for (const node of level) found.push(node);
      // What is kept costs more than what is only visited.
      spend(scope.meter, level.length * stepsPerRepeated);
    }
    return found;
  });
}

const typesKept = 500;

/**
 * Keeps the items of a type. `as` does the same here: R4's own search parameters apply it to several items
 * (`Observation.component.value as Quantity`), where the grammar's sentence about one item would make them fail.
 * A primitive type means itself only, as HL7's suite has it: `Patient.gender.as(string)` is empty, though `is(string)` holds.
 */
export function ofType(source: Code, types: readonly string[], model: TypeModel): Code {
  const exact = new Set(types.filter(model.isPrimitive));
  const bases = types.filter((type) => !exact.has(type));
  const known = new Map<string, boolean>();
  const isOne = ({ type }: Node) => {
    const verdict = known.get(type) ?? (exact.has(type) || bases.some((base) => model.isA(type, base)));
    // The type of a resource is what its content says it is.
    if (known.size < typesKept) known.set(type, verdict);
    return verdict;
  };
  const run: Code['run'] = (self, scope) => {
    const items = source.run(self, scope);
    const [first] = items;
    if (first === undefined || items.length > 1) return items.filter(isOne);
    return isOne(first) ? items : empty;
  };
  return collectionCode(closedTypes(types, model), run, (self, scope) => source.run(self, scope).some(isOne));
}

function children({ source, model }: Call): Code {
  return collectionCode(undefined, (self, scope) => childrenOf(source.run(self, scope), model, scope));
}

function descendants({ source, model }: Call): Code {
  return collectionCode(undefined, (self, scope) => {
    const found: Node[] = [];
    let level = childrenOf(source.run(self, scope), model, scope);
    while (level.length > 0) {
      for (const node of level) found.push(node);
      level = childrenOf(level, model, scope);
    }
    return found;
  });
}

function childrenOf(items: Collection, model: TypeModel, scope: Scope): Collection {
  const found: Node[] = [];
  for (const node of items) pushChildren(node, model, found);
  spend(scope.meter, found.length);
  return found;
}

function sliced(source: Code, slice: (items: Collection) => Collection): Code {
  return collectionCode(source.types, (self, scope) => slice(source.run(self, scope)));
}

function single(items: Collection): Collection {
  if (items.length > 1) throw evaluationError('single() has several items');
  return items;
}

function counted(call: Call, slice: (items: Collection, count: number) => Collection): Code {
  const { source } = call;
  const argument = call.argument(0);
  return collectionCode(source.types, (self, scope) => {
    const count = singleton(argument.run(self, scope), `${call.name}()`)?.value;
    return typeof count === 'number' ? slice(source.run(self, scope), count) : empty;
  });
}

/** `|`: all items once. */
export function unionCode(given: readonly Code[]): Code {
  const constants = given.map((arm) => arm.constant);
  if (constants.every((constant) => constant !== undefined)) return constantCode(distinct(constants.flat(), newMeter()));
  const arms = given.filter((arm) => arm.constant?.length !== 0);
  const types = joinTypes(arms);
  return collectionCode(
    types,
    (self, scope) =>
      distinct(
        arms.flatMap((arm) => arm.run(self, scope)),
        scope.meter,
      ),
    (self, scope) => arms.some((arm) => arm.exists(self, scope)),
  );
}

function combine(call: Call): Code {
  const arms = [call.source, call.argument(0)];
  return collectionCode(joinTypes(arms), (self, scope) => arms.flatMap((arm) => arm.run(self, scope)));
}

export function joinTypes(arms: readonly Code[]): Code['types'] {
  const types = new Set<string>();
  for (const arm of arms) {
    if (arm.types === undefined) return undefined;
    for (const type of arm.types) types.add(type);
  }
  return [...types];
}

/** `intersect` keeps what the other has, each once; `exclude` keeps the rest, as often as it is there. */
function kept(call: Call, inOther: boolean): Code {
  const { source } = call;
  const other = call.argument(0);
  return collectionCode(source.types, (self, scope) => {
    const keyOf = (node: Node) => equalityKey(node, scope.meter);
    const keys = new Set(other.run(self, scope).map(keyOf));
    const items = source.run(self, scope).filter((node) => keys.has(keyOf(node)) === inOther);
    return inOther ? distinct(items, scope.meter) : items;
  });
}
