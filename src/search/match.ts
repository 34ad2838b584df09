/**
 * What each criterion means, evaluated in memory. It is the memory store's search, the check on a version's own entries, and the oracle
 * that the other stores are compared with.
 */
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { Criterion, RangeComparison, Sphere, Test } from './criterion.ts';
import type { IndexEntry } from './index-entry.ts';

/** One version of a resource, as a criterion sees it. */
export interface Candidate {
  readonly key: ResourceKey;
  /** Milliseconds since 1970. */
  readonly lastUpdated: number;
  readonly entries: readonly IndexEntry[];
  readonly compartments: readonly string[];
  readonly deleted: boolean;
}

/** How chains reach other resources. */
export interface Lookup {
  /** The current version, a deleted one as deleted. */
  current(key: ResourceKey): Candidate | undefined;
  /** The current versions of `type` that name `target` (`Type/id`) in the reference parameter. */
  referrers(type: string, parameter: string, target: string): Iterable<Candidate>;
}

/** Whether the version meets the criterion. Whether a deleted one may appear at all is the caller's decision. */
export function matches(criterion: Criterion, candidate: Candidate, lookup: Lookup): boolean {
  switch (criterion.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'and':
      return criterion.of.every((part) => matches(part, candidate, lookup));
    case 'or':
      return criterion.of.some((part) => matches(part, candidate, lookup));
    case 'not':
      return !matches(criterion.of, candidate, lookup);
    case 'type':
      return criterion.types.includes(candidate.key.type);
    case 'id':
      return criterion.ids.includes(candidate.key.id);
    case 'last-updated':
      return compareRanges(criterion.comparison, candidate.lastUpdated, candidate.lastUpdated, criterion.low, criterion.high);
    case 'compartment':
      return candidate.compartments.includes(criterion.member);
    case 'has':
      return hasEntry(candidate.entries, criterion.parameter, criterion.test);
    case 'chain':
      return chainHolds(criterion, candidate, lookup);
    case 'reverse-chain':
      return reverseChainHolds(criterion, candidate, lookup);
  }
}

/**
 * The prefixes of https://hl7.org/fhir/R4/search.html#prefix, on ranges with both ends included: eq says that the asked range contains the
 * stored one, gt and lt that the stored one reaches beyond it, sa and eb that it lies wholly beyond it, ap that they overlap,
 * co that the stored one contains the asked.
 */
export function compareRanges(
  comparison: RangeComparison,
  storedLow: number,
  storedHigh: number,
  askedLow: number,
  askedHigh: number,
): boolean {
  const contained = storedLow >= askedLow && storedHigh <= askedHigh;
  switch (comparison) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return storedHigh > askedHigh;
    case 'lt':
      return storedLow < askedLow;
    case 'ge':
      return contained || storedHigh > askedHigh;
    case 'le':
      return contained || storedLow < askedLow;
    case 'sa':
      return storedLow > askedHigh;
    case 'eb':
      return storedHigh < askedLow;
    case 'ap':
      return storedLow <= askedHigh && storedHigh >= askedLow;
    case 'co':
      return storedLow <= askedLow && storedHigh >= askedHigh;
  }
}

/** Whether `longer` is `shorter`, or goes on behind it at a path segment's border. */
export function extendsPath(longer: string, shorter: string): boolean {
  return longer === shorter || longer.startsWith(shorter.endsWith('/') ? shorter : `${shorter}/`);
}

function hasEntry(entries: readonly IndexEntry[], parameter: string, test: Test | undefined): boolean {
  if (test?.shape !== 'tuple') return entries.some((entry) => entry.parameter === parameter && passes(entry, test));
  const elements = new Set(entries.map((entry) => entry.element));
  return [...elements].some((element) => {
    const passing = test.parts.map((part, index) => {
      const component = `${parameter}$${index + 1}`;
      return entries.filter((entry) => entry.element === element && entry.parameter === component && passes(entry, part));
    });
    if (passing.some((found) => found.length === 0)) return false;
    return test.within === undefined || isWithin(passing, test.within);
  });
}

/** Whether some choice of one entry for each coordinate lies in the sphere. */
function isWithin(coordinates: readonly (readonly IndexEntry[])[], { center, radius }: Sphere): boolean {
  const distances = coordinates.reduce<readonly number[]>(
    (sums, entries, axis) =>
      sums.flatMap((sum) =>
        entries.flatMap((entry) => {
          const difference = entry.shape === 'range' ? entry.low - (center[axis] ?? 0) : Number.POSITIVE_INFINITY;
          return sum + difference * difference;
        }),
      ),
    [0],
  );
  return distances.some((distance) => distance <= radius * radius);
}

function passes(entry: IndexEntry, test: Exclude<Test, { shape: 'tuple' }> | undefined): boolean {
  switch (test?.shape) {
    case undefined:
      return true;
    case 'token':
      return (
        entry.shape === 'token' && [entry.system, undefined].includes(test.system) && [entry.code, undefined].includes(test.code)
      );
    case 'string':
      return entry.shape === 'string' && stringPasses(entry, test);
    case 'range':
      return (
        entry.shape === 'range' &&
        entry.unit === test.unit &&
        compareRanges(test.comparison, entry.low, entry.high, test.low, test.high)
      );
    case 'reference':
      return entry.shape === 'reference' && entry.target === test.target;
    case 'uri':
      return entry.shape === 'uri' && uriPasses(entry.value, test);
    case 'words':
      return entry.shape === 'words' && entry.words.includes(test.match === 'word' ? ` ${test.value} ` : ` ${test.value}`);
  }
}

function stringPasses(entry: { readonly value: string; readonly exact: string }, test: Test & { shape: 'string' }): boolean {
  switch (test.match) {
    case 'exact':
      return entry.exact === test.value;
    case 'whole':
      return entry.value === test.value;
    case 'prefix':
      return entry.value.startsWith(test.value);
    case 'suffix':
      return entry.value.endsWith(test.value);
    case 'contains':
      return entry.value.includes(test.value);
  }
}

function uriPasses(value: string, test: Test & { shape: 'uri' }): boolean {
  if (test.match === 'exact') return value === test.value;
  return test.match === 'below' ? extendsPath(value, test.value) : extendsPath(test.value, value);
}

function chainHolds(criterion: Criterion & { kind: 'chain' }, candidate: Candidate, lookup: Lookup): boolean {
  return candidate.entries.some((entry) => {
    if (entry.shape !== 'reference' || entry.parameter !== criterion.parameter) return false;
    const type = criterion.types.find((name) => entry.target.startsWith(`${name}/`));
    if (type === undefined) return false;
    const target = lookup.current({ type, id: entry.target.slice(type.length + 1) });
    return target !== undefined && !target.deleted && matches(criterion.target, target, lookup);
  });
}

function reverseChainHolds(criterion: Criterion & { kind: 'reverse-chain' }, candidate: Candidate, lookup: Lookup): boolean {
  for (const source of lookup.referrers(criterion.type, criterion.parameter, formatKey(candidate.key))) {
    if (!source.deleted && matches(criterion.source, source, lookup)) return true;
  }
  return false;
}
