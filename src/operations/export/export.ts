/** Bulk export: https://hl7.org/fhir/uv/bulkdata/STU2/export.html. Begun here, carried out as a job (run.ts). */
import { insufficientScope } from '../../access/grants.ts';
import { ownerOf, systemAccess } from '../../access/system-access.ts';
import { invalidValue } from '../../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../../interactions/context.ts';
import { accepted } from '../../interactions/job.ts';
import { parsePrefer } from '../../interactions/prefer.ts';
import { instanceKey } from '../../interactions/request-key.ts';
import { bodyParameters } from '../parameters.ts';
import { groupPatients, namedPatients } from './record.ts';
import { type ExportScope, readExport } from './request.ts';

/** The kind of its jobs. */
export const exportKind = 'export';

const canonical = 'https://fascicolo.example/fhir/OperationDefinition/';

export const exportSystem: OperationDefinition = {
  code: 'export',
  levels: ['system'],
  affectsState: false,
  definition: `${canonical}export`,
  run: (request, context) => begin(request, 'system', context),
};

export const exportPatients: OperationDefinition = {
  code: 'export',
  levels: ['type'],
  types: ['Patient'],
  affectsState: false,
  definition: `${canonical}patient-export`,
  run: (request, context) => begin(request, 'record', context),
};

export const exportGroup: OperationDefinition = {
  code: 'export',
  levels: ['instance'],
  types: ['Group'],
  affectsState: false,
  definition: `${canonical}group-export`,
  run: (request, context) => begin(request, 'record', context),
};

/** Everything that can be refused is refused now; from 202 on only the store can fail. */
async function begin(request: FhirRequest, scope: ExportScope, context: ServerContext): Promise<FhirResponse> {
  if (request.at !== undefined)
    throw invalidValue('$export is answered later, so it can not be an entry of a Bundle.', request.at);
  const access = systemAccess(request.access);
  if (access.kind === 'token' && access.scopes.length === 0) throw insufficientScope(access, undefined, ['r', 's']);
  const owner = ownerOf(access);
  if (!parsePrefer(request.headers.prefer).async) {
    throw invalidValue("$export is answered later: send it with the header 'Prefer: respond-async'.", 'http.prefer');
  }
  if (request.query.some(([name]) => name === 'patient')) {
    throw invalidValue("'patient' is a parameter of POST alone: a Parameters resource with valueReference.", 'http.patient');
  }
  const references = bodyParameters(request.body).filter(({ name }) => name === 'patient');
  if (references.length > 0 && scope === 'system')
    throw invalidValue("'patient' is not for the export of the whole system.", 'http.patient');
  const group = request.level === 'instance' ? instanceKey(request).id : undefined;
  const members = group === undefined ? undefined : await groupPatients(group, access, context);
  const wanted = { request, access, scope, context, ...(group === undefined ? {} : { group }) };
  const named =
    references.length === 0
      ? {}
      : {
          patients: await namedPatients(
            references.map(({ value }) => value ?? null),
            members,
            access,
            context,
          ),
        };
  const job = await context.jobs.start({ kind: exportKind, owner, request: readExport({ ...wanted, ...named }) });
  return accepted(job, context);
}
