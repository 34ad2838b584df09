/** https://hl7.org/fhir/R4/operations.html#executing */
import { authorizeBeyondPatient } from '../access/authorize.ts';
import { notFound, notSupported } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from './context.ts';

/** Finds the operation that the URL names and runs it, when it is offered on this type, at this level and by this method. */
export async function operation(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const name = request.operation ?? '';
  const found = findOperation(request, context);
  if (found === undefined) {
    throw notFound(`The operation $${name} is not offered here; the CapabilityStatement lists those that are.`);
  }
  if (found.openToPatients !== true) authorizeBeyondPatient(request.access, `The operation $${name}`);
  if (request.method === 'GET' && found.affectsState) throw notSupported(`$${name} must be called with POST.`, ['POST']);
  return found.run(request, context);
}

/** One code may have several definitions, each on types and levels of its own. */
export function findOperation(
  { operation: name, level, type }: Pick<FhirRequest, 'operation' | 'level' | 'type'>,
  { operations }: Pick<ServerContext, 'operations'>,
): OperationDefinition | undefined {
  return operations.find(
    ({ code, levels, types }) =>
      code === name && levels.includes(level) && (type === undefined || types === undefined || types.includes(type)),
  );
}
