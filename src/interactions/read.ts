/** https://hl7.org/fhir/R4/http.html#read */
import { narrow } from '../access/narrow.ts';
import { deleted, invalidValue, notFound } from '../fhir/outcome.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { formatVersionTag, parseVersionTags } from '../fhir/version-tag.ts';
import type { StoredVersion } from '../store/store.ts';
import type { FhirRequest, FhirResponse, RequestHeaders, ServerContext } from './context.ts';
import { readProjection } from './projected.ts';
import { instanceKey } from './request-key.ts';

/** The current version; 304 when the client has it already, 410 when it was deleted, 404 when the caller may know of none. */
export async function read(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const key = instanceKey(request);
  const version = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  return answerVersion(version, key, request, context);
}

/** A version as the answer to a read: also for vread. */
export function answerVersion(
  version: StoredVersion | undefined,
  key: ResourceKey,
  request: FhirRequest,
  context: ServerContext,
): FhirResponse {
  if (version === undefined) throw unknownInstance(key);
  const { versionId, lastUpdated, text } = version;
  if (version.deleted) {
    throw deleted(`This ${key.type} was deleted.`, { ETag: formatVersionTag(versionId) });
  }
  if (isKnown(version, request.headers)) return { status: 304, versionId, lastUpdated };
  const project = readProjection(request.query, [key.type], context);
  return { status: 200, text: project(text), versionId, lastUpdated };
}

/** The one 404 of an instance: the same whether it never was or lies outside the caller's border. */
export function unknownInstance(key: ResourceKey) {
  return notFound(`No ${key.type} with this id is known.`);
}

/** https://hl7.org/fhir/R4/http.html#cread; as in HTTP, `If-None-Match` makes `If-Modified-Since` be ignored. */
function isKnown(version: StoredVersion, headers: RequestHeaders): boolean {
  const { ifNoneMatch, ifModifiedSince } = headers;
  if (ifNoneMatch !== undefined) {
    const tags = parseVersionTags(ifNoneMatch);
    if (tags === undefined) throw invalidValue('If-None-Match must be a list of entity tags such as W/"3".');
    return tags.includes('*') || tags.includes(version.versionId);
  }
  if (ifModifiedSince === undefined) return false;
  // An HTTP date, or in a Bundle an instant: both have their zone. "A recipient MUST ignore the If-Modified-Since header field if the received field value is not a valid
  // HTTP-date" (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3).
  const since = Date.parse(ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(version.lastUpdated / 1000) * 1000 <= since;
}
