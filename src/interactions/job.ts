/** Asking after an asynchronous request, fetching its files, ending it. https://hl7.org/fhir/R4/async.html */
import { insufficientScope, isGranted } from '../access/grants.ts';
import { ownerOf, systemAccess } from '../access/system-access.ts';
import { formatInstant } from '../fhir/date.ts';
import { FhirError, notFound } from '../fhir/outcome.ts';
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import type { Job, JobFile } from '../store/job-store.ts';
import type { Content, FhirRequest, FhirResponse, ServerContext } from './context.ts';

/** The media type of files. */
export const ndjson = 'application/fhir+ndjson';

/** The answer to a request that will be carried out later: where to ask after it. */
export function accepted(job: Job, { baseUrl }: ServerContext): FhirResponse {
  return { status: 202, headers: { 'Content-Location': `${baseUrl}/_jobs/${job.id}` } };
}

/** Throws 404 for a job that the caller did not begin, as for one that never was. */
export async function job(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const found = await context.jobs.find(request.job ?? '', ownerOf(request.access));
  if (found === undefined)
    throw notFound('No asynchronous request with this id is known. It may have expired, or have been ended.');
  if (request.method === 'DELETE') return end(found, context);
  return request.file === undefined ? status(found, request, context) : file(found, request, context);
}

/** "202 Accepted" to the DELETE; "when subsequent requests are made to the polling location, the server SHALL return a 404". */
async function end(found: Job, { jobs }: ServerContext): Promise<FhirResponse> {
  await jobs.remove(found);
  return { status: 202 };
}

function status(found: Job, request: FhirRequest, context: ServerContext): FhirResponse {
  const { failure, until } = found;
  if (failure !== undefined) throw new FhirError(failure.status, failure.issues);
  if (found.state === 'done') {
    return { status: 200, headers: { Expires: new Date(until).toUTCString() }, content: json(manifest(found, request, context)) };
  }
  const headers = { 'X-Progress': found.note, 'Retry-After': String(retrySeconds(context.now() - found.createdAt)) };
  return { status: 202, headers };
}

/** Asking again is cheap, so the first times may come soon. */
function retrySeconds(ageMs: number): number {
  if (ageMs < 10_000) return 1;
  return ageMs < 60_000 ? 5 : 30;
}

/** https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status; `result` is what the worker adds to it. */
function manifest({ id, request: asked, progress, files }: Job, { access }: FhirRequest, { baseUrl }: ServerContext): JsonObject {
  const listed = (role: JobFile['role'], typeOf: (file: JobFile) => string): readonly JsonValue[] =>
    files
      .filter((one) => one.role === role)
      .map((one) => ({ type: typeOf(one), url: `${baseUrl}/_jobs/${id}/${one.name}`, count: one.count }));
  const deleted = listed('deleted', () => 'Bundle');
  const result = (progress['result'] ?? {}) as JsonObject; // Workers put an object there.
  return {
    transactionTime: formatInstant(Number(progress['transactionTime'])),
    request: asked['url'] ?? '',
    requiresAccessToken: access.kind !== 'none',
    output: listed('output', ({ type }) => type),
    ...(deleted.length === 0 ? {} : { deleted }),
    error: listed('error', () => 'OperationOutcome'),
    ...result,
  };
}

function json(value: JsonObject): Content {
  const bytes = Buffer.from(JSON.stringify(value));
  return { type: 'application/json', length: bytes.length, bytes: [bytes] };
}

/** "The request SHALL include a valid access token [...] with scopes that cover all resources being exported": here, those of the file. */
function file(found: Job, { access, file: name }: FhirRequest, { jobs }: ServerContext): FhirResponse {
  const wanted = found.state === 'done' ? found.files.find((one) => one.name === name && shown.includes(one.role)) : undefined;
  if (wanted === undefined) throw notFound('This asynchronous request has no such file.');
  const system = systemAccess(access);
  if (wanted.role !== 'error' && !(isGranted(system, wanted.type, 'r') && isGranted(system, wanted.type, 's'))) {
    throw insufficientScope(system, wanted.type, ['r', 's']);
  }
  return { status: 200, content: { type: ndjson, length: wanted.bytes, bytes: jobs.readFile(found, wanted) } };
}

const shown: readonly JobFile['role'][] = ['output', 'deleted', 'error'];
