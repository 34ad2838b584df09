/** https://hl7.org/fhir/R4/http.html#create */
import { commitOne } from './commit.ts';
import { findMatch, parseIfNoneExist } from './conditional.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { type PlannedWrite, planCreate } from './plan-write.ts';
import { answerWrite } from './prefer.ts';
import { requestType, resourcePlace } from './request-key.ts';
import { requestResource, withId } from './request-resource.ts';

/**
 * Stores the body as a new resource under an id of the server's: "If an id is provided, the server SHALL ignore it." With `If-None-Exist`,
 * a resource that meets the condition already is answered instead (200), and the store makes sure that no other writer brings one meanwhile.
 */
export async function create(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const type = requestType(request);
  const resource = requestResource(request);
  const { access, headers } = request;
  const at = resourcePlace(request);
  const { ifNoneExist } = headers;
  const condition = ifNoneExist === undefined ? undefined : parseIfNoneExist(type, ifNoneExist, access, context);

  const plan = async (): Promise<PlannedWrite> => {
    const match = condition === undefined ? undefined : await findMatch(condition, context);
    if (match !== undefined) return { issues: [], current: match };
    const key = { type, id: context.newId() };
    const wanted = { key, resource: withId(resource, key.id), access, permission: 'c', headers: {}, at } as const;
    if (condition === undefined) return planCreate(wanted, context);
    return planCreate({ ...wanted, expect: { kind: 'no-match', criterion: condition.allowed } }, context);
  };
  return answerWrite(await commitOne(plan, context), headers.prefer);
}
