/** https://hl7.org/fhir/R4/http.html#delete and, without an id in the URL, https://hl7.org/fhir/R4/http.html#cdelete */
import { multipleMatches } from '../fhir/outcome.ts';
import type { StoredVersion } from '../store/store.ts';
import { commitAll, commitOne, type Written } from './commit.ts';
import { type Condition, findMatches, parseCondition, severalMatches } from './conditional.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { type DeleteOptions, readDeleteOptions } from './delete-options.ts';
import { planDelete } from './plan-write.ts';
import { parsePrefer, withVerdict } from './prefer.ts';
import { instanceKey, requestType } from './request-key.ts';

/**
 * Deletes one resource: 204, also when there is none. A conditional delete means its one match (several: 412, as the specification allows), or
 * with `_count` all its matches up to that number.
 */
export async function deleteResource(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const { access, headers } = request;
  const type = requestType(request);
  const options = readDeleteOptions(request.query, type, access);
  const { leavesReferences, condition: parameters } = options;
  if (request.level === 'instance') {
    const key = instanceKey(request);
    const written = await commitOne(() => planDelete({ key, access, headers, leavesReferences }, context), context);
    return answerDelete([written], headers.prefer);
  }
  const condition = parseCondition(type, parameters, { access, permission: 'd' }, context);
  const plan = async () => {
    const matches = await findDeletions(condition, options, context);
    return Promise.all(
      matches.map((matched) => planDelete({ key: matched.key, access, headers, leavesReferences, matched }, context)),
    );
  };
  return answerDelete(await commitAll(plan, context), headers.prefer);
}

/** The matches of a condition that may be deleted; more of them than were asked for: 412, and nothing is deleted. */
export async function findDeletions(
  condition: Condition,
  { countMax }: DeleteOptions,
  context: ServerContext,
  expression?: string,
): Promise<readonly StoredVersion[]> {
  const place = expression === undefined ? {} : { place: expression };
  const matches = await findMatches(condition, context, { count: countMax + 1, ...place });
  if (matches.length <= countMax) return matches;
  if (countMax === 1) throw severalMatches(condition.type, expression);
  const text = `The condition matches more than ${countMax} resources of type ${condition.type}, which is what _count allows. Nothing was deleted.`;
  throw multipleMatches(text, expression);
}

/** "200 OK if the response contains a payload, or a 204 No Content with no response payload". */
export function answerDelete(written: readonly Written[], prefer: string | undefined): FhirResponse {
  const issues = written.flatMap((one) => one.issues);
  const deleted = written.flatMap(({ version }) => version ?? []);
  const [version] = deleted;
  const stamp =
    version === undefined || deleted.length > 1 ? {} : { versionId: version.versionId, lastUpdated: version.lastUpdated };
  if (parsePrefer(prefer, 'minimal').return !== 'OperationOutcome') return { status: 204, issues, ...stamp };
  return { status: 200, outcome: withVerdict(issues, verdict(deleted.length)), issues, ...stamp };
}

function verdict(count: number): string {
  if (count === 0) return 'There was nothing to delete.';
  return count === 1 ? 'The resource is deleted.' : `${count} resources are deleted.`;
}
