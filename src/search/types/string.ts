/** https://hl7.org/fhir/R4/search.html#string */
import { limits } from '../../fhir/limits.ts';
import { isJsonObject, type JsonValue } from '../../fhir/types.ts';
import { or } from '../criterion.ts';
import { fold, foldWords } from '../fold.ts';
import type { StringEntry } from '../index-entry.ts';
import { has, type IndexPlace, literal, refuse, type SearchTypeDefinition } from './definition.ts';

export const string: SearchTypeDefinition = {
  code: 'string',
  modifiers: ['missing', 'exact', 'contains'],
  prefixes: [],
  index(node, place) {
    return textsOf(node.type, node.value).flatMap((text) => textEntries(text, place));
  },
  parse(request) {
    const text = literal(request, request.value);
    if (request.modifier === 'exact') return has(request, { shape: 'string', match: 'exact', value: text });
    const value = fold(text);
    if (value === '') throw refuse(request, 'the value has no letter and no digit, and nothing else is compared.');
    if (request.modifier === 'contains') {
      if (value.length < limits.containsCharactersMin) {
        throw refuse(request, `':contains' needs at least ${limits.containsCharactersMin} characters besides punctuation.`);
      }
      return has(request, { shape: 'string', match: 'contains', value });
    }
    const test = { shape: 'string', match: 'prefix', value } as const;
    return or(has(request, test), has(request, test, ':word'));
  },
};

/** Of types made of strings, the members searched: "the search covers the elements of type string, and does not cover elements such as use and period". */
const membersSearched: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['family', 'given', 'text', 'prefix', 'suffix'],
  Address: ['line', 'city', 'district', 'state', 'postalCode', 'country', 'text'],
  CodeableConcept: ['text'],
};

function textsOf(type: string, value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isJsonObject(value)) return [];
  return (membersSearched[type] ?? []).flatMap((name) => textsIn(value[name]));
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function textEntries(text: string, place: IndexPlace): readonly StringEntry[] {
  const value = fold(text);
  const { parameter, element } = place;
  const whole: StringEntry = { shape: 'string', parameter, element, value, exact: text };
  const words = foldWords(text).map(
    (word): StringEntry => ({ shape: 'string', parameter: `${parameter}:word`, element, value: word, exact: '' }),
  );
  return [whole, ...words];
}
