/** https://hl7.org/fhir/R4/http.html#history */
import { grantedTypes } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { formatInstant, parseDateRange } from '../fhir/date.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, invalidValue, unknownParameter } from '../fhir/outcome.ts';
import { formatVersionTag } from '../fhir/version-tag.ts';
import { generalParameters, type QueryParameter } from '../search/parse-query.ts';
import { formatUrl } from '../search/result-bundle.ts';
import type { HistoryScope, PageRequest, StoredVersion } from '../store/store.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { nextUrl, readPage, urlOf } from './paging.ts';
import { parsePrefer } from './prefer.ts';
import { projectionParameters, readProjection } from './projected.ts';
import { unknownInstance } from './read.ts';
import { instanceKey, requestType } from './request-key.ts';

/**
 * The versions of an instance, of a type or of everything, newest first, deletions among them, as `_since`, `_at` and `_count` ask. Of an
 * instance that the caller may not know of: 404, as for a read.
 */
export async function history(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const { access } = request;
  const scope = scopeOf(request);
  const asked = readPage(request, context);
  const query = known(asked.query, request);
  const own = query.filter(([name]) => restrictions.includes(name));
  const page = { ...readRestriction(own, context), ...(asked.after && { after: asked.after }) };
  const types = scope.kind === 'system' ? grantedTypes(access, context.definitions.resourceTypes, 's') : [typeOf(scope)];
  const project = readProjection(query, types, context);
  const allowed = narrow(access, types, scope.kind === 'instance' ? 'r' : 's');
  const { items, next } = await context.store.history(scope, allowed, page);
  if (scope.kind === 'instance' && items.length === 0) await checkKnown(scope, request, context);
  const links = [{ relation: 'self', url: formatUrl(urlOf(request, context), query) }];
  if (next !== undefined) links.push({ relation: 'next', url: nextUrl(request, { query, now: asked.now }, next, context) });
  const shown = items.map((version) => (version.deleted ? version : { ...version, text: project(version.text) }));
  return { status: 200, text: formatHistory(shown, links, context) };
}

function scopeOf(request: FhirRequest): HistoryScope {
  if (request.level === 'system') return { kind: 'system' };
  if (request.level === 'type') return { kind: 'type', type: requestType(request) };
  return { kind: 'instance', key: instanceKey(request) };
}

function typeOf(scope: Exclude<HistoryScope, { kind: 'system' }>): string {
  return scope.kind === 'type' ? scope.type : scope.key.type;
}

/** An empty page is an answer when the instance is there; otherwise the caller may not tell hidden from unknown. */
async function checkKnown(
  scope: HistoryScope & { kind: 'instance' },
  request: FhirRequest,
  context: ServerContext,
): Promise<void> {
  const { key } = scope;
  const version = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  if (version === undefined) throw unknownInstance(key);
}

const restrictions: readonly string[] = ['_count', '_since', '_at'];
const parameters: readonly string[] = [...restrictions, ...projectionParameters];

/** Unknown parameters are left out, or refused under `Prefer: handling=strict`. */
function known(query: readonly QueryParameter[], request: FhirRequest): readonly QueryParameter[] {
  const unknown = query.filter(([name]) => !parameters.includes(name) && !generalParameters.has(name));
  if (unknown.length > 0 && parsePrefer(request.headers.prefer).strict) {
    const issues = unknown.flatMap(
      ([name]) =>
        unknownParameter(`'${name}' is no parameter of history; it has ${parameters.join(', ')}.`, `http.${name}`).issues,
    );
    throw new FhirError(400, issues);
  }
  return query.filter(([name]) => parameters.includes(name) || generalParameters.has(name));
}

function readRestriction(query: readonly QueryParameter[], context: ServerContext): PageRequest {
  const values = new Map(query);
  if (values.size < query.length) throw invalidValue('Each parameter of history may be given once.');
  const range = (name: string, what: string) => {
    const value = values.get(name);
    const parsed = value === undefined ? undefined : parseDateRange(value, context.timeZone);
    if (value !== undefined && parsed === undefined) throw invalidValue(`'${name}' must be ${what}.`, `http.${name}`);
    return parsed;
  };
  const since = range('_since', 'an instant, such as 2026-01-31T08:00:00Z');
  const at = range('_at', 'a date or time, such as 2026-01-31');
  const count = readCount(values.get('_count'));
  return { count, charactersMax: limits.pageCharactersMax, ...(since && { since: since.low }), ...(at && { at }) };
}

function readCount(value: string | undefined): number {
  if (value === undefined) return limits.pageSizeDefault;
  if (!/^0*[1-9]\d*$/.test(value)) throw invalidValue("'_count' must be a positive integer.", 'http._count');
  return Math.min(Number(value), limits.pageSizeMax);
}

function formatHistory(versions: readonly StoredVersion[], links: readonly object[], context: ServerContext): string {
  const meta = `"meta":{"lastUpdated":"${formatInstant(context.now())}"}`;
  const head = `{"resourceType":"Bundle","id":"${context.newId()}",${meta},"type":"history","link":${JSON.stringify(links)}`;
  return versions.length === 0
    ? `${head}}`
    : `${head},"entry":[${versions.map((one) => formatVersion(one, context)).join(',')}]}`;
}

/** What happened to make the version: a create is a POST to the type, every other interaction names the instance. */
function formatVersion(
  { key, versionId, lastUpdated, method, deleted, text }: StoredVersion,
  { baseUrl }: ServerContext,
): string {
  const place = `${key.type}/${key.id}`;
  const request = { method, url: method === 'POST' ? key.type : place };
  const status = deleted ? '204' : versionId === '1' ? '201' : '200';
  const response = { status, etag: formatVersionTag(versionId), lastModified: formatInstant(lastUpdated) };
  const body = deleted ? '' : `"resource":${text},`;
  return `{"fullUrl":"${baseUrl}/${place}",${body}"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
}
