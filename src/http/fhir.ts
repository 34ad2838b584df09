/** One FHIR request, from bytes to bytes: the steps of the path of a request, in their order. */
import type { Request, Response } from 'express';
import { nobody } from '../access/access-context.ts';
import type { TokenVerifier } from '../access/verify-token.ts';
import type { FhirRequest, ServerContext } from '../interactions/context.ts';
import { dispatch } from '../interactions/dispatch.ts';
import { findOperation } from '../interactions/operation.ts';
import type { Match } from '../interactions/table.ts';
import { authenticate } from './authenticate.ts';
import { givesContent } from './binary-content.ts';
import { exchangeOf } from './exchange.ts';
import { type AnswerFormat, broughtFormat, namesFhir, negotiate, negotiateAnyhow } from './negotiate.ts';
import { hasBody, parseRequest, type RequestParts } from './parse-request.ts';
import { acceptPatch } from './patch-format.ts';
import { parseAddress, type QueryPairs } from './paths.ts';
import type { BodyReader } from './read-body.ts';
import { openSource } from './read-source.ts';
import { readRequestBody } from './request-body.ts';
import { findRoute, type Route } from './routes.ts';
import { sendBody, sendResponse } from './send-response.ts';
import type { XmlFormat } from './xml/xml-format.ts';

export interface FhirSettings {
  readonly context: ServerContext;
  /** Undefined under AUTH=none. */
  readonly verify: TokenVerifier | undefined;
  readonly readBody: BodyReader;
  readonly xml: XmlFormat;
}

/** Throws FhirError for every refusal; the caller sends it. */
export function openFhir(settings: FhirSettings) {
  const { context, verify, xml } = settings;
  const { baseUrl } = context;
  return async (request: Request, response: Response): Promise<void> => {
    const exchange = exchangeOf(response);
    const { method, headers } = request;
    const { segments, query } = parseAddress(request.originalUrl);
    const route = findRoute(method, segments, context);
    exchange.format = formatOfAnswer(route, request, query);
    const access = isOpen(route) ? nobody : await authenticate(request, verify);
    exchange.access = access;
    if ('refuse' in route) return route.refuse();
    if ('options' in route) return sendBody(request, response, { status: 204, headers: headersOf(route.options) });
    const { match } = route;
    exchange.interaction = match.row.code;
    if (match.type !== undefined) exchange.type = match.type;
    const fhirRequest = await readRequest(request, response, { match, query, access }, settings);
    // A search by POST may say its format in the form.
    if (match.row.form === true) exchange.format = negotiate(headers, fhirRequest.query);
    exchange.interaction = fhirRequest.interaction;
    const answer = await dispatch(fhirRequest, context);
    await sendResponse(request, response, answer, { baseUrl, xml, ...(givesContent(match) && { contentQuery: query }) });
  };
}

async function readRequest(
  request: Request,
  response: Response,
  known: Pick<RequestParts, 'match' | 'query' | 'access'>,
  { context, readBody, xml }: FhirSettings,
): Promise<FhirRequest> {
  const { match } = known;
  const { requestId, language } = exchangeOf(response);
  const { method, headers } = request;
  const source = sourceOf(request, match, context);
  const wanted = hasBody(match) && source === undefined;
  const body = wanted ? await readRequestBody(request, response, match, { readBody, xml }) : { form: [] };
  const parsed = parseRequest({ ...known, method, headers, body, requestId, language });
  return source === undefined ? parsed : { ...parsed, source };
}

/** "applications... SHALL be able to read /metadata without authorization": all else needs a token. */
function isOpen(route: Route): boolean {
  return 'match' in route && route.match.row.code === 'capabilities';
}

/**
 * The answers of a job are files and manifests, and that of a Binary is what it holds, unless FHIR is asked for by name: these have media
 * types of their own, and only a refusal is FHIR. That of a search by POST is settled when the form has been read.
 */
function formatOfAnswer(route: Route, { headers }: Request, query: QueryPairs): AnswerFormat {
  const match = 'match' in route ? route.match : undefined;
  const form = match?.row.form === true;
  const other = form || match?.row.code === 'job' || (match !== undefined && givesContent(match) && !namesFhir(headers, query));
  return other ? negotiateAnyhow(headers, query) : negotiate(headers, query, broughtFormat(headers));
}

/** The body of an operation that reads it as it comes. */
function sourceOf(request: Request, match: Match, context: ServerContext): AsyncIterable<Uint8Array> | undefined {
  if (match.operation === undefined || request.method !== 'POST') return undefined;
  const mediaType = findOperation({ ...match, level: match.row.level }, context)?.source;
  return mediaType === undefined ? undefined : openSource(request, mediaType);
}

/** What OPTIONS tells of a path with these methods. */
function headersOf(methods: readonly string[]): Readonly<Record<string, string>> {
  return { Allow: methods.join(', '), ...(methods.includes('PATCH') && { 'Accept-Patch': acceptPatch }) };
}
