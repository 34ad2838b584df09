/** https://hl7.org/fhir/R4/search.html#uri */
import type { UriEntry } from '../index-entry.ts';
import { has, literal, refuse, type SearchTypeDefinition } from './definition.ts';

export const uri: SearchTypeDefinition = {
  code: 'uri',
  modifiers: ['missing', 'above', 'below'],
  prefixes: [],
  index(node, place) {
    if (typeof node.value !== 'string' || node.value === '') return [];
    const { parameter, element } = place;
    const entry = (value: string): UriEntry => ({ shape: 'uri', parameter, element, value });
    return node.type === 'canonical' ? canonicalForms(node.value).map(entry) : [entry(node.value)];
  },
  parse(request) {
    const value = literal(request, request.value);
    if (/\s/.test(value)) throw refuse(request, 'the value is no URI: it has white space in it.');
    const { modifier } = request;
    if (modifier !== 'above' && modifier !== 'below') return has(request, { shape: 'uri', match: 'exact', value });
    if (/^urn:/i.test(value)) throw refuse(request, `':${modifier}' only applies to URLs, not to URNs.`);
    return has(request, { shape: 'uri', match: modifier, value });
  },
};

/** A canonical is found with its version and without: "servers SHOULD support automatically detecting a |[version] portion". */
export function canonicalForms(canonical: string): readonly string[] {
  const bar = canonical.indexOf('|');
  return bar < 0 ? [canonical] : [canonical.slice(0, bar), canonical];
}
