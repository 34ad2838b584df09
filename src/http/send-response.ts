/** FhirResponse to HTTP. https://hl7.org/fhir/R4/http.html#Http-Headers */
import type { Request, Response } from 'express';
import { formatJson, parseJson } from '../fhir/json.ts';
import { FhirError, operationOutcome } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';
import { formatVersionTag } from '../fhir/version-tag.ts';
import type { FhirResponse } from '../interactions/context.ts';
import { asContent } from './binary-content.ts';
import { discardBody } from './discard-body.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { type AnswerFormat, fhirJson } from './negotiate.ts';
import { packBody } from './pack-body.ts';
import type { QueryPairs } from './paths.ts';
import { prettyJson } from './pretty-json.ts';
import { sendContent } from './send-content.ts';
import type { XmlFormat } from './xml/xml-format.ts';

export interface SendSettings {
  /** Makes a Location absolute. */
  readonly baseUrl: string;
  readonly xml: XmlFormat;
  /** The query of a request that may be answered by the content of a Binary; absent: the answer is FHIR. */
  readonly contentQuery?: QueryPairs;
}

/** Sends an interaction's answer, in the format that the exchange has settled on. */
export async function sendResponse(
  request: Request,
  response: Response,
  answer: FhirResponse,
  settings: SendSettings,
): Promise<void> {
  const { status, versionId, lastUpdated, location, content, language } = answer;
  const { baseUrl, xml, contentQuery } = settings;
  const headers: Record<string, string> = { ...answer.headers };
  if (versionId !== undefined) headers['ETag'] = formatVersionTag(versionId);
  if (lastUpdated !== undefined) headers['Last-Modified'] = new Date(lastUpdated).toUTCString();
  if (location !== undefined) headers['Location'] = `${baseUrl}/${location}`;
  if (language !== undefined) headers['Content-Language'] = language;
  if (content !== undefined) return sendContent(request, response, { status, headers, content });
  const raw =
    contentQuery === undefined || answer.text === undefined ? undefined : asContent(answer.text, request.headers, contentQuery);
  if (raw !== undefined) {
    const body = { bytes: raw.bytes, type: raw.contentType };
    return sendBody(request, response, { status, headers: { ...headers, ...raw.headers }, body });
  }
  const resource = answer.outcome === undefined ? answer.resource : operationOutcome(answer.outcome);
  const body = writeAnyhow({ ...answer, ...(resource && { resource }) }, exchangeOf(response), request.method, xml);
  return sendBody(request, response, { status, headers, ...(body === undefined ? {} : { body }) });
}

/** What a request has changed stays changed: an answer to it that XML can't hold, as of what was stored unvalidated, comes in JSON. */
function writeAnyhow(
  answer: Pick<FhirResponse, 'text' | 'resource'>,
  { format = fhirJson, interaction = 'read' }: Pick<Exchange, 'format' | 'interaction'>,
  method: string,
  xml: XmlFormat,
): Body | undefined {
  try {
    return writeBody(answer, format, xml);
  } catch (error) {
    const reads = method === 'GET' || method === 'HEAD' || interaction.startsWith('search');
    if (reads || !(error instanceof FhirError) || error.status !== 406) throw error;
    return writeBody(answer, { ...fhirJson, pretty: format.pretty }, xml);
  }
}

export interface Body {
  readonly bytes: Buffer;
  /** The media type. */
  readonly type: string;
}

/** A resource, as the text it is stored as or as a value, in a format. Throws 406 for what XML can't hold. */
export function writeBody(
  { text, resource }: { readonly text?: string; readonly resource?: JsonValue },
  { format, pretty, contentType }: AnswerFormat,
  xml: XmlFormat,
): Body | undefined {
  if (text === undefined && resource === undefined) return undefined;
  const write = (): string => {
    if (format === 'xml') return xml.format(resource ?? parseJson(text ?? ''), pretty);
    const json = text ?? formatJson(resource ?? null);
    return pretty ? prettyJson(json) : json;
  };
  return { bytes: Buffer.from(write(), 'utf8'), type: contentType };
}

export interface Message {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
}

/**
 * Sends a message that no cache may keep, since who asks decides what it holds; packed when the client takes that and it is worth it. HEAD
 * gets the headers alone.
 */
export async function sendBody(request: Request, response: Response, { status, headers, body }: Message): Promise<void> {
  const { bytes, encoding } = body === undefined ? {} : await packBody(body.bytes, body.type, request.headers['accept-encoding']);
  response.setHeader('Cache-Control', 'no-store');
  response.vary('Authorization, Accept, Prefer, Accept-Encoding, Accept-Language');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  await discardBody(request, response);
  if (bytes === undefined) {
    if (status !== 204 && status !== 304) response.setHeader('Content-Length', '0');
    response.end();
    return;
  }
  response.setHeader('Content-Type', body?.type ?? fhirJson.contentType);
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
  response.setHeader('Content-Length', String(bytes.length));
  if (request.method === 'HEAD') response.end();
  else response.end(bytes);
}
