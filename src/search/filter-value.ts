/** The value of a comparison in a `_filter`, as a search has it. https://hl7.org/fhir/R4/search_filter.html#ops */
import type { SearchParameter } from '../definitions/definitions.ts';
import { escapeValue } from './escape.ts';

/**
 * "the format is the same as the existing search parameter", but a comma separates nothing here, and where a system stands its short name may:
 * in front of the `|` of a token, between those of a quantity. A composite keeps the signs that join its parts.
 */
export function searchValue(type: SearchParameter['type'], value: string): string {
  switch (type) {
    case 'token':
      return withoutCommas(spelledOut(value, /^()(\w+)\|/));
    case 'quantity':
      return withoutCommas(spelledOut(value, /^([^|]*\|)(\w+)\|/));
    case 'composite':
      return withoutCommas(value);
    default:
      return escapeValue(value);
  }
}

export function withoutCommas(value: string): string {
  return value.replace(/\\.|,/gs, (found) => (found === ',' ? '\\,' : found));
}

/** "For convenience, the codes "loinc", "snomed", "rxnorm" and "ucum" are predefined" */
const vocabulary: ReadonlyMap<string, string> = new Map([
  ['loinc', 'http://loinc.org'],
  ['snomed', 'http://snomed.info/sct'],
  ['rxnorm', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['ucum', 'http://unitsofmeasure.org'],
]);

function spelledOut(value: string, pattern: RegExp): string {
  return value.replace(pattern, (whole, before: string, word: string) => {
    const system = vocabulary.get(word);
    return system === undefined ? whole : `${before}${system}|`;
  });
}
