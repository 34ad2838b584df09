/** A patch, in either of its forms, ready to be applied. https://hl7.org/fhir/R4/http.html#patch */
import type { Definitions } from '../definitions/definitions.ts';
import { jsonPatchType } from '../fhir/media-type.ts';
import { invalidValue, unprocessable } from '../fhir/outcome.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { readFhirpathPatch } from './fhirpath-operations.ts';
import { applyFhirpathPatch } from './fhirpath-patch.ts';
import { applyJsonPatch, readJsonPatch } from './json-patch.ts';
import { prune } from './prune.ts';

export interface Patch {
  /** Whether it is done depends on what is stored: it tests values, or chooses elements by their content. */
  readonly asks: boolean;
  /** The resource with the patch applied; type and id stay. Throws 400 or 422 for the first operation that can't be applied. */
  apply(resource: Resource): Resource;
}

/**
 * Reads a patch: an array is a JSON Patch, a Parameters resource a FHIRPath Patch. `at` is its place, for the expressions of issues. Throws 400 for
 * what is no patch.
 */
export function readPatch(body: JsonValue, definitions: Definitions, at?: string): Patch {
  if (Array.isArray(body)) {
    const operations = readJsonPatch(body);
    return {
      asks: operations.some(({ op }) => op === 'test'),
      apply: (resource) => result(applyJsonPatch(resource, operations), resource),
    };
  }
  if (!isJsonObject(body) || body['resourceType'] !== 'Parameters') {
    throw invalidValue(`A patch is a Parameters resource (FHIRPath Patch) or an array of operations (${jsonPatchType}).`, at);
  }
  const operations = readFhirpathPatch(body as Resource, at); // Its resourceType was just seen.
  return {
    asks: operations.some(({ path }) => !plainPath.test(path)),
    apply: (resource) => result(applyFhirpathPatch(resource, operations, definitions), resource),
  };
}

/** Names and positions only: `Patient.name[0].given`. */
const plainPath = /^[A-Za-z]+(?:\[\d+\])?(?:\.[A-Za-z]+(?:\[\d+\])?)*$/;

function result(patched: JsonValue, before: Resource): Resource {
  const pruned = prune(patched);
  if (pruned === undefined || !isJsonObject(pruned)) throw unprocessable('The patch leaves nothing of the resource.');
  for (const name of ['resourceType', 'id'] as const) {
    if (pruned[name] !== before[name]) throw unprocessable(`A patch may not change the ${name} of the resource.`, name);
  }
  return pruned as Resource; // It has the resourceType of the one before.
}
