/** https://hl7.org/fhir/R4/http.html#search, on all types: `GET [base]{?parameters}` and `POST [base]/_search`, or `GET [base]/Patient/[id]/*` */
import { grantedTypes } from '../access/grants.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { invalidValue, unknownParameter } from '../fhir/outcome.ts';
import type { QueryParameter } from '../search/parse-query.ts';
import { didYouMean } from '../search/suggest.ts';
import { compartmentOwner, memberTypes } from './compartment.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { search } from './search.ts';

/** Without `_type` the search is on every type that the caller may search; one that is named must be open to the caller (else 403). */
export async function searchSystem(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const { definitions } = context;
  const owner = compartmentOwner(request);
  const all = owner === undefined ? definitions.resourceTypes : memberTypes(owner, definitions);
  return search(request, context, (query) => {
    const named = typesNamed(query, definitions);
    return named.length > 0 ? named : grantedTypes(request.access, all, 's');
  });
}

/** The types in `_type`, each once; several lists are one. https://hl7.org/fhir/R4/search.html#type */
export function typesNamed(query: readonly QueryParameter[], definitions: Definitions): readonly string[] {
  const lists = query.filter(([name, value]) => name === '_type' && value !== '').map(([, value]) => value);
  const names = [...new Set(lists.flatMap((list) => list.split(',')))];
  if (names.includes('')) throw invalidValue("'_type': there is an empty name in its list.", 'http._type');
  const unknown = names.find((name) => !definitions.isResourceType(name));
  if (unknown === undefined) return names;
  throw unknownParameter(
    `'_type': '${unknown}' is not a resource type.${didYouMean(unknown, definitions.resourceTypes)}`,
    'http._type',
  );
}
