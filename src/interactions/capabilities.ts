/** https://hl7.org/fhir/R4/http.html#capabilities */
import { formatJson } from '../fhir/json.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { projectionParameters, readProjection } from './projected.ts';

export async function capabilities({ query }: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const resource = context.capabilities.statement();
  if (!query.some(([name]) => projectionParameters.includes(name))) return { status: 200, resource };
  return { status: 200, text: readProjection(query, [resource.resourceType], context)(formatJson(resource)) };
}
