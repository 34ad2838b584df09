/** http://hl7.org/fhirpath/N1/#string-manipulation */
import {
  type Call,
  type Code,
  collectionCode,
  type FunctionTable,
  type Scope,
  singleton,
  spend,
  type Truth,
  truthCode,
} from './code.ts';
import { type Collection, empty, evaluationError, integerCollection, nodeOf, stringCollection } from './node.ts';
import { compilePattern, compileReplacement } from './pattern.ts';
import { joinTexts, spendText } from './text.ts';

const stringTypes: readonly string[] = ['System.String'];
const integerTypes: readonly string[] = ['System.Integer'];

export const stringFunctions: FunctionTable = {
  startsWith: { arity: [1, 1], compile: (call) => judged(call, (text, part) => text.startsWith(part)) },
  endsWith: { arity: [1, 1], compile: (call) => judged(call, (text, part) => text.endsWith(part)) },
  contains: { arity: [1, 1], compile: (call) => judged(call, (text, part) => text.includes(part)) },
  matches: { arity: [1, 1], compile: (call) => matches(call, false) },
  matchesFull: { arity: [1, 1], compile: (call) => matches(call, true) },
  indexOf: { arity: [1, 1], compile: (call) => computed(call, integerTypes, (text, [part]) => indexOf(text, part)) },
  lastIndexOf: {
    arity: [1, 1],
    compile: (call) => computed(call, integerTypes, (text, [part]) => integerCollection(text.lastIndexOf(String(part)))),
  },
  length: { arity: [0, 0], compile: (call) => computed(call, integerTypes, (text) => integerCollection(text.length)) },
  substring: { arity: [1, 2], compile: (call) => computed(call, stringTypes, substring, 1) },
  upper: { arity: [0, 0], compile: (call) => computed(call, stringTypes, (text) => stringCollection(text.toUpperCase())) },
  lower: { arity: [0, 0], compile: (call) => computed(call, stringTypes, (text) => stringCollection(text.toLowerCase())) },
  trim: { arity: [0, 0], compile: (call) => computed(call, stringTypes, (text) => stringCollection(text.trim())) },
  toChars: {
    arity: [0, 0],
    compile: (call) => computed(call, stringTypes, (text) => [...text].map((one) => nodeOf('System.String', one))),
  },
  replace: { arity: [2, 2], compile: (call) => computed(call, stringTypes, replace) },
  replaceMatches: { arity: [2, 2], compile: replaceMatches },
  split: { arity: [1, 1], compile: (call) => computed(call, stringTypes, split) },
  join: { arity: [0, 1], compile: join },
};

type Argument = string | number | undefined;

/** The single text a string function works on: undefined when empty. Throws for what is no string. */
function textOf(collection: Collection, name: string): string | undefined {
  const value = singleton(collection, `${name}()`)?.value;
  if (value === undefined || typeof value === 'string') return value;
  throw evaluationError(`${name}() needs a string`);
}

function argumentOf(collection: Collection, name: string): Argument {
  const value = singleton(collection, `${name}()`)?.value;
  if (value === undefined || typeof value === 'string' || typeof value === 'number') return value;
  throw evaluationError(`${name}() needs a string or a number as its argument`);
}

function judged(call: Call, judge: (text: string, part: string) => boolean): Code {
  const { source } = call;
  const argument = call.argument(0);
  return truthCode((self, scope): Truth => {
    const text = textOf(source.run(self, scope), call.name);
    const part = textOf(argument.run(self, scope), call.name);
    return text === undefined || part === undefined ? undefined : judge(text, part);
  });
}

/** From a text and its arguments to a result; empty when the text or one of the first `needed` arguments is. */
function computed(
  call: Call,
  types: readonly string[],
  compute: (text: string, given: readonly Argument[], scope: Scope) => Collection,
  needed = call.arguments.length,
): Code {
  const { source } = call;
  const given = call.arguments.map((_, index) => call.argument(index));
  return collectionCode(types, (self, scope) => {
    const text = textOf(source.run(self, scope), call.name);
    const values = given.map((argument) => argumentOf(argument.run(self, scope), call.name));
    if (text === undefined || values.slice(0, needed).includes(undefined)) return empty;
    spendText(scope, text.length);
    return compute(text, values, scope);
  });
}

function indexOf(text: string, part: Argument): Collection {
  return integerCollection(text.indexOf(String(part)));
}

function substring(text: string, [start, length]: readonly Argument[]): Collection {
  const from = Number(start);
  if (from < 0 || from >= text.length) return empty;
  return stringCollection(length === undefined ? text.slice(from) : text.slice(from, from + Math.max(Number(length), 0)));
}

/** An empty pattern is found around every character. */
function replace(text: string, [pattern, substitution]: readonly Argument[], scope: Scope): Collection {
  const parts = pattern === '' ? ['', ...text, ''] : text.split(String(pattern));
  return joinTexts(parts, String(substitution), scope);
}

function split(text: string, [separator]: readonly Argument[]): Collection {
  return text.split(String(separator)).map((part) => nodeOf('System.String', part));
}

function join(call: Call): Code {
  const { source } = call;
  const separator = call.arguments.length > 0 ? call.argument(0) : undefined;
  return collectionCode(stringTypes, (self, scope) => {
    const texts = source.run(self, scope).map((node) => String(node.value ?? ''));
    const between = separator === undefined ? '' : textOf(separator.run(self, scope), 'join');
    return joinTexts(texts, between ?? '', scope);
  });
}

/** Alternatives of a pattern that count as one visited element. */
const patternStepsPerElement = 10;

function matches(call: Call, whole: boolean): Code {
  const { source } = call;
  const patternFor = patternArgument(call, (text) => compilePattern(text, whole));
  return truthCode((self, scope) => {
    const text = textOf(source.run(self, scope), call.name);
    const test = patternFor(self, scope);
    if (text === undefined || test === undefined) return undefined;
    return test(text, (steps) => spend(scope.meter, steps / patternStepsPerElement));
  });
}

function replaceMatches(call: Call): Code {
  const { source } = call;
  const patternFor = patternArgument(call, compileReplacement);
  const argument = call.argument(1);
  return collectionCode(stringTypes, (self, scope) => {
    const text = textOf(source.run(self, scope), call.name);
    const replace = patternFor(self, scope);
    const substitution = textOf(argument.run(self, scope), call.name);
    if (text === undefined || replace === undefined || substitution === undefined) return empty;
    spendText(scope, text.length * (substitution.length + 1));
    return stringCollection(replace(text, substitution));
  });
}

/** A pattern that is written out is compiled, and refused, with the expression; one that is computed when it is known. */
function patternArgument<T>(call: Call, compile: (pattern: string) => T): (self: Collection, scope: Scope) => T | undefined {
  const argument = call.argument(0);
  const fixed = argument.constant === undefined ? undefined : textOf(argument.constant, call.name);
  if (fixed !== undefined) {
    const compiled = compile(fixed);
    return () => compiled;
  }
  return (self, scope) => {
    const pattern = textOf(argument.run(self, scope), call.name);
    return pattern === undefined ? undefined : compileComputed(pattern, compile);
  };
}

function compileComputed<T>(pattern: string, compile: (pattern: string) => T): T {
  try {
    return compile(pattern);
  } catch {
    // The reason would show the pattern, which comes from the content.
    throw evaluationError('a computed regular expression is refused');
  }
}
