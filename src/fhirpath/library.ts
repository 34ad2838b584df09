/**
 * The `fhirpath` library, for what is not compiled here. It is loaded when it is first needed: that takes longer than the whole start may.
 * It runs synchronously, resolves references through the environment alone, and its trace() is silent: it would print record content.
 */
import { createRequire } from 'node:module';
import type { Compile, Model } from 'fhirpath';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type Code, collectionCode } from './code.ts';
import { type Collection, type Environment, evaluationError, type Node, nodeOf, nowOf } from './node.ts';
import { resolveReference } from './resolve.ts';

type Library = typeof import('fhirpath');

/** A result as the library gives it: a plain value, one of its own types, or a node of the resource. */
interface LibraryNode {
  readonly data?: JsonValue;
  readonly _data?: JsonValue;
  readonly path?: string | null;
}

interface LibraryQuantity {
  readonly value: { toString(): string };
  readonly unit: string;
}

/**
 * What is left to the library: synchronous, without side effects, and seldom in a profile. What neither knows is refused when compiling,
 * where the library would find out when running.
 */
const functions = new Set([
  ...['abs', 'exp', 'ln', 'log', 'power', 'sqrt', 'sum', 'min', 'max', 'avg', 'comparable', 'lowBoundary', 'highBoundary'],
  ...['encode', 'decode', 'escape', 'unescape', 'toQuantity', 'convertsToQuantity', 'toLong', 'convertsToLong'],
  ...['sort', 'coalesce', 'defineVariable', 'htmlChecks'],
  ...['yearOf', 'monthOf', 'dayOf', 'hourOf', 'minuteOf', 'secondOf', 'millisecondOf', 'timezoneOffsetOf', 'dateOf', 'timeOf'],
]);

export function isLibraryFunction(name: string): boolean {
  return functions.has(name);
}

const require = createRequire(import.meta.url);

function library(): { readonly fhirpath: Library; readonly r4: Model } {
  // What the packages export is given by their type definitions.
  return { fhirpath: require('fhirpath') as Library, r4: require('fhirpath/fhir-context/r4') as Model };
}

/**
 * An expression that the library runs. It is loaded and the expression compiled when it is first run. Two things are lost on the way:
 * the digits of the content's decimals, and the extensions of a focus that is a primitive.
 */
export function libraryCode(text: string, focusType: string): Code {
  let compiled: Run | undefined;
  return collectionCode(undefined, (focus, { environment }) => {
    compiled ??= compileRun(text, focusType);
    return compiled(focus, environment);
  });
}

type Run = (focus: Collection, environment: Environment) => Collection;

function compileRun(text: string, focusType: string): Run {
  const { fhirpath, r4 } = library();
  // The library takes its functions with the expression, but what a reference resolves to comes with each run; runs do not overlap.
  let current: Environment | undefined;
  // A resource becomes a typed node of the library only by being evaluated.
  const typed = (target: JsonObject) => fhirpath.evaluate(target, '$this', {}, r4, { resolveInternalTypes: false });
  const resolve = (values: readonly JsonValue[]) =>
    values.flatMap((value) => {
      const target = current === undefined ? undefined : resolveReference(value, current);
      return target === undefined ? [] : typed(target);
    });
  const literal = (text: string) => fhirpath.evaluate({}, text, {}, r4, { resolveInternalTypes: false });
  const moment = (cut: (now: string) => string) => withoutArguments(() => literal(cut(nowOf(current))));
  const options = {
    resolveInternalTypes: false,
    traceFn: () => undefined,
    userInvocationTable: {
      // The library's own resolve() fetches from the network, and its clock is not ours.
      resolve: withoutArguments(resolve),
      now: moment((now) => `@${now}`),
      today: moment((now) => `@${now.slice(0, 10)}`),
      timeOfDay: moment((now) => `@T${now.slice(11, 19)}`),
    },
  };
  const run: Compile<typeof options> = fhirpath.compile({ base: focusType, expression: text }, r4, options);
  return (focus, environment) => {
    current = environment;
    const { resource, rootResource } = environment;
    const data = focus.map(({ value }) => value);
    return guarded(() => results(run(data, { resource, rootResource })));
  };
}

function withoutArguments(fn: (values: readonly JsonValue[]) => unknown) {
  return { fn, arity: { 0: [] } };
}

/** An operation on literals: `5 'mg' < 1 'g'`. Throws an evaluation error when the library refuses it. */
export function evaluateOperation(text: string): Collection {
  const { fhirpath, r4 } = library();
  return guarded(() => results(fhirpath.evaluate({}, text, {}, r4, { resolveInternalTypes: false })));
}

/** Runs the library. Whatever it throws is about this content, and may show it, as may what it prints: neither goes on. */
function guarded(run: () => Collection): Collection {
  const { warn } = console;
  // Its date arithmetic warns with the date itself. It runs synchronously, so nobody else's warning is lost.
  console.warn = () => undefined;
  try {
    return run();
  } catch {
    throw evaluationError('the fhirpath library cannot evaluate the expression on this content');
  } finally {
    console.warn = warn;
  }
}

function results(found: readonly unknown[]): Collection {
  const { fhirpath } = library();
  const types = fhirpath.types([...found]);
  return found.map((value, index) => toNode(value, types[index] ?? ''));
}

function toNode(found: unknown, type: string): Node {
  if (type === 'System.Quantity') return quantityNode(found as LibraryQuantity); // The type says so.
  if (!type.startsWith('FHIR.')) return systemNode(found, type);
  const { data, _data, path } = found as LibraryNode; // FHIR types are given as nodes.
  const name = type.slice('FHIR.'.length);
  const backbone = (name === 'BackboneElement' || name === 'Element') && typeof path === 'string';
  return nodeOf(backbone ? path : name, data ?? undefined, isJsonObject(_data) ? _data : undefined);
}

function systemNode(found: unknown, type: string): Node {
  const value = JSON.parse(JSON.stringify(found)) as JsonValue; // Its types have toJSON.
  const digits = type === 'System.Decimal' ? String(found) : undefined;
  return nodeOf(type === 'System.Object' ? 'TypeInfo' : type, value, undefined, digits);
}

function quantityNode({ value, unit }: LibraryQuantity): Node {
  const amount = Number(value.toString());
  const ucum = /^'(.*)'$/.exec(unit)?.[1];
  const quantity: JsonObject =
    ucum === undefined ? { value: amount, unit } : { value: amount, unit: ucum, system: 'http://unitsofmeasure.org', code: ucum };
  return nodeOf('System.Quantity', quantity);
}
