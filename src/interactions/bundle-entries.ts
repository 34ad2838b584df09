/** The entries of a batch or transaction as requests. https://hl7.org/fhir/R4/http.html#transaction */
import { limits } from '../fhir/limits.ts';
import { atExpression, invalidValue, malformed, notSupported, required, tooCostly } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { QueryParameter } from '../search/parse-query.ts';
import type { ValidationIssue } from '../validation/validate.ts';
import { readQueryText } from './conditional.ts';
import type { FhirRequest, RequestHeaders, ServerContext } from './context.ts';
import { readPatchPayload } from './patch-payload.ts';
import { isError } from './plan-write.ts';
import { asResource } from './request-resource.ts';
import { type Match, matchPath } from './table.ts';

/** One entry, its request understood. */
export interface BundleEntry {
  readonly index: number;
  /** `Bundle.entry[3]`. */
  readonly at: string;
  readonly fullUrl?: string;
  readonly resource?: Resource;
  /** What the resource of a PATCH holds. */
  readonly patch?: JsonValue;
  readonly method: string;
  readonly match: Match;
  readonly query: readonly QueryParameter[];
  readonly headers: RequestHeaders;
}

/** What a body sent to the base asks for. Anything but a batch is taken for a transaction, which says what is wrong with it. */
export function bundleInteraction(body: JsonValue | undefined): 'batch' | 'transaction' {
  return isJsonObject(body) && body['type'] === 'batch' ? 'batch' : 'transaction';
}

/** The entries of a Bundle as sent. Throws 400 when they are no list, `too-costly` (422) when they are too many. */
export function listEntries(bundle: Resource): readonly JsonValue[] {
  const entries = bundle['entry'] ?? [];
  if (!Array.isArray(entries)) throw malformed('Bundle.entry must be an array.', 'Bundle.entry');
  if (entries.length > limits.bundleEntriesMax) {
    throw tooCostly(`A Bundle may have at most ${limits.bundleEntriesMax} entries; this one has ${entries.length}.`);
  }
  return entries;
}

/** What base R4 says against the Bundle itself, its entries without their resources: those are judged when they are written. */
export function checkEnvelope(
  bundle: Resource,
  entries: readonly JsonValue[] | undefined,
  context: ServerContext,
): readonly ValidationIssue[] {
  const { entry, ...others }: JsonObject = bundle;
  const envelope = entries === undefined || entry === undefined ? others : { ...others, entry: entries.map(withoutResource) };
  return context.validator.validate(envelope, { at: 'Bundle' }).filter((issue) => issue.source === 'base' && isError(issue));
}

/** Reads one entry. Throws FhirError with expressions from `Bundle.entry[index]` on. */
export function readEntry(value: JsonValue, index: number, context: ServerContext): BundleEntry {
  const at = `Bundle.entry[${index}]`;
  if (!isJsonObject(value)) throw malformed('An entry must be a JSON object.', at);
  const request = value['request'];
  if (!isJsonObject(request)) throw required('An entry of a batch or transaction must have a request.', `${at}.request`);
  const url = requiredText(request, 'url', at);
  const method = requiredText(request, 'method', at);
  const { segments, query } = splitUrl(url, context.baseUrl, `${at}.request.url`);
  const match = findMatch(method, segments, at, context);
  const headers = readHeaders(request, match, at);
  const fullUrl = value['fullUrl'];
  const entry = { index, at, method, match, query, headers, ...(typeof fullUrl === 'string' ? { fullUrl } : {}) };
  const resource = readResource(value['resource'], match, method, at);
  if (resource === undefined) return entry;
  return match.row.code === 'patch' ? { ...entry, patch: readPatchPayload(resource, `${at}.resource`) } : { ...entry, resource };
}

/** What `dispatch` would check of a request's target. Throws `invalidValue` (400). */
export function checkTarget({ match, at }: BundleEntry, context: ServerContext): void {
  const { type, compartment, id, versionId } = match;
  const place = `${at}.request.url`;
  const unknown = [compartment, type].find((name) => name !== undefined && !context.definitions.isResourceType(name));
  if (unknown !== undefined) {
    throw invalidValue(`${unknown} is not a resource type of FHIR R4 (type names are case-sensitive).`, place);
  }
  if ([id, versionId].some((part) => part !== undefined && !idPattern.test(part))) {
    throw invalidValue('An id in the URL must be 1 to 64 characters of A-Z, a-z, 0-9, "-" and ".".', place);
  }
}

/** The entry as a request of its own, for `dispatch`. */
export function entryRequest(entry: BundleEntry, whole: FhirRequest): FhirRequest {
  const { match, at, method, query, headers, resource, patch } = entry;
  const body = patch ?? resource;
  const { row, ...target } = match;
  const { access, requestId, language } = whole;
  const request = { interaction: row.code, level: row.level, ...target, method, query, headers, access, requestId, language, at };
  return body === undefined ? request : { ...request, body };
}

function withoutResource(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry)) return entry;
  const { resource: _, ...others }: JsonObject = entry;
  return others;
}

function requiredText(request: JsonObject, name: 'url' | 'method', at: string): string {
  const value = request[name];
  if (value === undefined) throw required(`An entry's request must have a ${name}.`, `${at}.request.${name}`);
  if (typeof value !== 'string') throw malformed(`The ${name} of a request must be a string.`, `${at}.request.${name}`);
  return value;
}

/** Everything that could lead out of the base is refused: nothing in a Bundle may make the server call another place. */
function splitUrl(
  url: string,
  baseUrl: string,
  place: string,
): { segments: readonly string[]; query: readonly QueryParameter[] } {
  const own = url === baseUrl || url.startsWith(`${baseUrl}/`) || url.startsWith(`${baseUrl}?`);
  const relative = (own ? url.slice(baseUrl.length) : url).replace(/^\//, '');
  if (/^(?:[A-Za-z][A-Za-z0-9+.-]*:|\/)/.test(relative)) {
    throw invalidValue('The URL of a request must be relative to the base of this server, as in "Patient/1".', place);
  }
  const mark = relative.indexOf('?');
  const path = (mark < 0 ? relative : relative.slice(0, mark)).replace(/\/$/, '');
  const segments = path === '' ? [] : path.split('/').map((segment) => decodeSegment(segment, place));
  return { segments, query: mark < 0 ? [] : readQueryText(relative.slice(mark + 1), place) };
}

function decodeSegment(segment: string, place: string): string {
  const decoded = decodeOrNothing(segment);
  if (decoded === '' || decoded === '.' || decoded === '..' || decoded.includes('/')) {
    throw invalidValue('The URL of a request may not hold empty, "." or ".." segments, nor broken escapes.', place);
  }
  return decoded;
}

/** Broken escapes decode to nothing, and nothing is refused. */
function decodeOrNothing(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

function findMatch(method: string, segments: readonly string[], at: string, { definitions, capabilities }: ServerContext): Match {
  const { match, allow } = matchPath(
    method,
    segments,
    // Of an unknown type nothing is claimed, but to say that it is unknown says more.
    (code, type) => (type !== undefined && !definitions.isResourceType(type)) || capabilities.claims(code, type),
  );
  if (match === undefined) {
    if (allow.length === 0) throw invalidValue('No interaction of this server has this URL.', `${at}.request.url`);
    const error = notSupported(`This URL can't be called with this method; it has ${allow.join(', ')}.`, allow);
    throw atExpression(error, () => `${at}.request.method`);
  }
  if (match.row.code === 'transaction' || match.row.code === 'batch') {
    throw invalidValue('A Bundle may not hold another batch or transaction.', `${at}.request.url`);
  }
  if (match.row.code === 'job')
    throw invalidValue('Asynchronous requests are asked after one by one, not in a Bundle.', `${at}.request.url`);
  return match;
}

const headerNames = ['ifMatch', 'ifNoneMatch', 'ifModifiedSince', 'ifNoneExist'] as const;

function readHeaders(request: JsonObject, match: Match, at: string): RequestHeaders {
  const headers: { -readonly [name in keyof RequestHeaders]: string } = {};
  for (const name of headerNames) {
    const value = request[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw malformed(`${name} must be a string.`, `${at}.request.${name}`);
    headers[name] = value;
  }
  if (headers.ifNoneExist !== undefined && match.row.code !== 'create') {
    throw invalidValue('ifNoneExist is for creating (POST to a type) only.', `${at}.request.ifNoneExist`);
  }
  return headers;
}

function readResource(value: JsonValue | undefined, match: Match, method: string, at: string): Resource | undefined {
  const { code } = match.row;
  const writes = code === 'create' || code === 'update';
  const changes = code === 'patch';
  if (value === undefined) {
    if (writes || changes) throw required(`An entry with the method ${method} must hold a resource.`, `${at}.resource`);
    return undefined;
  }
  if (!writes && !changes && code !== 'operation') {
    throw invalidValue(`An entry with the method ${method} on this URL may not hold a resource.`, `${at}.resource`);
  }
  const resource = asResource(value, `${at}.resource`);
  if (writes && resource.resourceType !== match.type) {
    throw invalidValue(`The URL asks for a ${match.type}, but the resource is of another type.`, `${at}.resource`);
  }
  return resource;
}
