/** FHIRPath, compiled once and run often. http://hl7.org/fhirpath/ and https://hl7.org/fhir/R4/fhirpath.html */
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import type { Code, Scope } from './code.ts';
import { compileSyntax, uncompiledFunction } from './compile.ts';
import { libraryExpression } from './library.ts';
import { type Collection, type Environment, type Expression, empty, evaluationErrorName, type Node, nodeOf } from './node.ts';
import { parseExpression } from './parse.ts';

export type { Environment, Expression, Node } from './node.ts';

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
  return named(text, () => {
    const syntax = parseExpression(text);
    const run =
      uncompiledFunction(syntax) === undefined
        ? compiledRun(compileSyntax(syntax, { type: focusType, definitions, strict: true }))
        : libraryExpression(text, focusType);
    return (focus, environment) => fhirTyped(run(focus, environment));
  });
}

/**
 * An invariant as a yes or no: true when it holds. An empty result is false, a non-boolean non-empty one true, as the reference validator
 * has it. `undefined`: it could not be evaluated (for instance `memberOf` without the value set). Throws as `compileExpression` does, but
 * takes an element that its focus does not have as empty: R4's own invariants on choices have such (ras-1 on a decimal).
 */
export function compileInvariant(
  text: string,
  focusType: string,
  definitions: Definitions,
): (focus: Node, environment: Environment) => boolean | undefined {
  return named(text, () => {
    const syntax = parseExpression(text);
    const test =
      uncompiledFunction(syntax) === undefined
        ? compiledTest(compileSyntax(syntax, { type: focusType, definitions, strict: false }))
        : libraryTest(text, focusType);
    return (focus, environment) => {
      try {
        return test([focus], environment);
      } catch (error) {
        if (error instanceof Error && error.name === evaluationErrorName) return undefined;
        throw error;
      }
    };
  });
}

function compiledRun(code: Code): Expression {
  return (focus, environment) => code.run(focus, scopeOf(focus, environment));
}

type Test = (focus: Collection, environment: Environment) => boolean;

function compiledTest(code: Code): Test {
  return (focus, environment) => code.test(focus, scopeOf(focus, environment)) === true;
}

function libraryTest(text: string, focusType: string): Test {
  const run = libraryExpression(text, focusType);
  return (focus, environment) => {
    const found = run(focus, environment);
    return found.length > 0 && found[0]?.value !== false;
  };
}

function scopeOf(context: Collection, environment: Environment): Scope {
  return { environment, context, index: 0, total: empty, budget: { steps: limits.expressionStepsMax } };
}

function named<T>(text: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The FHIRPath expression ${JSON.stringify(text)} cannot be compiled: ${reason}.`, { cause: error });
  }
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
