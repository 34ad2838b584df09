/** One FHIR request, from bytes to bytes: the steps of the path of a request, in their order. */
import type { Request, Response } from 'express';
import { nobody } from '../access/access-context.ts';
import type { TokenVerifier } from '../access/verify-token.ts';
import type { ServerContext } from '../interactions/context.ts';
import { dispatch } from '../interactions/dispatch.ts';
import { findOperation } from '../interactions/operation.ts';
import type { Match } from '../interactions/table.ts';
import { authenticate } from './authenticate.ts';
import { exchangeOf } from './exchange.ts';
import { checkAccept, checkContentType } from './negotiate.ts';
import { hasBody, parseRequest } from './parse-request.ts';
import { parseAddress } from './paths.ts';
import type { BodyReader } from './read-body.ts';
import { openSource } from './read-source.ts';
import { findRoute, type Route } from './routes.ts';
import { sendResponse, sendText } from './send-response.ts';

export interface FhirSettings {
  readonly context: ServerContext;
  /** Undefined under AUTH=none. */
  readonly verify: TokenVerifier | undefined;
  readonly readBody: BodyReader;
}

/** Throws FhirError for every refusal; the caller sends it. */
export function openFhir({ context, verify, readBody }: FhirSettings) {
  return async (request: Request, response: Response): Promise<void> => {
    const exchange = exchangeOf(response);
    const { segments, query } = parseAddress(request.originalUrl);
    const route = findRoute(request.method, segments, context);
    if (!isJob(route)) checkAccept(request.headers, query);
    const access = isOpen(route) ? nobody : await authenticate(request, verify);
    exchange.access = access;
    if ('refuse' in route) return route.refuse();
    if ('options' in route) return sendText(request, response, { status: 204, headers: { Allow: route.options.join(', ') } });
    const { match } = route;
    exchange.interaction = match.row.code;
    if (match.type !== undefined) exchange.type = match.type;
    const source = sourceOf(request, match, context);
    const body = hasBody(match) && source === undefined ? await readText(request, response, match, readBody) : '';
    const { method, headers } = request;
    const parsed = parseRequest({ match, method, query, headers, body, access, requestId: exchange.requestId });
    const fhirRequest = source === undefined ? parsed : { ...parsed, source };
    exchange.interaction = fhirRequest.interaction;
    await sendResponse(request, response, await dispatch(fhirRequest, context), context.baseUrl);
  };
}

/** "applications... SHALL be able to read /metadata without authorization": all else needs a token. */
function isOpen(route: Route): boolean {
  return 'match' in route && route.match.row.code === 'capabilities';
}

/** Its answers are files and manifests, which have a media type of their own. */
function isJob(route: Route): boolean {
  return 'match' in route && route.match.row.code === 'job';
}

/** The body of an operation that reads it as it comes. */
function sourceOf(request: Request, match: Match, context: ServerContext): AsyncIterable<Uint8Array> | undefined {
  if (match.operation === undefined || request.method !== 'POST') return undefined;
  const mediaType = findOperation({ ...match, level: match.row.level }, context)?.source;
  return mediaType === undefined ? undefined : openSource(request, mediaType);
}

/** A body without a media type is refused, an empty one is the interaction's to judge. */
async function readText(request: Request, response: Response, match: Match, readBody: BodyReader): Promise<string> {
  const { headers } = request;
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!announced) return '';
  checkContentType(headers, match.row.form === true);
  const large = match.row.level === 'system' || match.type === 'Binary';
  return readBody(request, response, large);
}
