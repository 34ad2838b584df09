/** From the parts of an HTTP request to a FhirRequest. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessContext } from '../access/access-context.ts';
import { parseJson } from '../fhir/json.ts';
import type { JsonValue } from '../fhir/types.ts';
import { bundleInteraction } from '../interactions/bundle-entries.ts';
import type { FhirRequest, RequestHeaders } from '../interactions/context.ts';
import type { Match } from '../interactions/table.ts';
import { parsePairs, type QueryPairs } from './paths.ts';

export interface RequestParts {
  readonly match: Match;
  readonly method: string;
  readonly query: QueryPairs;
  readonly headers: IncomingHttpHeaders;
  /** The body as text; '' when there is none. */
  readonly body: string;
  readonly access: AccessContext;
  readonly requestId: string;
}

/** Throws `malformed` (400) for a body that is no FHIR JSON. */
export function parseRequest(parts: RequestParts): FhirRequest {
  const { match, method, headers, access, requestId } = parts;
  const { row, ...target } = match;
  const form = row.form === true;
  const body = form || parts.body.trim() === '' ? undefined : parseJson(parts.body);
  return {
    ...target,
    interaction: interactionOf(match, body),
    level: row.level,
    method: method === 'HEAD' ? 'GET' : method,
    query: form ? [...parts.query, ...parsePairs(parts.body)] : parts.query,
    headers: readHeaders(headers),
    access,
    requestId,
    ...(body === undefined ? {} : { body }),
  };
}

/** Whether a request of this shape has a body worth reading. */
export function hasBody(match: Match): boolean {
  return match.row.method === 'POST' || match.row.method === 'PUT' || match.row.method === 'PATCH';
}

/** `POST [base]` is a batch or a transaction by the Bundle's type. */
function interactionOf(match: Match, body: JsonValue | undefined): FhirRequest['interaction'] {
  return match.row.code === 'transaction' ? bundleInteraction(body) : match.row.code;
}

function readHeaders(headers: IncomingHttpHeaders): RequestHeaders {
  const named: readonly (readonly [name: keyof RequestHeaders, value: string | string[] | undefined])[] = [
    ['ifMatch', headers['if-match']],
    ['ifNoneMatch', headers['if-none-match']],
    ['ifModifiedSince', headers['if-modified-since']],
    ['ifNoneExist', headers['if-none-exist']],
    ['prefer', headers['prefer']],
  ];
  return Object.fromEntries(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}
