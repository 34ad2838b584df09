/** https://hl7.org/fhir/R4/search.html#reference */
import { idPattern, type ParsedReference, parseReference } from '../../fhir/reference.ts';
import { isJsonObject, type JsonObject } from '../../fhir/types.ts';
import { checkTarget } from '../chain.ts';
import { omocodiaKey } from '../codice-fiscale.ts';
import { type Criterion, or } from '../criterion.ts';
import type { IndexEntry, ReferenceEntry } from '../index-entry.ts';
import { parameterElements, referenceTargets } from '../parameter-elements.ts';
import { didYouMean } from '../suggest.ts';
import { has, type IndexPlace, literal, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';
import { identifierEntries } from './token.ts';
import { tokenCriterion } from './token-query.ts';

export const reference: SearchTypeDefinition = {
  code: 'reference',
  modifiers: ['missing', '[type]', 'identifier', 'below'],
  prefixes: [],
  derived: [':identifier'],
  index(node, place) {
    if (typeof node.value === 'string') return canonicalEntries(node.value, place);
    if (!isJsonObject(node.value)) return [];
    return node.type === 'Reference' ? referenceEntries(node.value, place) : nestedEntries(node.value, place);
  },
  parse(request) {
    if (request.modifier === 'identifier') return tokenCriterion(request, [{ type: 'Identifier', targets: [] }], ':identifier');
    const value = literal(request, request.value);
    if (request.modifier === 'below') return belowCriterion(request, value);
    return or(...targetsOf(request, value).map((target) => has(request, { shape: 'reference', target })));
  },
};

/**
 * What a literal reference is indexed as: `Type/id` here, an absolute URL, `#id` for a contained resource (so that it counts for
 * `:missing`); never a version. Undefined for what names nothing.
 */
export function referenceTarget(parsed: ParsedReference): string | undefined {
  switch (parsed.kind) {
    case 'local':
      return `${parsed.type}/${parsed.id}`;
    case 'absolute':
      return parsed.url.replace(/\/_history\/[A-Za-z0-9\-.]{1,64}$/, '');
    case 'contained':
      return parsed.id === '' ? undefined : `#${parsed.id}`;
    default:
      return undefined;
  }
}

function referenceEntries(value: JsonObject, place: IndexPlace): readonly IndexEntry[] {
  const { reference: text, identifier } = value;
  const target = typeof text === 'string' ? referenceTarget(parseReference(text, place.baseUrl)) : undefined;
  const literals = target === undefined ? [] : [targetEntry(place, target)];
  if (!isJsonObject(identifier)) return literals;
  const key = `${place.parameter}:identifier`;
  const derived = identifierEntries(identifier, { ...place, parameter: key });
  return [...literals, ...derived.filter(({ parameter }) => parameter === key || parameter === `${key}${omocodiaKey}`)];
}

/** A canonical is found with its version, without, and under `:below` by any leading part of the version: `|1` finds `|1.0`. */
function canonicalEntries(canonical: string, place: IndexPlace): readonly IndexEntry[] {
  const bar = canonical.indexOf('|');
  const target = referenceTarget(parseReference(bar < 0 ? canonical : canonical.slice(0, bar), place.baseUrl));
  if (target === undefined) return [];
  if (bar < 0) return [targetEntry(place, target)];
  const version = canonical.slice(bar + 1);
  const parts = version.split('.');
  const leading = parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  const below = { ...place, parameter: `${place.parameter}:below` };
  return [
    targetEntry(place, target),
    targetEntry(place, `${target}|${version}`),
    ...leading.map((part) => targetEntry(below, `${target}|${part}`)),
  ];
}

/** "it is also be used to search resource elements of type Resource - i.e. where one resource is directly nested within another" */
function nestedEntries(resource: JsonObject, place: IndexPlace): readonly IndexEntry[] {
  const { resourceType: type, id } = resource;
  return typeof type === 'string' && typeof id === 'string' ? [targetEntry(place, `${type}/${id}`)] : [];
}

function targetEntry(place: IndexPlace, target: string): ReferenceEntry {
  return { shape: 'reference', parameter: place.parameter, element: place.element, target };
}

/** What the index may hold of the value; a canonical's version stays behind it. */
function targetsOf(request: ValueRequest, value: string): readonly string[] {
  const { definitions, baseUrl } = request.settings;
  const type = request.modifier === 'below' ? undefined : request.modifier;
  const allowed = referenceTargets(definitions, request.type, request.parameter);
  if (type !== undefined) checkTarget(request.type, request.parameter.code, type, allowed);
  const [address = ''] = value.split('|', 1);
  const version = value.slice(address.length);
  const parsed = parseReference(address, baseUrl);
  if (parsed.kind === 'local') {
    if (!definitions.isResourceType(parsed.type)) {
      throw refuse(request, `'${parsed.type}' is not a resource type.${didYouMean(parsed.type, definitions.resourceTypes)}`);
    }
    if (type !== undefined && type !== parsed.type) {
      throw refuse(request, `the modifier says ':${type}', the value names a ${parsed.type}.`);
    }
    return [`${parsed.type}/${parsed.id}${version}`];
  }
  const target = parsed.kind === 'absolute' ? referenceTarget(parsed) : undefined;
  if (target !== undefined) return [`${target}${version}`];
  if (!idPattern.test(address))
    throw refuse(request, "the value is no reference; write it like '[id]', 'Patient/[id]' or as an absolute URL.");
  const types = type === undefined ? allowed : [type];
  return types.map((name) => `${name}/${address}${version}`);
}

/** "The modifier :below is used with canonical references, to control whether the version is considered in the search." */
function belowCriterion(request: ValueRequest, value: string): Criterion {
  const elements = parameterElements(request.settings.definitions, request.type, request.parameter);
  if (!elements.some((element) => element.type === 'canonical' || element.type === 'uri')) {
    throw refuse(request, "':below' is only for canonical references here; name the resources themselves.");
  }
  const tests = targetsOf(request, value).map((target) => ({ shape: 'reference', target }) as const);
  return or(...tests.flatMap((test) => [has(request, test), has(request, test, ':below')]));
}
