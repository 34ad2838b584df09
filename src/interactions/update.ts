/** https://hl7.org/fhir/R4/http.html#update and, without an id in the URL, https://hl7.org/fhir/R4/http.html#cond-update */
import type { AccessContext } from '../access/access-context.ts';
import { mayCreateUnderId } from '../access/authorize-write.ts';
import { narrow } from '../access/narrow.ts';
import { conflict, invalidValue, required } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import type { JsonValue, Resource, ResourceKey } from '../fhir/types.ts';
import { commitOne } from './commit.ts';
import { type Condition, findMatch, parseCondition } from './conditional.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { type PlannedWrite, planCreate, planUpdate } from './plan-write.ts';
import { answerWrite } from './prefer.ts';
import { instanceKey, requestType, resourcePlace } from './request-key.ts';
import { requestResource, withId } from './request-resource.ts';

export async function update(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const resource = requestResource(request);
  const plan =
    request.level === 'instance' ? planInstance(request, resource, context) : planConditional(request, resource, context);
  return answerWrite(await commitOne(plan, context), request.headers.prefer);
}

/** "If no id element is provided, or the id disagrees with the id in the URL, the server SHALL respond with an HTTP 400 error code." */
export function checkBodyId(resource: Resource, id: string, place: string): void {
  if (resource['id'] === undefined) throw required('The resource has no id; on an update it must be the one in the URL.', place);
  if (resource['id'] !== id) throw invalidValue('The id of the resource is not the one in the URL.', `${place}.id`);
}

function planInstance(request: FhirRequest, resource: Resource, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers } = request;
  const key = instanceKey(request);
  const at = resourcePlace(request);
  checkBodyId(resource, key.id, at);
  return () => planUpdate({ key, resource, access, headers, at }, context);
}

function planConditional(request: FhirRequest, resource: Resource, context: ServerContext): () => Promise<PlannedWrite> {
  const { access, headers } = request;
  const type = requestType(request);
  const at = resourcePlace(request);
  const condition = parseCondition(type, request.query, { access, permission: 'u' }, context);
  return async () => {
    const match = await findMatch(condition, context);
    if (match === undefined) return planUnmatched(request, resource, condition, context);
    // "One Match, resource id provided but does not match resource found: The server returns a 400 Bad Request"
    if (resource['id'] !== undefined && resource['id'] !== match.key.id) {
      throw invalidValue(
        `The ${type} that meets the condition has another id than the one in the body; leave it out.`,
        `${at}.id`,
      );
    }
    return planUpdate({ key: match.key, resource: withId(resource, match.key.id), access, headers, at }, context);
  };
}

/**
 * "No matches, no id provided: The server creates the resource. No matches, id provided: The server treats the interaction as an Update as
 * Create interaction (or rejects it, if it does not support Update as Create)". The store makes sure that there is still no match.
 */
async function planUnmatched(
  request: FhirRequest,
  resource: Resource,
  condition: Condition,
  context: ServerContext,
): Promise<PlannedWrite> {
  const { access, headers } = request;
  const { type } = condition;
  const at = resourcePlace(request);
  const wanted = { access, headers, permission: 'u', expect: { kind: 'no-match', criterion: condition.allowed }, at } as const;
  const id = resource['id'];
  if (id === undefined || !mayCreateUnderId(access, type)) {
    const key = { type, id: context.newId() };
    return planCreate({ ...wanted, key, resource: withId(resource, key.id) }, context);
  }
  const key = { type, id: checkedId(id, at) };
  if (!(await isFree(key, access, context))) {
    throw conflict(`No ${type} meets the condition, but another one has the id of the resource.`, `${at}.id`);
  }
  return planCreate({ ...wanted, key, resource }, context);
}

/** An id in a resource as a logical id. Throws `invalidValue` (400). */
export function checkedId(id: JsonValue, place: string): string {
  if (typeof id === 'string' && idPattern.test(id)) return id;
  throw invalidValue('An id must be 1 to 64 characters of A-Z, a-z, 0-9, "-" and ".".', `${place}.id`);
}

/** Whether a caller who may choose ids can create under this one: nothing stands there, or what stood there was deleted. */
export async function isFree(key: ResourceKey, access: AccessContext, context: ServerContext): Promise<boolean> {
  const current = await context.store.read(key, narrow(access, [key.type], 'u'));
  return current === undefined || current.deleted;
}
