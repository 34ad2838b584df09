/** https://hl7.org/fhir/R4/http.html#search, on one type: `GET [base]/[type]{?parameters}` and `POST [base]/[type]/_search` */
import { invalidValue } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { requestType } from './request-key.ts';
import { search } from './search.ts';

export async function searchType(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const type = requestType(request);
  return search(request, context, (query) => {
    if (query.some(([name, value]) => name === '_type' && value !== '')) {
      throw invalidValue(
        `'_type' chooses among all types, in a search on the base; this search is on ${type} already.`,
        'http._type',
      );
    }
    return [type];
  });
}
