/** The answer to a batch or transaction: one entry for each entry, in the same order. https://hl7.org/fhir/R4/http.html#transaction-response */
import { formatInstant } from '../fhir/date.ts';
import { formatJson } from '../fhir/json.ts';
import { FhirError, type Issue, operationOutcome } from '../fhir/outcome.ts';
import { placeIssues } from '../fhir/place-issues.ts';
import type { FindPlaces } from '../fhir/places.ts';
import type { JsonValue } from '../fhir/types.ts';
import { formatVersionTag } from '../fhir/version-tag.ts';
import type { FhirResponse } from './context.ts';

/** The answer to an entry, or why it was refused. */
export type EntryAnswer = { readonly response: FhirResponse; readonly method: string } | FhirError;

/**
 * The Bundle as text; stored resources go into it as they are, unparsed. What is said of entries gets its lines and columns in the Bundle that was
 * sent, all in one pass over it.
 */
export function formatResponseBundle(
  type: 'batch-response' | 'transaction-response',
  answers: readonly EntryAnswer[],
  places: FindPlaces | undefined,
): string {
  const said = placeIssues(answers.map(issuesOf), places);
  const entries = answers.map((answer, index) => formatAnswer(answer, said[index] ?? []));
  const members = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`;
  return `{"resourceType":"Bundle","type":"${type}"${members}}`;
}

function issuesOf(answer: EntryAnswer): readonly Issue[] {
  if (answer instanceof FhirError) return answer.issues;
  return answer.response.outcome ?? answer.response.issues ?? [];
}

function formatAnswer(answer: EntryAnswer, said: readonly Issue[]): string {
  return answer instanceof FhirError ? formatFailure(answer, said) : formatEntry(answer.response, answer.method, said);
}

/** An entry that went well. What a write has to remark becomes its `response.outcome`; a HEAD has no resource. */
function formatEntry(response: FhirResponse, method: string, said: readonly Issue[]): string {
  const { status, location, versionId, lastUpdated, issues, resource, text } = response;
  const written = issues !== undefined;
  const outcome = said.length > 0 ? operationOutcome(said) : undefined;
  const shown = resource ?? (written ? undefined : outcome);
  const body = method === 'HEAD' ? undefined : (text ?? (shown === undefined ? undefined : formatJson(shown)));
  const about: Record<string, JsonValue> = { status: statusLine(status) };
  if (location !== undefined) about['location'] = location;
  if (versionId !== undefined) about['etag'] = formatVersionTag(versionId);
  if (lastUpdated !== undefined) about['lastModified'] = formatInstant(lastUpdated);
  if (written && outcome !== undefined) about['outcome'] = outcome;
  return `{${body === undefined ? '' : `"resource":${body},`}"response":${formatJson(about)}}`;
}

function formatFailure({ status }: FhirError, issues: readonly Issue[]): string {
  return formatJson({ response: { status: statusLine(status), outcome: operationOutcome(issues) } });
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
