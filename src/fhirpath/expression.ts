/** FHIRPath, compiled once and run often. http://hl7.org/fhirpath/ and https://hl7.org/fhir/R4/fhirpath.html */
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { type Code, newMeter, type Scope } from './code.ts';
import { compileSyntax, type Focus, functionNames } from './compile.ts';
import { functionNamed } from './functions.ts';
import { isLibraryFunction, libraryCode } from './library.ts';
import { type Collection, type Environment, type Expression, empty, evaluationErrorName, type Node, nodeOf } from './node.ts';
import { parseExpression } from './parse.ts';

/**
 * Compiles an expression for a focus of the given type. What the compiler covers becomes plain accessors, typed by the definitions; an
 * expression with a function that it does not cover is run by the `fhirpath` library. The nodes found are of FHIR types: a computed
 * value has the primitive type that fits it.
 *
 * Throws an Error that names the expression when it cannot be right: its syntax, a type or function that nobody knows, an element that no
 * type at its place has (`Patient.nmae`), a regular expression that may run too long. Running it throws an Error named EvaluationError
 * when the content does not fit: several items where one is needed, operands that do not compare.
 */
export function compileExpression(text: string, focusType: string, definitions: Definitions): Expression {
  const code = compileText(text, { type: focusType, definitions, strict: true });
  return (focus, environment) => fhirTyped(code.run(focus, scopeOf(focus, environment)));
}

/**
 * The last step of a path that ends in an element's name: what leads to the elements that have it, and the name. Undefined for an expression that
 * ends otherwise (`Patient.name.first()`). Throws as `compileExpression` does.
 */
export function splitPath(
  text: string,
  focusType: string,
  definitions: Definitions,
): { readonly holder: Expression; readonly name: string } | undefined {
  compileExpression(text, focusType, definitions);
  const syntax = parseExpression(text);
  if (syntax.kind !== 'member') return undefined;
  const { source, name } = syntax;
  if (source === undefined) return definitions.type(name) === undefined ? { holder: (focus) => focus, name } : undefined;
  const code = compileSyntax(source, { type: focusType, definitions, strict: true });
  return { holder: (focus, environment) => code.run(focus, scopeOf(focus, environment)), name };
}

export type Holds = (focus: Node, environment: Environment) => boolean | undefined;

/**
 * An invariant as a yes or no: true when it holds. An empty result is false, a non-boolean non-empty one true, as the reference validator
 * has it. `undefined`: it could not be evaluated (for instance `memberOf` without the value set). Throws as `compileExpression` does, but
 * takes an element that its focus does not have as empty: R4's own invariants on choices have such (ras-1 on a decimal).
 */
export function compileInvariant(text: string, focusType: string, definitions: Definitions): Holds {
  const code = compileText(text, { type: focusType, definitions, strict: false });
  const holds = isBoolean(code) ? (self: Collection, scope: Scope) => code.test(self, scope) === true : holdsAny(code);
  return (focus, environment) => {
    const { effort } = environment;
    if (effort !== undefined && effort.steps < 0) return undefined;
    const self = [focus];
    const scope = scopeOf(self, environment);
    try {
      return holds(self, scope);
    } catch (error) {
      if (error instanceof Error && error.name === evaluationErrorName) return undefined;
      throw error;
    } finally {
      if (effort !== undefined) effort.steps -= limits.expressionStepsMax - scope.meter.steps;
    }
  };
}

/** Whether evaluating an expression is bounded: not so with a function that only the library has, which counts no steps. Throws for bad syntax. */
export function isBounded(text: string): boolean {
  return !functionNames(parseExpression(text)).some(isLibraryFunction);
}

function isBoolean({ types }: Code): boolean {
  return types?.every((type) => type === 'System.Boolean') ?? false;
}

/** Everything but nothing and a lone false holds. */
function holdsAny(code: Code): (self: Collection, scope: Scope) => boolean {
  return (self, scope) => {
    const found = code.run(self, scope);
    return found.length > 1 || (found.length === 1 && found[0]?.value !== false);
  };
}

function compileText(text: string, focus: Focus): Code {
  try {
    const syntax = parseExpression(text);
    const names = functionNames(syntax);
    return names.some(isLibraryFunction) ? delegated(text, names, focus.type) : compileSyntax(syntax, focus);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The FHIRPath expression ${JSON.stringify(text)} cannot be compiled: ${reason}.`, { cause: error });
  }
}

/** An expression goes to the library as a whole, so the library must know all of it. */
function delegated(text: string, names: readonly string[], focusType: string): Code {
  const unknown = names.find((name) => functionNamed(name) === undefined && !isLibraryFunction(name));
  if (unknown !== undefined) throw new Error(`${unknown}() is not known`);
  const [own] = names.filter((name) => ownFunctions.has(name));
  const [other] = names.filter(isLibraryFunction);
  if (own !== undefined) throw new Error(`${own}() cannot be used together with ${other}()`);
  return libraryCode(text, focusType);
}

/** Functions that the library does not have, would answer from the network, or would run without a bound. */
const ownFunctions = new Set([
  ...['memberOf', 'conformsTo', 'hasExtension', 'precision'],
  ...['repeat', 'matches', 'matchesFull', 'replaceMatches'],
]);

function scopeOf(context: Collection, environment: Environment): Scope {
  return { environment, context, index: 0, total: empty, meter: newMeter() };
}

const systemPrefix = 'System.';

function fhirTyped(collection: Collection): Collection {
  return collection.some((node) => node.type.startsWith(systemPrefix)) ? collection.map(fhirNode) : collection;
}

function fhirNode(node: Node): Node {
  if (!node.type.startsWith(systemPrefix)) return node;
  const name = node.type.slice(systemPrefix.length);
  const type = name === 'Quantity' ? name : `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return nodeOf(type, node.value, node.sibling, node.digits);
}
