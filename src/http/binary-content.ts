/** Binary as what it holds: bytes in, bytes out. https://hl7.org/fhir/R4/binary.html#rest */
import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import { parseJson } from '../fhir/json.ts';
import { FhirError, invalidValue, unsupportedMedia } from '../fhir/outcome.ts';
import { parseReference } from '../fhir/reference.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { Match } from '../interactions/table.ts';
import { parseRange } from './media-range.ts';
import { contentFormat, type Format, formatOf, namesFhir, prefers } from './negotiate.ts';
import { parseResource, type RequestBody } from './parse-body.ts';
import type { QueryPairs } from './paths.ts';
import { decodeUtf8, readText } from './read-body.ts';
import type { XmlFormat } from './xml/xml-format.ts';

/** Whether the request may bring the content of a Binary instead of a resource. */
export function takesContent({ type, row }: Match): boolean {
  return type === 'Binary' && (row.code === 'create' || row.code === 'update');
}

/** Whether the answer may be the content of a Binary instead of a resource. */
export function givesContent({ type, row }: Match): boolean {
  return type === 'Binary' && (row.code === 'read' || row.code === 'vread');
}

/**
 * "When binary data is written to the server (create/update - POST or PUT), the data is accepted as is and treated as the content of a
 * Binary, including when the content type is "application/fhir+xml" or "application/fhir+json", except for the special case where the
 * content is actually a Binary resource". What calls itself FHIR and is not even JSON or XML is a broken resource rather than content.
 * Throws 415 without a media type.
 */
export async function readBinaryBody(request: Request, match: Match, bytes: Buffer, xml: XmlFormat): Promise<RequestBody> {
  const contentType = request.headers['content-type']?.trim().replace(/\s+/g, ' ') ?? '';
  if (!contentTypePattern.test(contentType))
    throw unsupportedMedia('The media type of the content must be given in Content-Type, such as application/pdf.');
  if (bytes.length === 0) return { form: [] };
  const range = parseRange(contentType);
  const format = formatOf(range);
  if (format === undefined) return contentOf(request, match, contentType, bytes);
  const text = decodeUtf8(bytes);
  const resource = text === undefined ? undefined : resourceIn(text, format, xml);
  if (resource === undefined && !range.type.includes('fhir')) return contentOf(request, match, contentType, bytes);
  if (resource !== undefined && resource.type !== 'Binary') return contentOf(request, match, contentType, bytes);
  if (request.headers[securityContext] !== undefined)
    throw invalidValue('X-Security-Context is for raw content; a Binary resource says it in securityContext.');
  return parseResource(readText(bytes), contentFormat(request.headers, match.row), xml, resource?.value);
}

function contentOf(request: Request, { id }: Match, contentType: string, bytes: Buffer): RequestBody {
  const context = readSecurityContext(request);
  const value: JsonObject = {
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType,
    ...(context === undefined ? {} : { securityContext: { reference: context } }),
    data: bytes.toString('base64'),
  };
  return { form: [], raw: true, value };
}

interface ResourceIn {
  /** '' when it is JSON or XML, but no resource. */
  readonly type: string;
  /** Of JSON, which has been read by then. */
  readonly value?: JsonValue;
}

/** What a text that may be a resource is; undefined when it can't be read at all. */
function resourceIn(text: string, format: Format, xml: XmlFormat): ResourceIn | undefined {
  if (format === 'xml') {
    const type = xml.typeOf(text);
    return type === undefined ? undefined : { type };
  }
  try {
    const value = parseJson(text);
    const type = isJsonObject(value) ? value['resourceType'] : undefined;
    return { type: typeof type === 'string' ? type : '', value };
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

export interface RawContent {
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The content of a Binary, when the client wants that: "unless specifically requested, the FHIR XML/JSON representation is not returned".
 * Undefined when it asks for FHIR by name and wants that at least as much, or for a part of the resource.
 */
export function asContent(text: string, headers: IncomingHttpHeaders, query: QueryPairs): RawContent | undefined {
  if (query.some(([name]) => name === '_summary' || name === '_elements')) return undefined;
  const binary = parseJson(text);
  if (!isJsonObject(binary)) return undefined;
  const stored = String(binary['contentType'] ?? '');
  const contentType = contentTypePattern.test(stored) ? stored : 'application/octet-stream';
  const named = query.some(([name]) => name === '_format') || !prefers(headers, parseRange(contentType).type);
  if (named && namesFhir(headers, query)) return undefined;
  const data = binary['data'];
  const context = isJsonObject(binary['securityContext']) ? binary['securityContext']['reference'] : undefined;
  return {
    contentType,
    bytes: Buffer.from(typeof data === 'string' ? data : '', 'base64'),
    headers: {
      // What was uploaded may be a page with scripts: it is never shown as one from this address.
      'Content-Disposition': 'attachment',
      ...(isHeaderValue(context) ? { 'X-Security-Context': context } : {}),
    },
  };
}

const securityContext = 'x-security-context';

/** `type/subtype`, with parameters: what a header can carry. */
const contentTypePattern = /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(?: ?;[ -~]{0,200})?$/;

function isHeaderValue(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^[!-~]{1,2000}$/.test(value);
}

/** "X-Security-Context: a reference to the resource that Binary.securityContext is to name". */
function readSecurityContext(request: Request): string | undefined {
  const [reference, ...others] = request.headersDistinct[securityContext] ?? [];
  if (reference === undefined) return undefined;
  const { kind } = parseReference(reference, '');
  if (others.length > 0 || (kind !== 'local' && kind !== 'absolute'))
    throw invalidValue('X-Security-Context must hold one literal reference, such as DocumentReference/1.');
  return reference;
}
