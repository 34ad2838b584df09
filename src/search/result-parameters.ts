/** How results are to be returned: https://hl7.org/fhir/R4/search.html#return */
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, unknownParameter } from '../fhir/outcome.ts';
import { checkTarget, referenceParameter } from './chain.ts';
import type { SortKey } from './criterion.ts';
import { referenceTargets } from './parameter-elements.ts';
import type { Include, ParsedQuery, QueryParameter, QuerySettings, Summary, Total } from './query.ts';
import { aboutUnknown, didYouMean } from './suggest.ts';
import { searchTypeOf } from './types/index.ts';

type ResultParameters = Pick<ParsedQuery, 'sort' | 'count' | 'total' | 'summary' | 'elements' | 'includes' | 'explain'>;

/** A result parameter may be given once; `_sort` and the includes repeat. Given again with the same value it is the same. */
const repeatable: ReadonlySet<string> = new Set(['_sort', '_include', '_revinclude']);

/** Every name read here, without modifiers. */
export const resultParameterNames: readonly string[] = [
  '_sort',
  '_count',
  '_total',
  '_summary',
  '_elements',
  '_include',
  '_revinclude',
  '_contained',
  '_containedType',
  '_explain',
];

/** Reads the result parameters of a query. Throws FhirError (400) for an unknown name in them and for values that can't be read. */
export function parseResultParameters(
  types: readonly string[],
  parameters: readonly QueryParameter[],
  settings: QuerySettings,
): ResultParameters {
  const { definitions } = settings;
  const values = groupByName(parameters);
  const summary = oneOf(values, '_summary', summaries) ?? 'false';
  const asked = countOf(values);
  const elements = elementsOf(types, listOf(values, '_elements'), definitions);
  const includes = parameters.flatMap(([name, value]) => includeOf(types, name, value, settings));
  refuseContained(values);
  if (elements.length > 0 && summary !== 'false') throw bad('_elements', "it can't be combined with '_summary'.");
  // "Note that the _include and _revinclude parameters cannot be mixed with _summary=text."
  if (includes.length > 0 && summary === 'text') throw bad('_summary', "'text' can't be mixed with '_include' or '_revinclude'.");
  // "if _count has the value 0, this shall be treated the same as _summary=count"
  const onlyCount = summary === 'count' || asked === 0;
  return {
    sort: sortOf(types, listOf(values, '_sort'), definitions),
    count: onlyCount ? 0 : Math.min(asked ?? limits.pageSizeDefault, limits.pageSizeMax),
    total: onlyCount ? 'accurate' : (oneOf(values, '_total', totals) ?? 'none'),
    summary: onlyCount ? 'count' : summary,
    elements,
    includes: onlyCount ? [] : includes,
    explain: oneOf(values, '_explain', ['true', 'false']) === 'true',
  };
}

const summaries: readonly Summary[] = ['true', 'text', 'data', 'count', 'false'];
const totals: readonly Total[] = ['none', 'estimate', 'accurate'];

type Values = ReadonlyMap<string, readonly string[]>;

function groupByName(parameters: readonly QueryParameter[]): Values {
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of parameters) {
    const [base = name] = name.split(':');
    if (base !== name && base !== '_include' && base !== '_revinclude') throw bad(base, 'it takes no modifier.');
    const before = values.get(base) ?? [];
    if (!repeatable.has(base) && before.some((other) => other !== value))
      throw bad(base, 'it is given more than once, with different values.');
    values.set(base, [...before, value]);
  }
  return values;
}

function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const [value] = values.get(name) ?? [];
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw bad(name, `it takes ${allowed.join(', ')}.${didYouMean(value, allowed)}`);
  return found;
}

function countOf(values: Values): number | undefined {
  const [value] = values.get('_count') ?? [];
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value)) throw bad('_count', 'it takes a whole number, 0 or more.');
  return Number(value);
}

function listOf(values: Values, name: string): readonly string[] {
  const items = (values.get(name) ?? []).flatMap((value) => value.split(',')).map((item) => item.trim());
  if (items.includes('')) throw bad(name, 'there is an empty name in its list.');
  return items;
}

/** https://hl7.org/fhir/R4/search.html#sort */
function sortOf(types: readonly string[], items: readonly string[], definitions: Definitions): readonly SortKey[] {
  if (items.length > limits.sortKeysMax) throw bad('_sort', `it takes at most ${limits.sortKeysMax} keys.`);
  return items.map((item) => {
    // A server's own parameters may begin with a '-'.
    const isName = types.every((type) => definitions.searchParameter(type, item) !== undefined);
    const descending = item.startsWith('-') && !isName;
    const code = descending ? item.slice(1) : item;
    const shapes = new Set(types.map((type) => sortShapeOf(type, code, definitions)));
    const [shape] = shapes;
    if (shape === undefined || shapes.size > 1)
      throw bad('_sort', `'${code}' is not the same kind of parameter on all types searched.`);
    return { parameter: code, shape, descending };
  });
}

const sortShapes: Readonly<Record<string, SortKey['shape']>> = {
  number: 'range',
  date: 'range',
  quantity: 'range',
  string: 'string',
  token: 'token',
  reference: 'reference',
  uri: 'uri',
};

function sortShapeOf(type: string, code: string, definitions: Definitions): SortKey['shape'] {
  const parameter = definitions.searchParameter(type, code);
  if (parameter === undefined || searchTypeOf(parameter) === undefined) {
    const known = definitions.searchParameters(type).map((candidate) => candidate.code);
    const more = aboutUnknown([type], code, known, definitions);
    throw unknownParameter(`'_sort': ${type} has no search parameter '${code}'.${more}`, 'http._sort');
  }
  const shape = parameter.expression === undefined ? undefined : sortShapes[parameter.type];
  if (shape === undefined) throw bad('_sort', `nothing can be sorted by '${code}', a parameter of type ${parameter.type}.`);
  return shape;
}

/** "a comma-separated list of base element names such as, elements defined at the root level in the resource" */
function elementsOf(types: readonly string[], items: readonly string[], definitions: Definitions): readonly string[] {
  if (items.length === 0) return [];
  const known = new Set(types.flatMap((type) => definitions.type(type)?.elements.map((element) => element.name) ?? []));
  const names = items.map((item) => {
    const name = item.replace(/\[x\]$/, '');
    if (known.has(name)) return name;
    throw unknownParameter(
      `'_elements': ${types.join(', ')} has no element '${item}' at its root.${didYouMean(item, known)}`,
      'http._elements',
    );
  });
  return [...new Set(names)];
}

/** https://hl7.org/fhir/R4/search.html#include */
function includeOf(types: readonly string[], name: string, value: string, settings: QuerySettings): readonly Include[] {
  const [base = '', modifier, ...more] = name.split(':');
  if (base !== '_include' && base !== '_revinclude') return [];
  if (more.length > 0 || (modifier !== undefined && modifier !== 'iterate')) {
    throw bad(base, "it takes no modifier but ':iterate'.");
  }
  const how = { reverse: base === '_revinclude', iterate: modifier === 'iterate' };
  if (value === '*') return [{ ...how, source: '*', parameter: '*' }];
  const { source, parameter, target } = readInclude(base, value, settings);
  const targets = includeTargets({ source, parameter, target }, settings);
  const matches = how.reverse ? targets : [source];
  // What can't be reached from the matches is reached in a later round or never.
  if (!how.iterate && !matches.some((type) => types.includes(type))) {
    const reason = how.reverse ? `${source}:${parameter} does not lead to` : `it starts from ${source}, not from`;
    const searched = types.length > 6 ? 'the types' : types.join(', ');
    throw bad(base, `${reason} ${searched} searched; to follow what was included write '${base}:iterate'.`);
  }
  return [{ ...how, source, parameter, ...(target === undefined ? {} : { target }) }];
}

interface IncludeParts {
  readonly source: string;
  readonly parameter: string;
  readonly target: string | undefined;
}

function readInclude(base: string, value: string, { definitions }: QuerySettings): IncludeParts {
  const [source = '', parameter = '', target, ...rest] = value.split(':');
  if (parameter === '' || target === '' || rest.length > 0) {
    throw bad(base, "it is written '[type]:[reference parameter]' or '[type]:[reference parameter]:[target type]'.");
  }
  checkType(base, source, definitions);
  if (target !== undefined) checkType(base, target, definitions);
  return { source, parameter, target };
}

/** The types that the include may lead to. */
function includeTargets({ source, parameter, target }: IncludeParts, settings: QuerySettings): readonly string[] {
  const { definitions } = settings;
  if (parameter === '*') return target === undefined ? definitions.resourceTypes : [target];
  const allowed = referenceTargets(definitions, source, referenceParameter(source, parameter, settings));
  if (target === undefined) return allowed;
  checkTarget(source, parameter, target, allowed);
  return [target];
}

function checkType(name: string, type: string, definitions: Definitions): void {
  if (definitions.isResourceType(type)) return;
  throw unknownParameter(
    `'${name}': '${type}' is not a resource type.${didYouMean(type, definitions.resourceTypes)}`,
    `http.${name}`,
  );
}

/** Contained resources are found with their containers, never alone: https://hl7.org/fhir/R4/search.html#contained */
function refuseContained(values: Values): void {
  const contained = oneOf(values, '_contained', ['false', 'true', 'both']);
  if (contained !== undefined && contained !== 'false')
    throw bad('_contained', "this server searches containers only; leave it out or say 'false'.");
  oneOf(values, '_containedType', ['container', 'contained']);
}

function bad(name: string, sentence: string): FhirError {
  return invalidValue(`'${name}': ${sentence}`, `http.${name}`);
}
