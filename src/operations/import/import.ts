/**
 * Bulk import, our own: conformance/operation-definitions/import.json, decided in src/decisions/0017-jobs-export-import.md. The resources come in the request itself, as
 * NDJSON; no address is ever fetched, so that nobody can make the server call one.
 */
import { insufficientScope } from '../../access/grants.ts';
import { ownerOf, packAccess, systemAccess } from '../../access/system-access.ts';
import { exception, invalidValue } from '../../fhir/outcome.ts';
import type { JsonObject } from '../../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { accepted, ndjson } from '../../interactions/job.ts';
import { urlOf } from '../../interactions/paging.ts';
import { parsePrefer } from '../../interactions/prefer.ts';
import { sortOut } from '../parameters.ts';

/** The kind of its jobs. */
export const importKind = 'import';

/** As it is kept with the job. */
export interface ImportRequest extends JsonObject {
  readonly url: string;
  readonly access: JsonObject;
}

export const importResources: OperationDefinition = {
  code: 'import',
  levels: ['system'],
  affectsState: true,
  source: ndjson,
  definition: 'https://fascicolo.example/fhir/OperationDefinition/import',
  run,
};

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  if (request.at !== undefined)
    throw invalidValue('$import is answered later, so it can not be an entry of a Bundle.', request.at);
  const access = systemAccess(request.access);
  const writes = access.kind === 'none' || access.scopes.some(({ permissions }) => permissions.has('c') && permissions.has('u'));
  if (!writes) throw insufficientScope(access, undefined, ['c', 'u']);
  const owner = ownerOf(access);
  if (!parsePrefer(request.headers.prefer).async) {
    throw invalidValue("$import is answered later: send it with the header 'Prefer: respond-async'.", 'http.prefer');
  }
  sortOut(request, []);
  if (request.source === undefined) throw exception('The body of $import came without a stream.');
  const kept: ImportRequest = { url: urlOf(request, context), access: packAccess(access) };
  return accepted(await context.jobs.receive({ kind: importKind, owner, request: kept }, request.source), context);
}
