/** The compiled form of an expression, and how functions make it. */
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { type Collection, type Environment, empty, evaluationError, type Node, truthCollection } from './node.ts';
import type { Syntax } from './syntax.ts';
import type { TypeModel } from './type-model.ts';

/** What changes while an expression runs. */
export interface Scope {
  readonly environment: Environment;
  /** `%context`: what the whole expression was started on. */
  readonly context: Collection;
  /** `$index` and `$total`. */
  index: number;
  total: Collection;
  readonly meter: Meter;
}

/** What a whole evaluation, all its scopes together, has used. */
export interface Meter {
  /** What may still be visited: see `spend`. */
  steps: number;
  /** The texts that objects were compared by: each is made once, however often it is compared. */
  texts?: Map<object, string>;
}

/** True, false, or undefined for empty. http://hl7.org/fhirpath/N1/#boolean-logic */
export type Truth = boolean | undefined;

/** Three ways to ask for the same result: whoever needs only its truth, or whether there is any, asks for that and saves the nodes. */
export interface Code {
  /** The types its nodes may have; undefined when only the content tells. */
  readonly types: readonly string[] | undefined;
  /** `self` is `$this`, the focus that a path without a head starts from. */
  readonly run: (self: Collection, scope: Scope) => Collection;
  readonly test: (self: Collection, scope: Scope) => Truth;
  readonly exists: (self: Collection, scope: Scope) => boolean;
  /** Its result, when it is the same everywhere. */
  readonly constant?: Collection;
}

const booleanTypes: readonly string[] = ['System.Boolean'];

export function collectionCode(types: Code['types'], run: Code['run'], exists?: Code['exists']): Code {
  return {
    types,
    run,
    test: (self, scope) => truthOf(run(self, scope)),
    exists: exists ?? ((self, scope) => run(self, scope).length > 0),
  };
}

export function truthCode(test: Code['test']): Code {
  return {
    types: booleanTypes,
    test,
    run: (self, scope) => truthCollection(test(self, scope)),
    exists: (self, scope) => test(self, scope) !== undefined,
  };
}

export function constantCode(constant: Collection): Code {
  const types = [...new Set(constant.map((node) => node.type))];
  return { ...collectionCode(types, () => constant), constant };
}

/** What can never have a result. */
export const nothingCode: Code = constantCode(empty);

/**
 * A collection where one Boolean is needed: a single item that is no Boolean counts as true.
 * http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
 */
export function truthOf(collection: Collection): Truth {
  if (collection.length > 1) throw evaluationError('a single value is needed where there are several');
  const node = collection[0];
  if (node === undefined) return undefined;
  if (typeof node.value === 'boolean') return node.value;
  // A boolean that has only extensions has no value to tell.
  return node.type === 'boolean' ? undefined : true;
}

/** The only item of a collection, undefined when it is empty. */
export function singleton(collection: Collection, what: string): Node | undefined {
  if (collection.length > 1) throw evaluationError(`${what} needs a single value where there are several`);
  return collection[0];
}

export function newMeter(): Meter {
  return { steps: limits.expressionStepsMax };
}

/** Counts what an expression visits, so that none, whoever wrote it, runs without end. */
export function spend(meter: Meter, steps: number): void {
  meter.steps -= steps;
  if (meter.steps < 0) throw evaluationError('the expression visits too many elements');
}

/** A function call as its compiler sees it. */
export interface Call {
  readonly name: string;
  /** What it is called on. */
  readonly source: Code;
  readonly arguments: readonly Syntax[];
  readonly definitions: Definitions;
  readonly model: TypeModel;
  /** An argument evaluated where the call stands, as most are. */
  argument(index: number): Code;
  /** An argument evaluated on nodes of these types, as `where` does on the items of its source. */
  criteria(index: number, types: Code['types']): Code;
  /** An argument that names a type: the types it may mean. */
  typeArgument(index: number): readonly string[];
}

export interface FunctionDefinition {
  /** The fewest and the most arguments. */
  readonly arity: readonly [fewest: number, most: number];
  readonly compile: (call: Call) => Code;
}

export type FunctionTable = Readonly<Record<string, FunctionDefinition>>;
