/** https://hl7.org/fhir/R4/operations.html#executing */
import { notFound, notSupported } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from './context.ts';

/** Finds the operation that the URL names and runs it, when it is offered on this type, at this level and by this method. */
export async function operation(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const name = request.operation ?? '';
  const found = context.operations.get(name);
  if (found === undefined || !isOffered(found, request)) {
    throw notFound(`The operation $${name} is not offered here; the CapabilityStatement lists those that are.`);
  }
  if (request.method === 'GET' && found.affectsState) throw notSupported(`$${name} must be called with POST.`, ['POST']);
  return found.run(request, context);
}

function isOffered(definition: OperationDefinition, request: FhirRequest): boolean {
  const { levels, types } = definition;
  return levels.includes(request.level) && (request.type === undefined || types === undefined || types.includes(request.type));
}
