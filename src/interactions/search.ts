/** What a search does, at type and at system level. https://hl7.org/fhir/R4/http.html#search */
import { insufficientScope } from '../access/grants.ts';
import { border, narrow } from '../access/narrow.ts';
import { formatJson } from '../fhir/json.ts';
import { limits } from '../fhir/limits.ts';
import { type Issue, operationOutcome } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import { all, and } from '../search/criterion.ts';
import { collectIncludes, type Found, type Included } from '../search/include.ts';
import { type ParsedQuery, parseQuery, type QueryParameter, type QuerySettings } from '../search/parse-query.ts';
import { openProjections, type Projection } from '../search/projection.ts';
import { formatSearchset, formatUrl, type Searchset, type SearchsetEntry } from '../search/result-bundle.ts';
import type { Page, StoredVersion, StoreQuery } from '../store/store.ts';
import { compartmentOwner, enterCompartment } from './compartment.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { explainSearch } from './explain-search.ts';
import { openIncludeSource } from './include-source.ts';
import { type AskedPage, nextUrl, readPage, urlOf } from './paging.ts';
import { parsePrefer } from './prefer.ts';

/** Runs the request's query, or goes on behind its paging link. `typesOf` says which types the query searches. */
export async function search(
  request: FhirRequest,
  context: ServerContext,
  typesOf: (query: readonly QueryParameter[]) => readonly string[],
): Promise<FhirResponse> {
  const asked = readPage(request, context);
  const types = typesOf(asked.query);
  if (types.length === 0) throw insufficientScope(request.access, undefined, ['s']);
  const parsed = parseQuery(types, asked.query, querySettings(request, context, asked));
  const owner = compartmentOwner(request);
  const members = owner === undefined ? all : await enterCompartment(owner, types, request, context);
  const { sort, count, total } = parsed;
  const query: StoreQuery = {
    types,
    criterion: narrow(request.access, types, 's', and(members, parsed.criterion)),
    sort,
    count,
    charactersMax: limits.pageCharactersMax,
    total,
    ...(asked.after === undefined ? {} : { after: asked.after }),
  };
  if (parsed.explain) return explainSearch(query, request, context);
  const page = await context.store.search(query);
  return answerPage({ request, context, asked, parsed, page });
}

/** A page of matches as the answer to the query: with what it includes, reduced as it asks, linked to the next. */
export async function answerPage(result: Omit<Result, 'included'>): Promise<FhirResponse> {
  const { request, context, parsed, page } = result;
  const included = await collectIncludes(page.items, parsed.includes, openIncludeSource(request.access, context));
  return { status: 200, text: formatSearchset(searchsetOf({ ...result, included })) };
}

/** A paging link has what was understood alone: a parameter that has gone meanwhile is missed, not left out. */
export function querySettings(request: FhirRequest, context: ServerContext, { now, after }: AskedPage): QuerySettings {
  const { definitions, baseUrl, timeZone } = context;
  const strict = parsePrefer(request.headers.prefer).strict || after !== undefined;
  return { definitions, baseUrl, timeZone, now, strict, border: (type) => border(request.access, type, 's') };
}

export interface Result {
  readonly request: FhirRequest;
  readonly context: ServerContext;
  readonly asked: AskedPage;
  readonly parsed: ParsedQuery;
  readonly page: Page<StoredVersion>;
  readonly included: Included;
}

function searchsetOf({ request, context, asked, parsed, page, included }: Result): Searchset {
  const { baseUrl } = context;
  const projections = openProjections(parsed, context.definitions);
  const matches = page.items.map((found) => formatFound(found, 'match', baseUrl, projections.match));
  const others = included.found.map((found) => formatFound(found, 'include', baseUrl, projections.include));
  return {
    id: context.newId(),
    lastUpdated: context.now(),
    ...(page.total === undefined ? {} : { total: page.total }),
    links: linksOf({ request, context, asked, parsed, page }),
    entries: [...matches, ...others, ...outcomeEntries(issuesOf(parsed, included), context)],
  };
}

/** A resource as an entry of a searchset. */
export function formatFound(
  { key, text }: Found,
  mode: SearchsetEntry['mode'],
  baseUrl: string,
  project: Projection = (whole) => whole,
): SearchsetEntry {
  return { fullUrl: `${baseUrl}/${formatKey(key)}`, text: project(text), mode };
}

/** "the search process MAY include an OperationOutcome in the search set that contains additional hints and warnings about the search process" */
export function outcomeEntries(issues: readonly Issue[], context: ServerContext): readonly SearchsetEntry[] {
  if (issues.length === 0) return [];
  return [{ fullUrl: `urn:uuid:${context.newId()}`, text: formatJson(operationOutcome(issues)), mode: 'outcome' }];
}

/** "the server SHALL return the parameters that were actually used to process the search": search.html#conformance */
function linksOf({ request, context, asked, parsed, page }: Omit<Result, 'included'>): Searchset['links'] {
  const url = urlOf(request, context);
  const whole = formatUrl(url, parsed.applied);
  const here: Searchset['links'] =
    asked.after === undefined
      ? [{ relation: 'self', url: whole }]
      : [
          { relation: 'self', url: formatUrl(url, request.query) },
          { relation: 'first', url: whole },
        ];
  // Asked for the total alone: "with no entries, and no prev/next/last links".
  if (page.next === undefined || parsed.count === 0) return here;
  return [...here, { relation: 'next', url: nextUrl(request, { query: parsed.applied, now: asked.now }, page.next, context) }];
}

function issuesOf({ ignored }: ParsedQuery, { cut }: Included): readonly Issue[] {
  const left: readonly Issue[] = ignored.map(({ parameter: [name], text }) => ({
    severity: 'warning',
    code: 'not-supported',
    text,
    expression: `http.${name}`,
  }));
  return cut === undefined ? left : [...left, cutIssues[cut]];
}

const cutIssues: Readonly<Record<NonNullable<Included['cut']>, Issue>> = {
  includes: {
    severity: 'warning',
    code: 'too-costly',
    text: `Only ${limits.includesMax} included resources, or ${limits.pageCharactersMax / 1024 / 1024} MB of them, fit on a page; the others are left out. Ask for a smaller _count.`,
  },
  depth: {
    severity: 'information',
    code: 'too-costly',
    text: `':iterate' is followed ${limits.includeDepthMax} times; references beyond that are not included.`,
  },
};
