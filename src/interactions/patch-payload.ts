/**
 * The patch inside an entry of a Bundle: a Parameters resource, or "a Binary resource with a payload" for JSON Patch.
 * https://hl7.org/fhir/R4/http.html#patch
 */
import { parseJson } from '../fhir/json.ts';
import { jsonPatchType } from '../fhir/media-type.ts';
import { atExpression, FhirError, invalidValue } from '../fhir/outcome.ts';
import type { JsonValue, Resource } from '../fhir/types.ts';

/** The body that the patch would have as a request of its own; `place` is the resource's. Throws 400. */
export function readPatchPayload(resource: Resource, place: string): JsonValue {
  if (resource.resourceType === 'Parameters') return resource;
  const { contentType, data } = resource;
  const type = typeof contentType === 'string' ? contentType.split(';')[0]?.trim().toLowerCase() : undefined;
  if (resource.resourceType !== 'Binary' || type !== jsonPatchType || typeof data !== 'string') {
    throw invalidValue(
      `A PATCH holds a Parameters resource, or a Binary with the contentType ${jsonPatchType} and its data.`,
      place,
    );
  }
  const body = parseAt(decodeText(data, `${place}.data`), `${place}.data`);
  if (Array.isArray(body)) return body;
  throw invalidValue('The data of this Binary must be a JSON Patch: an array of operations.', `${place}.data`);
}

function decodeText(data: string, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'));
  } catch {
    throw invalidValue('The data of this Binary is not UTF-8 text in base64.', place);
  }
}

function parseAt(text: string, place: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, () => place) : error;
  }
}
