/** From the parts of an HTTP request to a FhirRequest. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessContext } from '../access/access-context.ts';
import type { JsonValue, Language } from '../fhir/types.ts';
import { bundleInteraction } from '../interactions/bundle-entries.ts';
import type { FhirRequest, RequestHeaders } from '../interactions/context.ts';
import type { Match } from '../interactions/table.ts';
import type { RequestBody } from './parse-body.ts';
import { checkPatchForm } from './patch-format.ts';
import type { QueryPairs } from './paths.ts';

export interface RequestParts {
  readonly match: Match;
  readonly method: string;
  readonly query: QueryPairs;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly access: AccessContext;
  readonly requestId: string;
  readonly language: Language;
}

/** Throws `malformed` (400) for a body that can't be what the interaction takes. */
export function parseRequest(parts: RequestParts): FhirRequest {
  const { match, method, headers, access, requestId, language } = parts;
  const { row, ...target } = match;
  const { value: body, form, raw, places } = parts.body;
  if (row.code === 'patch' && body !== undefined) checkPatchForm(headers, body);
  return {
    ...target,
    interaction: interactionOf(match, body),
    level: row.level,
    method: method === 'HEAD' ? 'GET' : method,
    query: form.length > 0 ? [...parts.query, ...form] : parts.query,
    // Who sends bytes knows them: they are sent back only when asked for.
    headers: { ...(raw === true && { prefer: 'return=minimal' }), ...readHeaders(headers) },
    access,
    requestId,
    language,
    ...(body === undefined ? {} : { body }),
    ...(places === undefined ? {} : { places }),
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
