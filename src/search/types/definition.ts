/** What a search parameter type is: how values become index entries, and how query text becomes a criterion. */
import type { Definitions, SearchParameter, SearchParameterType } from '../../definitions/definitions.ts';
import type { TimeZone } from '../../fhir/date.ts';
import { type FhirError, invalidValue } from '../../fhir/outcome.ts';
import type { Node } from '../../fhirpath/node.ts';
import type { Criterion, RangeComparison, Test } from '../criterion.ts';
import { unescapeValue } from '../escape.ts';
import type { IndexEntry } from '../index-entry.ts';
import type { QuerySettings } from '../query.ts';

/** Where the entries of one value go. */
export interface IndexPlace {
  readonly parameter: string;
  readonly element: number;
  readonly baseUrl: string;
  readonly timeZone: TimeZone;
  readonly definitions: Definitions;
  /** Of a composite: what each component finds in the value. */
  readonly components?: readonly ComponentIndex[];
}

export interface ComponentIndex {
  readonly definition: SearchTypeDefinition;
  evaluate(node: Node): readonly Node[];
}

/** One value of one parameter, as asked. */
export interface ValueRequest {
  /** The resource type that the parameter is asked of. */
  readonly type: string;
  readonly parameter: SearchParameter;
  /** The parameter of the index entries: its code, or `<code>$1` for a composite's component. */
  readonly key: string;
  readonly modifier?: string;
  /** One alternative, its escapes still in place; never empty. */
  readonly value: string;
  readonly settings: QuerySettings;
}

export interface SearchTypeDefinition {
  readonly code: SearchParameterType;
  /** Those read by `parse`, and `missing`, which needs no parsing. `[type]` stands for the name of a resource type. */
  readonly modifiers: readonly string[];
  readonly prefixes: readonly RangeComparison[];
  /** Keys derived from the parameter's code under which a value may have entries although it has none under the code itself: for `missing`. */
  readonly derived?: readonly string[];
  /** The entries of one value. A value of a type the parameter type does not know has none. */
  index(node: Node, place: IndexPlace): readonly IndexEntry[];
  /** Throws FhirError `invalidValue` for a value that can't be read. A `not` before the modifier's name is taken off by the caller. */
  parse(request: ValueRequest): Criterion;
}

/** A refusal of the value: names the parameter, never the value, which may be personal data. */
export function refuse(request: ValueRequest, sentence: string): FhirError {
  const code = request.parameter.code;
  return invalidValue(`Search parameter '${code}': ${sentence}`, `http.${code}`);
}

/** The literal text of a part of the value. */
export function literal(request: ValueRequest, part: string): string {
  const text = unescapeValue(part);
  if (text === undefined)
    throw refuse(request, "a '\\' may only stand before '\\', ',', '|' or '$'; write '\\\\' for the character itself.");
  return text;
}

/** The criterion that some entry of the request's parameter passes the test; `derived` is put behind the parameter's key. */
export function has(request: ValueRequest, test: Test, derived = ''): Criterion {
  return { kind: 'has', parameter: `${request.key}${derived}`, test };
}
