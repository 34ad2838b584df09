/** FHIRPath, compiled once and run often. http://hl7.org/fhirpath/ and https://hl7.org/fhir/R4/fhirpath.html */
import type { Definitions } from '../definitions/definitions.ts';
import type { JsonObject, JsonValue, Resource } from '../fhir/types.ts';

/** A value with its FHIR type. For a primitive, `sibling` is the object under `_name` (id, extension), and `value` may be undefined then. */
export interface Node {
  /** `Patient`, `HumanName`, `Patient.contact` (backbone), `string`, `boolean`… */
  readonly type: string;
  readonly value: JsonValue | undefined;
  readonly sibling?: JsonObject;
}

export interface Environment {
  /** The resource that holds the focus: `%resource`. */
  readonly resource: Resource;
  /** Its container, for a contained resource; otherwise the same: `%rootResource`. */
  readonly rootResource: Resource;
  /** Answers `resolve()`: the resource a reference names, or at least its type; undefined when unknown. */
  readonly resolve?: (reference: string) => Resource | { readonly resourceType: string } | undefined;
}

export type Expression = (focus: readonly Node[], environment: Environment) => readonly Node[];

/**
 * Compiles an expression for a focus of the given type. Hot expressions (search parameters, base invariants) become plain accessors;
 * what the compiler does not cover is run by the `fhirpath` library. Throws an Error that names the expression when it is neither.
 */
export declare function compileExpression(text: string, focusType: string, definitions: Definitions): Expression;

/**
 * An invariant as a yes or no: true when it holds. An empty result is false, a non-boolean non-empty one true, as the reference validator
 * has it. `undefined`: it could not be evaluated (for instance `memberOf` without the value set).
 */
export declare function compileInvariant(
  text: string,
  focusType: string,
  definitions: Definitions,
): (focus: Node, environment: Environment) => boolean | undefined;
