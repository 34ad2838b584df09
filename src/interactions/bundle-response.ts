/** The answer to a batch or transaction: one entry for each entry, in the same order. https://hl7.org/fhir/R4/http.html#transaction-response */
import { formatInstant } from '../fhir/date.ts';
import { formatJson } from '../fhir/json.ts';
import { type FhirError, operationOutcome } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';
import { formatVersionTag } from '../fhir/version-tag.ts';
import type { FhirResponse } from './context.ts';

/** The Bundle as text; stored resources go into it as they are, unparsed. */
export function formatResponseBundle(type: 'batch-response' | 'transaction-response', entries: readonly string[]): string {
  const members = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`;
  return `{"resourceType":"Bundle","type":"${type}"${members}}`;
}

/** An entry that went well. What a write has to remark becomes its `response.outcome`; a HEAD has no resource. */
export function formatEntry(response: FhirResponse, method: string): string {
  const { status, location, versionId, lastUpdated, issues, resource, text } = response;
  const written = issues !== undefined;
  const remarks = issues !== undefined && issues.length > 0 ? operationOutcome(issues) : undefined;
  const outcome = written && resource !== undefined ? resource : remarks;
  const body = method === 'HEAD' ? undefined : (text ?? (written || resource === undefined ? undefined : formatJson(resource)));
  const about: Record<string, JsonValue> = { status: statusLine(status) };
  if (location !== undefined) about['location'] = location;
  if (versionId !== undefined) about['etag'] = formatVersionTag(versionId);
  if (lastUpdated !== undefined) about['lastModified'] = formatInstant(lastUpdated);
  if (outcome !== undefined) about['outcome'] = outcome;
  return `{${body === undefined ? '' : `"resource":${body},`}"response":${formatJson(about)}}`;
}

/** An entry that was refused. */
export function formatFailure(error: FhirError): string {
  return formatJson({ response: { status: statusLine(error.status), outcome: operationOutcome(error.issues) } });
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** "The status SHALL start with a 3 digit HTTP code and may contain the standard HTTP description associated with the status code." */
function statusLine(status: number): string {
  const reason = reasons[status];
  return reason === undefined ? String(status) : `${status} ${reason}`;
}
