/** https://hl7.org/fhir/R4/resource-operation-meta.html on an instance; on a type or the system see meta-summary.ts */
import { narrow } from '../access/narrow.ts';
import { deleted } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { readStored } from '../interactions/plan-write.ts';
import { unknownInstance } from '../interactions/read.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { summarizeMeta } from './meta-summary.ts';
import { parametersResource, sortOut } from './parameters.ts';

export const meta: OperationDefinition = {
  code: 'meta',
  levels: ['system', 'type', 'instance'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
  run,
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  sortOut(request, []);
  const valueMeta = request.level === 'instance' ? await readMeta(request, context) : await summarizeMeta(request, context);
  return { status: 200, resource: parametersResource({ name: 'return', valueMeta }) };
}

/** "At the resource and historical entry level, the $meta operation returns the same meta as would be returned by accessing the resource directly." */
async function readMeta(request: FhirRequest, context: ServerContext) {
  const key = instanceKey(request);
  const version = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  if (version === undefined) throw unknownInstance(key);
  if (version.deleted) throw deleted(`This ${key.type} was deleted.`);
  return readStored(version)['meta'] ?? {};
}
