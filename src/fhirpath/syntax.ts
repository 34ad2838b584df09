/** The syntax tree of FHIRPath. http://hl7.org/fhirpath/N1/grammar.html */
import type { JsonValue } from '../fhir/types.ts';

export interface Literal {
  readonly kind: 'literal';
  /** `System.String`, `System.Quantity`… */
  readonly type: string;
  readonly value: JsonValue;
  /** The text of a decimal: `1.00`. */
  readonly digits?: string;
}

export interface Member {
  readonly kind: 'member';
  /** Absent at the head of a path: the focus itself. */
  readonly source?: Syntax;
  readonly name: string;
}

export interface Call {
  readonly kind: 'call';
  readonly source?: Syntax;
  readonly name: string;
  readonly arguments: readonly Syntax[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Syntax;
  readonly right: Syntax;
}

/** `is` and `as`. */
export interface TypeOperation {
  readonly kind: 'type';
  readonly operator: 'is' | 'as';
  readonly operand: Syntax;
  /** `Patient`, `FHIR.Patient`, `System.String`. */
  readonly type: string;
}

export type Syntax =
  | Literal
  | Member
  | Call
  | Binary
  | TypeOperation
  | { readonly kind: 'empty' }
  | { readonly kind: 'variable'; readonly name: '$this' | '$index' | '$total' }
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'indexer'; readonly source: Syntax; readonly index: Syntax }
  | { readonly kind: 'unary'; readonly operator: '+' | '-'; readonly operand: Syntax };

/** A type specifier where the grammar has an expression: `ofType(FHIR.Patient)`. Undefined when it is none. */
export function typeSpecifier(syntax: Syntax | undefined): string | undefined {
  if (syntax?.kind !== 'member') return undefined;
  if (syntax.source === undefined) return syntax.name;
  const source = typeSpecifier(syntax.source);
  return source === undefined ? undefined : `${source}.${syntax.name}`;
}

/** The words for durations: `4 days`. http://hl7.org/fhirpath/N1/#time-valued-quantities */
export function isCalendarUnit(word: string): boolean {
  return /^(?:year|month|week|day|hour|minute|second|millisecond)s?$/.test(word);
}
