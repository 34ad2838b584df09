/** The search parameter types. https://hl7.org/fhir/R4/search.html#ptypes */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { composite, simpleTypes } from './composite.ts';
import type { SearchTypeDefinition } from './definition.ts';
import { isSpecialSupported, special } from './special.ts';

export const searchTypes: readonly SearchTypeDefinition[] = [...simpleTypes, composite, special];

/** How a parameter is searched; undefined for one that no path describes (`_text`) or that is a language of its own (`_filter`). */
export function searchTypeOf(parameter: SearchParameter): SearchTypeDefinition | undefined {
  if (parameter.expression === undefined) return undefined;
  if (parameter.type === 'special' && !isSpecialSupported(parameter)) return undefined;
  return searchTypes.find((type) => type.code === parameter.type);
}
