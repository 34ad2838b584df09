/** How a patch is sent. https://hl7.org/fhir/R4/http.html#patch and https://www.rfc-editor.org/rfc/rfc5789 */
import type { IncomingHttpHeaders } from 'node:http';
import { jsonPatchType } from '../fhir/media-type.ts';
import { FhirError, malformed, unsupportedMedia } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';
import { parseRange } from './media-range.ts';

/** What `Accept-Patch` says: a JSON Patch, or the Parameters of a FHIRPath Patch in either format. */
export const acceptPatch = `${jsonPatchType}, application/fhir+json, application/fhir+xml`;

export function isJsonPatch(headers: IncomingHttpHeaders): boolean {
  return parseRange(headers['content-type'] ?? '').type === jsonPatchType;
}

/** The 415 of a patch in another form: it says in `Accept-Patch` too what is taken. */
export function patchRefusal(): FhirError {
  const text = `A patch must be sent as ${jsonPatchType}, or as a Parameters resource in application/fhir+json or application/fhir+xml.`;
  return new FhirError(415, unsupportedMedia(text).issues, { 'Accept-Patch': acceptPatch });
}

/** "The content type of the body indicates the type of patch": throws 400 for a body that is of the other. */
export function checkPatchForm(headers: IncomingHttpHeaders, body: JsonValue): void {
  if (isJsonPatch(headers) === Array.isArray(body)) return;
  throw malformed(
    isJsonPatch(headers)
      ? `What is sent as ${jsonPatchType} must be an array of operations.`
      : `A FHIRPath Patch is a Parameters resource; an array of operations must be sent as ${jsonPatchType}.`,
  );
}
