/** https://hl7.org/fhir/R4/http.html#vread */
import { narrow } from '../access/narrow.ts';
import { exception, notFound } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { answerVersion } from './read.ts';
import { instanceKey } from './request-key.ts';

/** One version, current or not; 410 when that version is a deletion. */
export async function vread(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const key = instanceKey(request);
  if (request.versionId === undefined) throw exception('A vread came without a version id.');
  const version = await context.store.readVersion(key, request.versionId, narrow(request.access, [key.type], 'r'));
  // The same whether the version, the resource or the caller's right to know of it is missing.
  if (version === undefined) throw notFound(`No ${key.type} with this id and version id is known.`);
  return answerVersion(version, key, request, context);
}
