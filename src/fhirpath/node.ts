/** What FHIRPath works on: collections of typed nodes over plain JSON. https://hl7.org/fhir/R4/fhirpath.html */
import type { JsonObject, JsonValue, Resource } from '../fhir/types.ts';

/**
 * A value with its FHIR type. For a primitive, `sibling` is the object under `_name` (id, extension), and `value` may be undefined then.
 * `digits` is the text of a decimal as sent: `1.00`.
 */
export interface Node {
  /** `Patient`, `HumanName`, `Patient.contact` (backbone), `string`, `boolean`… Inside the compiler also `System.String` and the like. */
  readonly type: string;
  readonly value: JsonValue | undefined;
  readonly sibling?: JsonObject | undefined;
  readonly digits?: string | undefined;
}

export type Collection = readonly Node[];

export interface Environment {
  /** The resource that holds the focus: `%resource`. */
  readonly resource: Resource;
  /** Its container, for a contained resource; otherwise the same: `%rootResource`. */
  readonly rootResource: Resource;
  /**
   * Answers `resolve()`: the resource a reference names, or at least its type; undefined when unknown. When left out, a reference is known
   * by its own text: a contained resource of `rootResource`, or the type in `Patient/123`.
   */
  readonly resolve?: (reference: string) => Resource | { readonly resourceType: string } | undefined;
  /** The moment of `now()` and, by its date, `today()`, as a FHIR instant with its offset. When left out, the system's clock in UTC. */
  readonly now?: string;
  /** What all invariants evaluated with it may still visit together, which is counted down; once it is used up they are not evaluated. */
  readonly effort?: { steps: number };
}

/** The moment that `now()` and its like tell. */
export function nowOf(environment: Environment | undefined): string {
  return environment?.now ?? new Date().toISOString();
}

export type Expression = (focus: Collection, environment: Environment) => Collection;

export const empty: Collection = [];

const trueCollection: Collection = [{ type: 'System.Boolean', value: true, sibling: undefined, digits: undefined }];
const falseCollection: Collection = [{ type: 'System.Boolean', value: false, sibling: undefined, digits: undefined }];

/** A three-valued truth as a collection. */
export function truthCollection(value: boolean | undefined): Collection {
  if (value === undefined) return empty;
  return value ? trueCollection : falseCollection;
}

export function nodeOf(type: string, value: JsonValue | undefined, sibling?: JsonObject, digits?: string): Node {
  return { type, value, sibling, digits };
}

export function stringCollection(value: string): Collection {
  return [nodeOf('System.String', value)];
}

export function integerCollection(value: number): Collection {
  return [nodeOf('System.Integer', value)];
}

/**
 * The error of an expression that cannot be evaluated on this content: several items where one is needed, operands that do not fit.
 * Told apart by its name; `compileInvariant` answers `undefined` then.
 */
export function evaluationError(text: string): Error {
  const error = new Error(text);
  error.name = evaluationErrorName;
  return error;
}

export const evaluationErrorName = 'EvaluationError';
