/** https://hl7.org/fhir/R4/search.html#prefix */
import type { RangeComparison } from '../criterion.ts';
import { refuse, type ValueRequest } from './definition.ts';

export const prefixes: readonly Exclude<RangeComparison, 'co'>[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Takes the prefix off a value: "If no prefix is present, the prefix eq is assumed." */
export function splitPrefix(request: ValueRequest): { readonly comparison: RangeComparison; readonly rest: string } {
  const [, letters = '', rest = ''] = /^([A-Za-z]*)(.*)$/s.exec(request.value) ?? [];
  if (letters === '') return { comparison: 'eq', rest };
  const comparison = prefixes.find((prefix) => prefix === letters);
  if (comparison === undefined)
    throw refuse(request, `the value begins with letters that are no prefix; allowed are ${prefixes.join(', ')}.`);
  return { comparison, rest };
}
