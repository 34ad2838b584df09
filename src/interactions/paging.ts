/** Links to the next page, bound to who asked and to what was asked. https://hl7.org/fhir/R4/http.html#paging */
import type { AccessContext } from '../access/access-context.ts';
import { type Cursor, openCursor, sealCursor } from '../search/page.ts';
import { cursorParameter, generalParameters, type QueryParameter, readCursor } from '../search/parse-query.ts';
import { formatUrl } from '../search/result-bundle.ts';
import type { FhirRequest, ServerContext } from './context.ts';

/** What a request asks to see: a first page, or a later one with where it begins. */
export interface AskedPage {
  readonly query: readonly QueryParameter[];
  readonly after?: Cursor['position'];
  /** When the first page was asked, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * The query of a request: its own, or the one inside its paging link. Throws `invalidValue` (400) for a link that was changed, or that was
 * made for another caller or another path.
 */
export function readPage(request: FhirRequest, context: ServerContext): AskedPage {
  const cursor = readCursor(request.query);
  if (cursor === undefined) return { query: request.query, now: context.now() };
  const { query, position, now } = openCursor(cursor, sealOf(request, context));
  return { query: [...query, ...generalOf(request.query)], after: position, now };
}

/** The link behind a page that ended at `position`. `query` is what was understood of the first page's. */
export function nextUrl(
  request: FhirRequest,
  page: Omit<AskedPage, 'after'>,
  position: Cursor['position'],
  context: ServerContext,
): string {
  const query = page.query.filter(([name]) => !generalParameters.has(name));
  const sealed = sealCursor({ query, position, now: page.now }, sealOf(request, context));
  return formatUrl(urlOf(request, context), [[cursorParameter, sealed], ...generalOf(page.query)]);
}

/** The URL of a request without its query. */
export function urlOf(request: FhirRequest, context: ServerContext): string {
  return [context.baseUrl, ...pathOf(request)].join('/');
}

function pathOf({ type, id, compartment, operation, interaction }: FhirRequest): readonly string[] {
  if (compartment !== undefined && id !== undefined) return [compartment, id, type ?? '*'];
  const last = interaction.startsWith('history') ? '_history' : operation === undefined ? undefined : `$${operation}`;
  return [type, id, last].filter((segment) => segment !== undefined);
}

function generalOf(query: readonly QueryParameter[]): readonly QueryParameter[] {
  return query.filter(([name]) => generalParameters.has(name));
}

function sealOf(request: FhirRequest, context: ServerContext) {
  return { key: context.cursorKey, path: pathOf(request).join('/'), caller: callerOf(request.access) };
}

/** The rights, not the token: a renewed one goes on where the old one stopped. */
function callerOf({ kind, clientId, patient, fhirUser, scopes }: AccessContext): string {
  const rights = scopes.map(({ level, type, permissions }) => `${level}/${type}.${[...permissions].sort().join('')}`).sort();
  return JSON.stringify([kind, clientId, patient ?? '', fhirUser ?? '', rights]);
}
