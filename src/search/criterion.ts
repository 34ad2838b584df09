/** What a search asks, free of FHIR's search types: stores translate these and nothing else. `match.ts` says what each means. */

/**
 * The prefixes of https://hl7.org/fhir/R4/search.html#prefix as comparisons of a stored range with the asked one; `co`, which only `_filter`
 * has, says that the stored one contains it.
 */
export type RangeComparison = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap' | 'co';

/** One test of one index entry. */
export type Test =
  /** Absent: any. '' : the entry has none (`|code`). */
  | { readonly shape: 'token'; readonly system?: string; readonly code?: string }
  /** `exact` compares the text as sent, all others folded values; `whole` is equality of those. */
  | { readonly shape: 'string'; readonly match: 'prefix' | 'contains' | 'suffix' | 'whole' | 'exact'; readonly value: string }
  | {
      readonly shape: 'range';
      readonly comparison: RangeComparison;
      readonly low: number;
      readonly high: number;
      /** Must equal the entry's; '' asks for any unit. */
      readonly unit: string;
    }
  | { readonly shape: 'reference'; readonly target: string }
  /** `below`: entries that extend the value by whole path segments, and itself; `above`: entries that the value extends, and itself. */
  | { readonly shape: 'uri'; readonly match: 'exact' | 'below' | 'above'; readonly value: string }
  /** A folded word that the text has, or that one of its words starts with. */
  | { readonly shape: 'words'; readonly match: 'word' | 'start'; readonly value: string }
  /** All parts hold of entries `<parameter>$1`, `$2`… that share one element. */
  | {
      readonly shape: 'tuple';
      readonly parts: readonly PartTest[];
      /** The low ends of the parts, all of them ranges, are besides a point in space no farther than this from `center`. */
      readonly within?: Sphere;
    };

/** What may be a part of a tuple. */
export type PartTest = Exclude<Test, { shape: 'tuple' | 'words' }>;

/** As many coordinates as the tuple has parts. */
export interface Sphere {
  readonly center: readonly number[];
  readonly radius: number;
}

export type RangeTest = Test & { readonly shape: 'range' };

export type Criterion =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly Criterion[] }
  | { readonly kind: 'or'; readonly of: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  /** The resource is of one of the types. */
  | { readonly kind: 'type'; readonly types: readonly string[] }
  /** The resource has one of the ids. */
  | { readonly kind: 'id'; readonly ids: readonly string[] }
  /** Compares `meta.lastUpdated` (a point, in milliseconds). */
  | { readonly kind: 'last-updated'; readonly comparison: RangeComparison; readonly low: number; readonly high: number }
  /**
   * This version belongs to the patient compartment of `member` (`Patient/A`, or `nobodysCompartment`), by
   * `conformance/compartments/patient-access.json`.
   */
  | { readonly kind: 'compartment'; readonly member: string }
  /** Some entry of the parameter passes the test; without a test: there is some entry (`:missing=false`). */
  | { readonly kind: 'has'; readonly parameter: string; readonly test?: Test }
  /** Some entry of the reference parameter names a current resource, of one of the types, that meets `target`. */
  | { readonly kind: 'chain'; readonly parameter: string; readonly types: readonly string[]; readonly target: Criterion }
  /** Some current resource of `type` that meets `source` names this one in its reference parameter (`_has`). */
  | { readonly kind: 'reverse-chain'; readonly type: string; readonly parameter: string; readonly source: Criterion };

/**
 * The compartment of what names no subject, for the types whose rule is `subject-or-none` (a Device that is a catalogue entry). A member
 * and not the absence of entries, so that it is known of every version, old and deleted ones too.
 */
export const nobodysCompartment = 'nobody';

export const all: Criterion = { kind: 'all' };
export const none: Criterion = { kind: 'none' };

/** The conjunction, flattened; `none` swallows, `all` vanishes. */
export function and(...criteria: readonly Criterion[]): Criterion {
  const parts = criteria.flatMap((part) => (part.kind === 'and' ? part.of : [part])).filter((part) => part.kind !== 'all');
  if (parts.some((part) => part.kind === 'none')) return none;
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : parts.length === 0 ? all : { kind: 'and', of: parts };
}

/** The disjunction, flattened; `all` swallows, `none` vanishes. */
export function or(...criteria: readonly Criterion[]): Criterion {
  const parts = criteria.flatMap((part) => (part.kind === 'or' ? part.of : [part])).filter((part) => part.kind !== 'none');
  if (parts.some((part) => part.kind === 'all')) return all;
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : parts.length === 0 ? none : { kind: 'or', of: parts };
}

export function not(criterion: Criterion): Criterion {
  if (criterion.kind === 'all') return none;
  if (criterion.kind === 'none') return all;
  return criterion.kind === 'not' ? criterion.of : { kind: 'not', of: criterion };
}

/** The criterion as resources of one type meet it: conditions on the type are decided, so that what can't hold falls away. Chains stay as they are. */
export function forType(criterion: Criterion, type: string): Criterion {
  switch (criterion.kind) {
    case 'type':
      return criterion.types.includes(type) ? all : none;
    case 'and':
      return and(...criterion.of.map((part) => forType(part, type)));
    case 'or':
      return or(...criterion.of.map((part) => forType(part, type)));
    case 'not':
      return not(forType(criterion.of, type));
    default:
      return criterion;
  }
}

declare const authorizedBrand: unique symbol;

/** A criterion that carries the caller's border. Only `access/narrow.ts` makes one, so that no path reaches the store without it. */
export type Authorized<T> = T & { readonly [authorizedBrand]: true };

export interface SortKey {
  /**
   * A search parameter's code, or `_id`, or `_lastUpdated`. Resources without a value come last in both directions; of several values
   * ascending takes the smallest, descending the largest. `search/order.ts` says what each shape sorts by.
   */
  readonly parameter: string;
  readonly shape: 'token' | 'string' | 'range' | 'reference' | 'uri';
  readonly descending: boolean;
}
