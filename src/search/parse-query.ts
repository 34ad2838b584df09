/** From query text to criterion, sort, includes and result parameters. https://hl7.org/fhir/R4/search.html */
import type { Definitions } from '../definitions/definitions.ts';
import type { Criterion, SortKey } from './criterion.ts';

export type QueryParameter = readonly [name: string, value: string];

export interface QuerySettings {
  readonly definitions: Definitions;
  readonly baseUrl: string;
  readonly timeZone: string;
  /** Milliseconds since 1970, for `ap`. */
  readonly now: number;
  /** `Prefer: handling=strict`: an unknown parameter is an error. */
  readonly strict: boolean;
  /** The caller's border of a type, put inside every chain and `_has`; throws `forbidden`. */
  readonly border: (type: string) => Criterion;
}

export interface Include {
  readonly reverse: boolean;
  readonly iterate: boolean;
  /** The type that holds the reference. */
  readonly source: string;
  /** A reference parameter, or `*`. */
  readonly parameter: string;
  readonly target?: string;
}

export interface ParsedQuery {
  readonly types: readonly string[];
  /** What the client asks; the caller's border is inside its chains, not yet around it. */
  readonly criterion: Criterion;
  readonly sort: readonly SortKey[];
  readonly count: number;
  readonly total: 'none' | 'estimate' | 'accurate';
  readonly summary: 'true' | 'text' | 'data' | 'count' | 'false';
  readonly elements: readonly string[];
  readonly includes: readonly Include[];
  /** The parameters that were understood, for the self link. */
  readonly applied: readonly QueryParameter[];
  /** Unknown parameters, left out under lenient handling, each with a sentence for the answer. */
  readonly ignored: readonly { readonly parameter: QueryParameter; readonly text: string }[];
  /** The sealed cursor of a paging link, when there is one. */
  readonly cursor?: string;
}

export declare function parseQuery(types: readonly string[], query: readonly QueryParameter[], settings: QuerySettings): ParsedQuery;
