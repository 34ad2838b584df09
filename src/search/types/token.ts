/** https://hl7.org/fhir/R4/search.html#token */

import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/types.ts';
import type { Node } from '../../fhirpath/node.ts';
import { comparableIdentifier, omocodiaKey, variantForm } from '../codice-fiscale.ts';
import { fold, foldWords } from '../fold.ts';
import type { IndexEntry, TokenEntry } from '../index-entry.ts';
import type { IndexPlace, SearchTypeDefinition } from './definition.ts';
import { mimeTypeBase } from './mime-type.ts';
import { comparableContact, parseToken } from './token-query.ts';

export const token: SearchTypeDefinition = {
  code: 'token',
  modifiers: ['missing', 'text', 'not', 'in', 'not-in', 'of-type', 'below', 'above'],
  prefixes: [],
  derived: [':text'],
  index(node, place) {
    if (isJsonObject(node.value)) return complexIndexes[node.type]?.(node.value, place) ?? [];
    return primitiveEntries(node, place);
  },
  parse: parseToken,
};

type ComplexIndex = (value: JsonObject, place: IndexPlace) => readonly IndexEntry[];

/**
 * Codes are compared without case: "When in doubt, servers SHOULD treat tokens in a case-insensitive manner, on the grounds that including
 * undesired data has less safety implications than excluding desired behavior." Identifiers keep it, as their data type says.
 */
const complexIndexes: Readonly<Record<string, ComplexIndex>> = {
  Coding: codingEntries,
  CodeableConcept(concept, place) {
    const codings = Array.isArray(concept['coding']) ? concept['coding'] : [];
    const coded = codings.flatMap((coding: JsonValue) => (isJsonObject(coding) ? codingEntries(coding, place) : []));
    return [...coded, ...textEntries(concept['text'], place)];
  },
  Identifier: identifierEntries,
  ContactPoint(contact, place) {
    const value = textOf(contact['value']);
    return value === '' ? [] : [tokenEntry(place, '', comparableContact(value))];
  },
};

function codingEntries(coding: JsonObject, place: IndexPlace): readonly IndexEntry[] {
  const system = textOf(coding['system']);
  const code = textOf(coding['code']).toLowerCase();
  const coded = system === '' && code === '' ? [] : [tokenEntry(place, system, code)];
  return [...coded, ...textEntries(coding['display'], place)];
}

/** The entries of an Identifier: also those of a reference's, under its own key. */
export function identifierEntries(identifier: JsonObject, place: IndexPlace): readonly IndexEntry[] {
  const { equalSystems } = place.definitions;
  const system = textOf(identifier['system']);
  const value = comparableIdentifier(equalSystems, system, textOf(identifier['value']));
  const type = isJsonObject(identifier['type']) ? identifier['type'] : {};
  const codings = Array.isArray(type['coding']) ? type['coding'].filter(isJsonObject) : [];
  const typed = value === '' ? [] : codings.map((coding) => ofTypeEntry(coding, value, place));
  const valued = system === '' && value === '' ? [] : [tokenEntry(place, system, value)];
  const plain = variantForm(equalSystems, system, value);
  const variants =
    plain === undefined || plain === value
      ? []
      : [tokenEntry({ ...place, parameter: `${place.parameter}${omocodiaKey}` }, system, plain)];
  return [...valued, ...variants, ...typed, ...textEntries(type['text'], place)];
}

function ofTypeEntry(coding: JsonObject, value: string, place: IndexPlace): TokenEntry {
  const code = `${textOf(coding['code']).toLowerCase()}|${value}`;
  return {
    shape: 'token',
    parameter: `${place.parameter}:of-type`,
    element: place.element,
    system: place.definitions.equalSystems.preferred(textOf(coding['system'])),
    code,
  };
}

function primitiveEntries(node: Node, place: IndexPlace): readonly IndexEntry[] {
  if (typeof node.value === 'boolean') return [tokenEntry(place, '', String(node.value))];
  if (typeof node.value !== 'string' || node.value === '') return [];
  if (caseKept.has(node.type)) return [tokenEntry(place, '', node.value)];
  const code = node.value.toLowerCase();
  const base = node.type === 'code' ? mimeTypeBase(code) : undefined;
  if (base === undefined || base === code) return [tokenEntry(place, '', code)];
  // "This search will find all text/xml documents", those with parameters behind the type too: search.html#mimetype
  const below: TokenEntry = {
    shape: 'token',
    parameter: `${place.parameter}:below`,
    element: place.element,
    system: '',
    code: base,
  };
  return [tokenEntry(place, '', code), below];
}

const caseKept: ReadonlySet<string> = new Set(['id', 'uri', 'url', 'canonical', 'oid', 'uuid']);

function tokenEntry({ parameter, element, definitions }: IndexPlace, system: string, code: string): TokenEntry {
  return { shape: 'token', parameter, element, system: definitions.equalSystems.preferred(system), code };
}

/** For `:text`: "the search functions as a normal string search", so the later words count too. */
function textEntries(text: JsonValue | undefined, place: IndexPlace): readonly IndexEntry[] {
  if (typeof text !== 'string' || text === '') return [];
  const parameter = `${place.parameter}:text`;
  const entry = (value: string, exact: string): IndexEntry => ({
    shape: 'string',
    parameter,
    element: place.element,
    value,
    exact,
  });
  return [entry(fold(text), text), ...foldWords(text).map((word) => entry(word, ''))];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
