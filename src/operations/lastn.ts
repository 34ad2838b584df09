/** https://hl7.org/fhir/R4/observation-operation-lastn.html */
import { narrow } from '../access/narrow.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { invalidValue, required, tooCostly } from '../fhir/outcome.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { readPage } from '../interactions/paging.ts';
import { reachedBy } from '../interactions/read-visible.ts';
import { answerPage, querySettings } from '../interactions/search.ts';
import type { Criterion, SortKey } from '../search/criterion.ts';
import { comparePlaces, type SortValue } from '../search/order.ts';
import { parseQuery, type QueryParameter } from '../search/parse-query.ts';
import type { Page, Position, StoredVersion } from '../store/store.ts';
import { openCodeGroups } from './code-groups.ts';
import { onlyValue, operationQuery } from './parameters.ts';

export const lastn: OperationDefinition = {
  code: 'lastn',
  levels: ['type'],
  types: ['Observation'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
  run,
};

const types = ['Observation'];
/** "Sorted from most recent to the oldest": by the effective time, which is what the parameter `date` reads. */
const sort: readonly SortKey[] = [{ parameter: 'date', shape: 'range', descending: true }];

async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const asked = readPage({ ...request, query: operationQuery(request) }, context);
  const max = readMax(asked.query);
  const query = asked.query.filter(([name]) => name !== 'max');
  const parsed = parseQuery(types, query, querySettings(request, context, asked));
  checkQuery(parsed.applied, context.definitions);
  if (parsed.sort.length > 0)
    throw invalidValue("'_sort': $lastn sorts from the most recent to the oldest; leave it out.", 'http._sort');
  const latest = await findLatest(request, parsed.criterion, max, context);
  const count = query.some(([name]) => name === '_count') || parsed.count === 0 ? parsed.count : limits.pageSizeMax;
  const page = await loadPage(latest, { count, ...(asked.after && { after: asked.after }) }, request, context);
  const applied: readonly QueryParameter[] = [...parsed.applied, ['max', String(max)]];
  return answerPage({ request, context, asked, parsed: { ...parsed, applied, count }, page });
}

/** "If no maximum number is given then only the most recent Observation in each group is returned." */
function readMax(query: readonly QueryParameter[]): number {
  const text = onlyValue(query, 'max') ?? '1';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number.parseInt(text, 10);
  throw invalidValue("'max' must be a whole number, 1 or more.", 'http.max');
}

/** "The request for a lastn query SHALL include [...] a subject [... and] a category parameter and/or a search parameter that contains a code element". */
function checkQuery(applied: readonly QueryParameter[], definitions: Definitions): void {
  const names = applied.map(([name]) => name.split(/[:.]/, 1)[0] ?? name);
  if (!names.some((name) => name === 'patient' || name === 'subject')) {
    throw required("$lastn needs a subject: the search parameter 'patient' or 'subject'.", 'http.patient');
  }
  if (names.some((name) => name === 'category' || readsCode(name, definitions))) return;
  throw required("$lastn needs 'category', or a search parameter on a code, such as 'code'.", 'http.category');
}

function readsCode(name: string, definitions: Definitions): boolean {
  const parameter = definitions.searchParameter('Observation', name);
  const expressions = [parameter?.expression ?? '', ...(parameter?.component ?? []).map(({ expression }) => expression)];
  return expressions.some((expression) => /(?:^|\.)code\b/.test(expression));
}

/** What is shown is read again; only what tells groups and order apart is kept. */
interface Latest {
  readonly key: ResourceKey;
  readonly place: readonly SortValue[];
}

/** Looks through all matches, most recent first, since a late one may show by its translations that two groups are one. */
async function findLatest(
  request: FhirRequest,
  criterion: Criterion,
  max: number,
  context: ServerContext,
): Promise<readonly Latest[]> {
  const groups = openCodeGroups();
  const all: { readonly latest: Latest; readonly group: number }[] = [];
  const narrowed = narrow(request.access, types, 's', criterion);
  const charactersMax = limits.pageCharactersMax;
  const query = { types, criterion: narrowed, sort, count: limits.pageSizeMax, charactersMax, total: 'none' } as const;
  let page: Page<StoredVersion> | undefined;
  do {
    page = await context.store.search({ ...query, ...(page?.next && { after: page.next }) });
    for (const { key, text } of page.items) {
      const resource = JSON.parse(text) as Resource; // Stored text is a resource; it is only read here.
      const place = [effectiveTime(resource, context), key.type, key.id];
      all.push({ latest: { key, place }, group: groups.add(resource['code']) });
    }
    if (all.length > limits.lastnObservationsMax) throw tooMany();
  } while (page.next !== undefined);
  return takeLatest(
    all.map(({ latest, group }) => ({ latest, group: groups.find(group) })),
    max,
  );
}

/** "In case of a tie - when the effective times for >1 Observations are equal - both will be returned." */
function takeLatest(all: readonly { readonly latest: Latest; readonly group: number }[], max: number): readonly Latest[] {
  const taken = new Map<number, { count: number; time: SortValue }>();
  return all.flatMap(({ latest, group }) => {
    const [time = null] = latest.place;
    const state = taken.get(group) ?? { count: 0, time: null };
    const tie = time !== null && time === state.time;
    if (state.count >= max && !tie) return [];
    taken.set(group, { count: state.count + 1, time });
    return [latest];
  });
}

function effectiveTime(resource: Resource, { indexer }: ServerContext): number | null {
  const lows = indexer.entries(resource, 'date').flatMap((entry) => (entry.shape === 'range' ? [entry.low] : []));
  return lows.length === 0 ? null : Math.max(...lows);
}

/** The observations behind the position, with their texts. */
async function loadPage(
  latest: readonly Latest[],
  { count, after }: { readonly count: number; readonly after?: Position },
  { access }: FhirRequest,
  { store }: ServerContext,
): Promise<Page<StoredVersion>> {
  const left = after === undefined ? latest : latest.filter(({ place }) => comparePlaces(sort, place, after) > 0);
  const keys = left.slice(0, count).map(({ key }) => key);
  const items = keys.length === 0 ? [] : await store.readMany(keys, narrow(access, types, 's'), limits.pageCharactersMax);
  const reached = reachedBy(items, keys);
  const last = left[reached - 1];
  return { items, total: latest.length, ...(last !== undefined && left.length > reached ? { next: last.place } : {}) };
}

function tooMany() {
  return tooCostly(
    `$lastn looks through ${limits.lastnObservationsMax} observations at most, and more meet this query. Narrow it by category, code or date.`,
  );
}
