/** The search parameter types. https://hl7.org/fhir/R4/search.html#ptypes */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { composite, simpleTypes } from './composite.ts';
import type { SearchTypeDefinition } from './definition.ts';
import { fullText, fullTextPart } from './full-text.ts';
import { isSpecialSupported, special } from './special.ts';

export const searchTypes: readonly SearchTypeDefinition[] = [...simpleTypes, composite, special];

/** How a parameter is searched; undefined for one that is no property of a resource: `_filter` is a language of its own, `_query` names queries. */
export function searchTypeOf(parameter: SearchParameter): SearchTypeDefinition | undefined {
  if (fullTextPart(parameter) !== undefined) return fullText;
  if (parameter.expression === undefined) return undefined;
  if (parameter.type === 'special' && !isSpecialSupported(parameter)) return undefined;
  return searchTypes.find((type) => type.code === parameter.type);
}
