/** From query text to criterion, sort, includes and result parameters. https://hl7.org/fhir/R4/search.html */
import { limits } from '../fhir/limits.ts';
import { FhirError, type Issue, invalidValue, unknownParameter } from '../fhir/outcome.ts';
import { and, type Criterion, or } from './criterion.ts';
import { languages, parseCriterion } from './parse-criterion.ts';
import type { ParsedQuery, QueryParameter, QuerySettings } from './query.ts';
import { parseResultParameters, resultParameterNames } from './result-parameters.ts';
import { aboutUnknown } from './suggest.ts';
import { searchTypeOf } from './types/index.ts';

export type { Include, ParsedQuery, QueryParameter, QuerySettings } from './query.ts';

/** A paging link's one parameter; its value is sealed, see page.ts. */
export const cursorParameter = '_cursor';

/** "defined for all interactions", read where HTTP is: https://hl7.org/fhir/R4/http.html#parameters */
export const generalParameters: ReadonlySet<string> = new Set(['_format', '_pretty']);

/** "Servers processing search requests SHALL refuse to process a search request if they do not recognize the _query parameter value." */
const neverIgnored = '_query';

/**
 * Understands a query on the types, all of which must have each parameter. Throws FhirError (400) for what is wrong, with one issue per
 * parameter; an unknown whole parameter is only an error under `strict`, and empty ones never are ("they are just ignored by the server").
 * `_type` is the caller's to read: here it only stays in the self link.
 */
export function parseQuery(types: readonly string[], query: readonly QueryParameter[], settings: QuerySettings): ParsedQuery {
  if (query.length > limits.searchParametersMax) {
    throw invalidValue(`A search may have at most ${limits.searchParametersMax} parameters.`);
  }
  const issues: Issue[] = [];
  const sorted = query.map((parameter) => ({
    parameter,
    ...collect(issues, () => sortOut(types, parameter, settings)),
  }));
  const result = sorted.flatMap(({ parameter, kind }) => (kind === 'result' ? [parameter] : []));
  const returned = collect(issues, () => parseResultParameters(types, result, settings));
  if (returned === undefined || issues.length > 0) throw new FhirError(400, issues);
  return {
    types,
    criterion: and(...sorted.flatMap(({ criterion }) => (criterion === undefined ? [] : [criterion]))),
    ...returned,
    applied: sorted.flatMap(({ parameter, text }) => (text === undefined ? [parameter] : [])),
    ignored: sorted.flatMap(({ parameter, text }) => (text === undefined ? [] : [{ parameter, text }])),
  };
}

/** The sealed cursor of a paging link; undefined for any other query. Throws `invalidValue` when other parameters stand beside it. */
export function readCursor(query: readonly QueryParameter[]): string | undefined {
  const cursor = query.find(([name]) => name === cursorParameter)?.[1];
  if (cursor === undefined) return undefined;
  const own = query.filter(([name]) => !generalParameters.has(name));
  if (own.length === 1) return cursor;
  throw invalidValue(
    `A paging link is followed as it is: '${cursorParameter}' takes no other parameters beside it.`,
    `http.${cursorParameter}`,
  );
}

/** Runs a reader; what is wrong with its parameter is put to the issues, so that the client sees every fault at once. */
function collect<T>(issues: Issue[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 400) throw error;
    issues.push(...error.issues);
    return undefined;
  }
}

/** A parameter by what it is: `kept` stays in the links, `ignored` is left out and `text` says why. */
interface Sorted {
  readonly kind: 'criterion' | 'result' | 'kept' | 'ignored';
  readonly criterion?: Criterion;
  readonly text?: string;
}

function sortOut(types: readonly string[], [name, value]: QueryParameter, settings: QuerySettings): Sorted {
  const [base = name] = name.split(':');
  if (value === '') return { kind: 'ignored', text: `The parameter '${name}' has no value and was left out.` };
  if (generalParameters.has(base) || base === '_type') {
    if (name === base) return { kind: 'kept' };
    throw invalidValue(`'${base}' takes no modifier.`, `http.${base}`);
  }
  if (resultParameterNames.includes(base)) return { kind: 'result' };
  const criterion = criterionOf(types, name, value, settings);
  if (criterion !== undefined) return { kind: 'criterion', criterion };
  const text = unknownText(types, base, settings);
  if (settings.strict || base === neverIgnored || isMeant(types, base, settings)) throw unknownParameter(text, `http.${base}`);
  return { kind: 'ignored', text: `${text} It was left out.` };
}

/**
 * "various HTTP stacks and proxies may add parameters", which is why unknown ones may be left out. One that some of the types have, or that is
 * being indexed, is none of those: left out, everything would be found.
 */
function isMeant(types: readonly string[], code: string, { definitions }: QuerySettings): boolean {
  return types.some((type) => definitions.searchParameter(type, code) !== undefined || definitions.isIndexing(type, code));
}

/**
 * "If the _type parameter is included, all other search parameters SHALL be common to all provided types." One that narratives have "also applies
 * to all resources" (search.html#all): what is no DomainResource is not found by it.
 */
function criterionOf(types: readonly string[], name: string, value: string, settings: QuerySettings): Criterion | undefined {
  const branches = new Map<string, { readonly types: string[]; readonly criterion: Criterion }>();
  for (const type of types) {
    const criterion = parseCriterion(type, name, value, settings);
    if (criterion === undefined && isOfNarratives(type, name, settings)) continue;
    if (criterion === undefined) return undefined;
    const key = JSON.stringify(criterion);
    const branch = branches.get(key);
    if (branch === undefined) branches.set(key, { types: [type], criterion });
    else branch.types.push(type);
  }
  if (branches.size === 0) return undefined;
  const [only] = branches.values();
  if (only?.types.length === types.length) return only.criterion;
  return or(...[...branches.values()].map((branch) => and({ kind: 'type', types: branch.types }, branch.criterion)));
}

/** Whether a type lacks a parameter only because it is no DomainResource. */
function isOfNarratives(type: string, name: string, { definitions }: QuerySettings): boolean {
  const base = 'DomainResource';
  return !definitions.lineage(type).includes(base) && definitions.searchParameter(base, name) !== undefined;
}

function unknownText(types: readonly string[], name: string, { definitions }: QuerySettings): string {
  const [first = ''] = types;
  const common = definitions
    .searchParameters(first)
    .filter((parameter) => searchTypeOf(parameter) !== undefined)
    .map((parameter) => parameter.code)
    .filter((code) => types.every((type) => definitions.searchParameter(type, code) !== undefined));
  const known = [...common, ...languages.keys(), ...resultParameterNames];
  const suggestion = aboutUnknown(types, name, known, definitions);
  if (types.length === 1) return `'${name}' is no search parameter on ${first}.${suggestion}`;
  return `'${name}' is no search parameter on all types searched; '_type' says which types to search.${suggestion}`;
}
