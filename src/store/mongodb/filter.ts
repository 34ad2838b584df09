/** From a criterion without chains to a MongoDB filter on one type's documents. Values stay values: none becomes an operator or a path. */
import type { Document } from 'mongodb';
import type { Criterion, RangeComparison, Sphere, Test } from '../../search/criterion.ts';
import { afterPrefix, codeKey, exactKey, foldedKey, rangeKey, referenceKey, systemPrefix, tokenKey, uriKey } from './keys.ts';

/** A criterion whose chains have been followed: `chains.ts` makes it. */
export type Resolved =
  | Exclude<Criterion, { kind: 'and' | 'or' | 'not' | 'chain' | 'reverse-chain' }>
  | { readonly kind: 'and' | 'or'; readonly of: readonly Resolved[] }
  | { readonly kind: 'not'; readonly of: Resolved }
  /** The reference parameter names one of the targets (`Type/id`). */
  | { readonly kind: 'names'; readonly parameter: string; readonly targets: readonly string[] }
  /** The resource is one of these (`Type/id`). */
  | { readonly kind: 'named'; readonly keys: readonly string[] };

/** `true` and `false`: every document, no document. */
export type Filter = Document | boolean;

/** Where a document keeps its logical id: `_id` in a type's collection, `_id.id` in the history. */
export type IdPath = '_id' | '_id.id';

export function filterOf(criterion: Resolved, type: string, idPath: IdPath): Filter {
  switch (criterion.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'and':
      return allOf(criterion.of.map((part) => filterOf(part, type, idPath)));
    case 'or':
      return anyOf(criterion.of.map((part) => filterOf(part, type, idPath)));
    case 'not':
      return noneOf(filterOf(criterion.of, type, idPath));
    case 'type':
      return criterion.types.includes(type);
    case 'id':
      return { [idPath]: { $in: criterion.ids } };
    case 'named':
      return {
        [idPath]: { $in: criterion.keys.flatMap((key) => (key.startsWith(`${type}/`) ? [key.slice(type.length + 1)] : [])) },
      };
    case 'names':
      return { t: { $in: criterion.targets.map((target) => referenceKey(criterion.parameter, target)) } };
    case 'compartment':
      return { c: { $eq: criterion.member } };
    case 'last-updated':
      return lastUpdatedFilter(criterion.comparison, criterion.low, criterion.high);
    case 'has':
      return criterion.test === undefined ? { p: { $eq: criterion.parameter } } : testFilter(criterion.parameter, criterion.test);
  }
}

export function allOf(parts: readonly Filter[]): Filter {
  if (parts.includes(false)) return false;
  return join('$and', parts) ?? true;
}

function anyOf(parts: readonly Filter[]): Filter {
  if (parts.includes(true)) return true;
  return join('$or', parts) ?? false;
}

function noneOf(part: Filter): Filter {
  return typeof part === 'boolean' ? !part : { $nor: [part] };
}

function join(operator: '$and' | '$or', parts: readonly Filter[]): Document | undefined {
  const filters = parts.filter((part): part is Document => typeof part !== 'boolean');
  return filters.length > 1 ? { [operator]: filters } : filters[0];
}

function testFilter(parameter: string, test: Test): Document {
  switch (test.shape) {
    case 'token':
      return tokenFilter(parameter, test);
    case 'string':
      return stringFilter(parameter, test);
    case 'range':
      return { r: { $elemMatch: { k: { $eq: rangeKey(parameter, test.unit) }, ...rangeFilter(test, 'lo', 'hi') } } };
    case 'reference':
      return { t: { $eq: referenceKey(parameter, test.target) } };
    case 'uri':
      return uriFilter(parameter, test);
    case 'words':
      return test.match === 'word'
        ? { w: { $eq: foldedKey(parameter, test.value) } }
        : startsWith(foldedKey(parameter, test.value), {}, 'w');
    case 'tuple':
      return tupleFilter(parameter, test);
  }
}

function tokenFilter(parameter: string, { system, code }: Test & { shape: 'token' }): Document {
  if (code !== undefined) {
    return { t: { $eq: system === undefined ? codeKey(parameter, code) : tokenKey(parameter, system, code) } };
  }
  return startsWith(system === undefined ? codeKey(parameter, '') : systemPrefix(parameter, system));
}

function stringFilter(parameter: string, test: Test & { shape: 'string' }): Document {
  switch (test.match) {
    case 'exact':
      return { t: { $eq: exactKey(parameter, test.value) } };
    case 'whole':
      return { t: { $eq: foldedKey(parameter, test.value) } };
    case 'prefix':
      return startsWith(foldedKey(parameter, test.value));
    case 'suffix':
    case 'contains': {
      const start = foldedKey(parameter, '');
      const end = test.match === 'suffix' ? '$' : '';
      return startsWith(start, { $regex: `^${literal(start)}[\\s\\S]*${literal(test.value)}${end}` });
    }
  }
}

function uriFilter(parameter: string, { match, value }: Test & { shape: 'uri' }): Document {
  switch (match) {
    case 'exact':
      return { t: { $eq: uriKey(parameter, value) } };
    case 'below': {
      const below = startsWith(uriKey(parameter, value.endsWith('/') ? value : `${value}/`));
      return { $or: [{ t: { $eq: uriKey(parameter, value) } }, below] };
    }
    case 'above':
      return { t: { $in: [...pathPrefixes(value)].map((prefix) => uriKey(parameter, prefix)) } };
  }
}

/** The value and everything it extends by whole path segments: `a/b` extends `a` and `a/`. */
function pathPrefixes(value: string): ReadonlySet<string> {
  const prefixes = new Set([value]);
  for (let at = value.indexOf('/'); at >= 0; at = value.indexOf('/', at + 1)) {
    prefixes.add(value.slice(0, at)).add(value.slice(0, at + 1));
  }
  return prefixes;
}

/** The element decides; the same parts asked of the whole document let the indexes on `t` and `r` find it. */
function tupleFilter(parameter: string, { parts, within }: Test & { shape: 'tuple' }): Document {
  const filters = parts.map((part, index) => testFilter(`${parameter}$${index + 1}`, part));
  const sphere = within === undefined ? [] : [{ $expr: withinSphere(parameter, within) }];
  return { $and: [...filters, { u: { $elemMatch: { p: { $eq: parameter }, $and: filters } } }, ...sphere] };
}

/** That some element of the composite, a point in space, lies in the sphere. */
function withinSphere(parameter: string, { center, radius }: Sphere): Document {
  const squares = center.map((coordinate, axis) => {
    const key = { $literal: rangeKey(`${parameter}$${axis + 1}`, '') };
    const found = { $arrayElemAt: [{ $filter: { input: '$$this.r', as: 'range', cond: { $eq: ['$$range.k', key] } } }, 0] };
    const difference = { $let: { vars: { found }, in: { $subtract: ['$$found.lo', coordinate] } } };
    return { $multiply: [difference, difference] };
  });
  // Without one of its coordinates an element is nowhere.
  const distance = { $ifNull: [{ $add: squares }, Number.MAX_VALUE] };
  const elements = { $filter: { input: '$u', cond: { $eq: ['$$this.p', { $literal: parameter }] } } };
  return { $anyElementTrue: [{ $map: { input: elements, in: { $lte: [distance, radius * radius] } } }] };
}

function startsWith(prefix: string, also: Document = {}, keys: 't' | 'w' = 't'): Document {
  const end = afterPrefix(prefix);
  return { [keys]: { $elemMatch: { $gte: prefix, ...(end === undefined ? {} : { $lt: end }), ...also } } };
}

/** As a pattern that matches nothing but the text: a mark behind a backslash is always itself, NUL has a spelling of its own. */
function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9\u0080-\uffff]/g, (mark) => (mark === '\0' ? '\\x00' : `\\${mark}`));
}

function lastUpdatedFilter(comparison: RangeComparison, low: number, high: number): Document {
  return rangeFilter({ comparison, low: time(low), high: time(high) }, 'lu', 'lu');
}

/** Versions are of 1970 and later, and none of the year 10000: what lies beyond is one time, which every kind of date can hold. */
function time(milliseconds: number): Date {
  return new Date(Math.min(Math.max(Math.trunc(milliseconds), -1), lastTime));
}

const lastTime = Date.UTC(9999, 11, 31);

interface AskedRange {
  readonly comparison: RangeComparison;
  readonly low: number | Date;
  readonly high: number | Date;
}

/** What `compareRanges` of `search/match.ts` says; `ge` and `le` begin with a bound that an index can use. */
function rangeFilter({ comparison, low, high }: AskedRange, from: string, to: string): Document {
  switch (comparison) {
    case 'eq':
      return within(from, { $gte: low }, to, { $lte: high });
    case 'ne':
      return { $or: [{ [from]: { $lt: low } }, { [to]: { $gt: high } }] };
    case 'gt':
      return { [to]: { $gt: high } };
    case 'lt':
      return { [from]: { $lt: low } };
    case 'ge':
      return { [to]: { $gte: low }, $or: [{ [from]: { $gte: low } }, { [to]: { $gt: high } }] };
    case 'le':
      return { [from]: { $lte: high }, $or: [{ [to]: { $lte: high } }, { [from]: { $lt: low } }] };
    case 'sa':
      return { [from]: { $gt: high } };
    case 'eb':
      return { [to]: { $lt: low } };
    case 'ap':
      return within(from, { $lte: high }, to, { $gte: low });
    case 'co':
      return within(from, { $lte: low }, to, { $gte: high });
  }
}

/** Two bounds; of one member when a stored range is a point. */
function within(from: string, first: Document, to: string, second: Document): Document {
  return from === to ? { [from]: { ...first, ...second } } : { [from]: first, [to]: second };
}
