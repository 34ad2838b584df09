/** https://hl7.org/fhir/R4/http.html#delete and, without an id in the URL, https://hl7.org/fhir/R4/http.html#cdelete */
import { operationOutcome } from '../fhir/outcome.ts';
import { commitOne, type Written } from './commit.ts';
import { findMatch, parseCondition } from './conditional.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { type PlannedWrite, planDelete } from './plan-write.ts';
import { parsePrefer, withVerdict } from './prefer.ts';
import { instanceKey, requestType } from './request-key.ts';

/** Deletes one resource: 204, also when there is none; conditionally, none or the one match (several: 412, as the specification allows). */
export async function deleteResource(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const plan = request.level === 'instance' ? planInstance(request, context) : planConditional(request, context);
  return answerDelete(await commitOne(plan, context.store), request.headers.prefer);
}

/** "200 OK if the response contains a payload, or a 204 No Content with no response payload". */
export function answerDelete({ version, issues }: Written, prefer: string | undefined): FhirResponse {
  const stamp = version === undefined ? {} : { versionId: version.versionId, lastUpdated: version.lastUpdated };
  if (parsePrefer(prefer, 'minimal').return !== 'OperationOutcome') return { status: 204, issues, ...stamp };
  const text = version === undefined ? 'There was nothing to delete.' : 'The resource is deleted.';
  return { status: 200, resource: operationOutcome(withVerdict(issues, text)), issues, ...stamp };
}

function planInstance(request: FhirRequest, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers } = request;
  const key = instanceKey(request);
  return () => planDelete({ key, access, headers }, context);
}

function planConditional(request: FhirRequest, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers } = request;
  const type = requestType(request);
  const condition = parseCondition(type, request.query, { access, permission: 'd' }, context);
  return async () => {
    const match = await findMatch(condition, context);
    return match === undefined ? { issues: [] } : planDelete({ key: match.key, access, headers }, context);
  };
}
