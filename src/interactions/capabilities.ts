/** https://hl7.org/fhir/R4/http.html#capabilities */
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';

export async function capabilities(_request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  return { status: 200, resource: context.capabilities.statement() };
}
