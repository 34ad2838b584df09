/** https://hl7.org/fhir/R4/http.html#patch and, without an id in the URL, its conditional form */
import { isGranted } from '../access/grants.ts';
import { jsonPatchType } from '../fhir/media-type.ts';
import { notFound, required } from '../fhir/outcome.ts';
import type { Patch } from '../patch/patch.ts';
import { commitOne } from './commit.ts';
import { findMatch, parseCondition } from './conditional.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { applyPatch, parsePatch, planPatched } from './plan-patch.ts';
import type { PlannedWrite } from './plan-write.ts';
import { answerWrite, parsePrefer } from './prefer.ts';
import { instanceKey, requestType } from './request-key.ts';

/** Changes a stored resource by a JSON Patch or a FHIRPath Patch: 200 with the new version, like an update. */
export async function patch(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const type = requestType(request);
  const place = request.at === undefined ? 'Parameters' : `${request.at}.resource`;
  if (request.body === undefined) {
    throw required(`A patch is expected in the body: a Parameters resource, or a JSON Patch sent as ${jsonPatchType}.`);
  }
  const change = parsePatch(request.body, place, context);
  const plan = request.level === 'instance' ? planInstance(request, change, context) : planConditional(request, change, context);
  return answerWrite(await commitOne(plan, context), preferOf(request, type));
}

function planInstance(request: FhirRequest, change: Patch, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers, at } = request;
  const wanted = { key: instanceKey(request), access, headers, patch: change, ...(at !== undefined && { at }) };
  return async () => planPatched(await applyPatch(wanted, context), wanted, context);
}

/** "No matches: The server returns a 404 Not Found. One Match: The server performs the update against the matching resource." Several: 412. */
function planConditional(request: FhirRequest, change: Patch, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers, at } = request;
  const type = requestType(request);
  const condition = parseCondition(type, request.query, { access, permission: 'u' }, context);
  return async () => {
    const match = await findMatch(condition, context);
    if (match === undefined) throw notFound(`No ${type} meets the condition of this patch.`);
    const wanted = { key: match.key, access, headers, patch: change, ...(at !== undefined && { at }) };
    return planPatched(await applyPatch(wanted, context), wanted, context);
  };
}

/** A client that may change but not read gets to see no more than it sent. */
function preferOf({ access, headers }: FhirRequest, type: string): string | undefined {
  const shows = parsePrefer(headers.prefer).return === 'representation';
  return shows && !isGranted(access, type, 'r') ? 'return=minimal' : headers.prefer;
}
