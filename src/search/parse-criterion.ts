/** One search parameter with its value, as a criterion. https://hl7.org/fhir/R4/search.html#standard */
import type { SearchParameter } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, tooCostly, unknownParameter } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import { type ChainRequest, parseChain } from './chain.ts';
import { all, type Criterion, none, not, or } from './criterion.ts';
import { splitUnescaped, unescapeValue } from './escape.ts';
import { parseFilter } from './filter.ts';
import { isHas, parseHas } from './has.ts';
import { listParameter, parseList } from './list.ts';
import type { QuerySettings } from './query.ts';
import { aboutUnknown, didYouMean } from './suggest.ts';
import { dateComparison } from './types/date.ts';
import type { SearchTypeDefinition, ValueRequest } from './types/definition.ts';
import { searchTypeOf } from './types/index.ts';

/**
 * What `name=value` asks of resources of a type. Undefined when the whole parameter is unknown, which only a query at its top may
 * forgive. Throws FhirError (400) for everything else that is wrong, 403 when a chain leads where the caller may not search.
 */
export function parseCriterion(type: string, name: string, value: string, settings: QuerySettings): Criterion | undefined {
  return criterionOf({ type, name, value, links: 0, settings });
}

function criterionOf(request: ChainRequest): Criterion | undefined {
  const { type, name, settings } = request;
  if (isHas(name)) return parseHas(request, innerCriterion);
  if (name.includes('.')) return parseChain(request, innerCriterion);
  const [code = '', modifier, ...more] = name.split(':');
  const language = languages.get(code);
  if (language !== undefined) {
    if (modifier !== undefined) throw invalidValue(`'${code}' takes no modifier.`, `http.${code}`);
    return language(request);
  }
  const parameter = settings.definitions.searchParameter(type, code);
  const definition = parameter === undefined ? undefined : searchTypeOf(parameter);
  if (parameter === undefined || definition === undefined) return undefined;
  if (more.length > 0) throw invalidValue(`Search parameter '${code}': only one modifier may follow the name.`, `http.${code}`);
  const asked = { type, parameter, definition, modifier, value: request.value, settings };
  return modifier === 'missing' ? missingCriterion(asked) : (keptBeside.get(code) ?? valuesCriterion)(asked);
}

/** What every resource has and no index holds: search.html#id "there can only be one resource for a given id", and the store's own time stamp. */
const keptBeside: ReadonlyMap<string, (asked: Asked) => Criterion> = new Map([
  ['_id', idCriterion],
  ['_lastUpdated', lastUpdatedCriterion],
]);

/** Parameters whose value is no value to compare with. */
export const languages: ReadonlyMap<string, (request: ChainRequest) => Criterion> = new Map<
  string,
  (request: ChainRequest) => Criterion
>([
  ['_filter', (request) => parseFilter(request, innerCriterion)],
  [listParameter, parseList],
]);

/** Inside a chain or `_has` an unknown name is always an error: left out, the query would mean something else. */
function innerCriterion(request: ChainRequest): Criterion {
  const criterion = criterionOf(request);
  if (criterion === undefined) throw unknownInside(request.type, request.name, request.settings);
  return criterion;
}

function unknownInside(type: string, name: string, settings: QuerySettings): FhirError {
  const [code = name] = name.split(':');
  const known = settings.definitions.searchParameters(type).map((parameter) => parameter.code);
  const more = aboutUnknown([type], code, known, settings.definitions);
  return unknownParameter(`${type} has no search parameter '${code}'.${more}`, `http.${code}`);
}

interface Asked {
  readonly type: string;
  readonly parameter: SearchParameter;
  readonly definition: SearchTypeDefinition;
  readonly modifier: string | undefined;
  readonly value: string;
  readonly settings: QuerySettings;
}

/** "The coding is not…": these say the reverse of the modifier behind, of the set of values, not of each. search.html#token */
const negations: Readonly<Record<string, string | undefined>> = { not: undefined, 'not-in': 'in' };

function valuesCriterion(asked: Asked): Criterion {
  const { definition, modifier } = asked;
  checkModifier(asked);
  const negated = modifier !== undefined && Object.hasOwn(negations, modifier);
  const effective = negated ? negations[modifier] : modifier;
  const criterion = or(...alternativesOf(asked).map((value) => definition.parse(valueRequest(asked, value, effective))));
  return negated ? not(criterion) : criterion;
}

function valueRequest({ type, parameter, settings }: Asked, value: string, modifier: string | undefined): ValueRequest {
  return { type, parameter, key: parameter.code, value, settings, ...(modifier === undefined ? {} : { modifier }) };
}

/** "Server SHALL reject any search request that contains is suffixed by a modifier that the server does not support for that parameter." */
function checkModifier({ parameter, definition, modifier, settings }: Asked): void {
  if (modifier === undefined || definition.modifiers.includes(modifier)) return;
  const takesType = definition.modifiers.includes('[type]');
  if (takesType && settings.definitions.isResourceType(modifier)) return;
  const allowed = definition.modifiers.map((name) => `':${name}'`).join(', ');
  const known = takesType ? [...definition.modifiers, ...settings.definitions.resourceTypes] : definition.modifiers;
  const may = allowed === '' ? 'it takes none.' : `it takes ${allowed}.${didYouMean(modifier, known)}`;
  throw refusal(parameter, `the modifier ':${modifier}' is not supported; ${may}`);
}

/** "This is known as an OR search parameter": the values between commas. */
function alternativesOf({ parameter, value }: Asked): readonly string[] {
  const values = splitUnescaped(value, ',');
  if (values.length > limits.searchValuesMax) {
    throw tooCostly(`Search parameter '${parameter.code}': at most ${limits.searchValuesMax} values may be given at once.`);
  }
  if (values.includes(''))
    throw refusal(parameter, "there is an empty value between commas; write a ',' inside a value as '\\,'.");
  return values;
}

/** https://hl7.org/fhir/R4/search.html#modifiers */
function missingCriterion({ parameter, definition, value, ...asked }: Asked): Criterion {
  checkModifier({ parameter, definition, value, ...asked });
  if (value !== 'true' && value !== 'false') throw refusal(parameter, "':missing' takes 'true' or 'false'.");
  if (keptBeside.has(parameter.code)) return value === 'true' ? none : all;
  const keys = [parameter.code, ...(definition.derived ?? []).map((derived) => `${parameter.code}${derived}`)];
  const present = or(...keys.map((key): Criterion => ({ kind: 'has', parameter: key })));
  return value === 'true' ? not(present) : present;
}

/** "servers SHALL use exact match with it, there is no system for the _id parameter" */
function idCriterion(asked: Asked): Criterion {
  const { parameter, modifier } = asked;
  if (modifier !== undefined && modifier !== 'not') {
    throw refusal(parameter, `the modifier ':${modifier}' is not supported; it takes ':missing', ':not'.`);
  }
  const ids = alternativesOf(asked).map((value) => unescapeValue(value) ?? '');
  if (!ids.every((id) => idPattern.test(id)))
    throw refusal(parameter, "a value is no id: letters, digits, '-' and '.', at most 64.");
  const criterion: Criterion = { kind: 'id', ids: [...new Set(ids)] };
  return modifier === 'not' ? not(criterion) : criterion;
}

/** https://hl7.org/fhir/R4/search.html#lastUpdated */
function lastUpdatedCriterion(asked: Asked): Criterion {
  checkModifier(asked);
  const comparisons = alternativesOf(asked).map((value) => dateComparison(valueRequest(asked, value, undefined)));
  return or(...comparisons.map((comparison): Criterion => ({ kind: 'last-updated', ...comparison })));
}

function refusal(parameter: SearchParameter, sentence: string): FhirError {
  return invalidValue(`Search parameter '${parameter.code}': ${sentence}`, `http.${parameter.code}`);
}
