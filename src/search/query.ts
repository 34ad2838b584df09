/** A search as it is asked and as it is understood. https://hl7.org/fhir/R4/search.html */
import type { Definitions } from '../definitions/definitions.ts';
import type { TimeZone } from '../fhir/date.ts';
import type { Criterion, SortKey } from './criterion.ts';

export type QueryParameter = readonly [name: string, value: string];

export interface QuerySettings {
  readonly definitions: Definitions;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Of dates and times asked without a zone. */
  readonly timeZone: TimeZone;
  /** Milliseconds since 1970, for `ap`. */
  readonly now: number;
  /** `Prefer: handling=strict`: an unknown parameter is an error. */
  readonly strict: boolean;
  /** A codice fiscale is asked for as it is written, without its variants: what a condition of a write may act on. */
  readonly exactIdentifiers?: boolean;
  /** The caller's border of a type, put inside every chain and `_has`; throws `forbidden`. */
  readonly border: (type: string) => Criterion;
}

export interface Include {
  readonly reverse: boolean;
  readonly iterate: boolean;
  /** The type that holds the reference, or `*`. */
  readonly source: string;
  /** A reference parameter, or `*`. */
  readonly parameter: string;
  readonly target?: string;
}

export type Total = 'none' | 'estimate' | 'accurate';
export type Summary = 'true' | 'text' | 'data' | 'count' | 'false';

export interface ParsedQuery {
  readonly types: readonly string[];
  /** What the client asks; the caller's border is inside its chains, not yet around it. */
  readonly criterion: Criterion;
  readonly sort: readonly SortKey[];
  /** Matches on a page; 0 asks for the total alone. */
  readonly count: number;
  readonly total: Total;
  readonly summary: Summary;
  /** Elements asked for, without type: `name`, `value`. Empty: all. */
  readonly elements: readonly string[];
  readonly includes: readonly Include[];
  /** The plan of the search is asked for in place of its result. */
  readonly explain: boolean;
  /** The parameters that were understood, for the self link. */
  readonly applied: readonly QueryParameter[];
  /** Parameters left out (unknown ones under lenient handling, and empty ones), each with a sentence for the answer. */
  readonly ignored: readonly { readonly parameter: QueryParameter; readonly text: string }[];
}
