/** Indexes what is stored by new search parameters, a step at a call: conformance/operation-definitions/reindex.json */
import { authorizeSystem } from '../access/authorize.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { booleanValue, parametersResource, sortOut } from './parameters.ts';

export const reindex: OperationDefinition = {
  code: 'reindex',
  levels: ['system'],
  affectsState: true,
  definition: 'https://fascicolo.example/fhir/OperationDefinition/reindex',
  run,
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  authorizeSystem(request.access, '*', 'u', 'The operation $reindex');
  const { known } = sortOut(request, ['all']);
  const step = await context.ownParameters.reindex({ all: booleanValue(known, 'all') === true });
  const { finished, done, total, skipped, waitMs, parameters } = step;
  return {
    status: 200,
    resource: parametersResource(
      { name: 'finished', valueBoolean: finished },
      { name: 'done', valueInteger: done },
      { name: 'total', valueInteger: total },
      { name: 'skipped', valueInteger: skipped },
      { name: 'wait', valueInteger: Math.ceil(waitMs / 1000) },
      ...parameters.map((url) => ({ name: 'parameter', valueUri: url })),
    ),
  };
}
