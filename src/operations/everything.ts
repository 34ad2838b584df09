/** https://hl7.org/fhir/R4/patient-operation-everything.html, of one patient */
import { narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { deleted, type Issue, required } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { type AskedPage, nextUrl, readPage, urlOf } from '../interactions/paging.ts';
import { parsePrefer } from '../interactions/prefer.ts';
import { readProjection } from '../interactions/projected.ts';
import { unknownInstance } from '../interactions/read.ts';
import { readVisibleInTurn } from '../interactions/read-visible.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { formatFound, outcomeEntries } from '../interactions/search.ts';
import { formatSearchset, formatUrl, type Searchset } from '../search/result-bundle.ts';
import type { Page, Position, StoredVersion } from '../store/store.ts';
import { type Scope, scopeOf } from './everything-scope.ts';
import { collectShared } from './everything-shared.ts';
import { operationQuery } from './parameters.ts';

export const everything: OperationDefinition = {
  code: 'everything',
  levels: ['type', 'instance'],
  types: ['Patient'],
  affectsState: false,
  openToPatients: true,
  definition: 'https://fascicolo.example/fhir/OperationDefinition/patient-everything',
  run,
};

/**
 * The patient, then the patient's compartment in the store's order, then the resources of types outside every patient's compartment that
 * those refer to: each once over all pages. `Patient.link` is not followed: another record is another `$everything`.
 */
async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const key = patientKey(request);
  const asked = readPage({ ...request, query: operationQuery(request) }, context);
  const { strict } = parsePrefer(request.headers.prefer);
  const scope = scopeOf(asked.query, key, { access: request.access, context, strict });
  const project = readProjection(scope.applied, context.definitions.resourceTypes, context);
  const patient = await readPatient(key, request, context);
  const page = await collectPage(patient, scope, asked.after, context);
  const issues: readonly Issue[] = [...scope.issues, ...(page.cut ? [sharedCut] : [])];
  const searchset: Searchset = {
    id: context.newId(),
    lastUpdated: context.now(),
    ...(asked.after === undefined && page.next === undefined ? { total: page.record.length } : {}),
    links: linksOf(request, asked, scope, page.next, context),
    entries: [
      ...page.record.map((version) => formatFound(version, 'match', context.baseUrl, project)),
      ...page.shared.map((version) => formatFound(version, 'include', context.baseUrl, project)),
      ...outcomeEntries(issues, context),
    ],
  };
  return { status: 200, text: formatSearchset(searchset) };
}

/** Without an id it is the record that the token was made for; all records are an export. */
function patientKey(request: FhirRequest): ResourceKey {
  if (request.level === 'instance') return instanceKey(request);
  const { patient } = request.access;
  if (patient !== undefined) return { type: 'Patient', id: patient };
  throw required(
    "Name the patient: Patient/[id]/$everything. Without an id it is for a patient's token; all records are given by Patient/$export.",
  );
}

async function readPatient(key: ResourceKey, { access }: FhirRequest, { store }: ServerContext): Promise<StoredVersion> {
  const patient = await store.read(key, narrow(access, [key.type], 'r'));
  if (patient === undefined) throw unknownInstance(key);
  if (patient.deleted) throw deleted(`This ${key.type} was deleted.`);
  return patient;
}

interface EverythingPage {
  readonly record: readonly StoredVersion[];
  readonly shared: readonly StoredVersion[];
  /** Shared resources were left out. */
  readonly cut: boolean;
  /** Present when there is more: `record` or `shared`, then a place in it. */
  readonly next?: Position;
}

async function collectPage(
  patient: StoredVersion,
  scope: Scope,
  after: Position | undefined,
  context: ServerContext,
): Promise<EverythingPage> {
  const [stage = 'record', ...position] = after ?? [];
  if (stage === 'shared') return sharedPage([], { scope, patient, after: String(position[0]), context });
  const first = after === undefined && scope.includes(patient) ? [patient] : [];
  const page = await searchRecord(scope, scope.count - first.length, position, context);
  const record = [...first, ...page.items];
  if (page.next !== undefined) return { record, shared: [], cut: false, next: ['record', ...page.next] };
  const known = after === undefined && scope.isWhole ? page.items : undefined;
  return sharedPage(record, { scope, patient, after: '', context, ...(known === undefined ? {} : { known }) });
}

/** The compartment from a position on; `next` may be empty: from the start. */
async function searchRecord(
  scope: Scope,
  count: number,
  after: Position,
  { store }: ServerContext,
): Promise<Page<StoredVersion>> {
  const charactersMax = limits.pageCharactersMax;
  const query = { ...scope.selected, sort: [], charactersMax, total: 'none', ...(after.length === 0 ? {} : { after }) } as const;
  if (scope.selected.types.length === 0) return { items: [] };
  if (count > 0) return store.search({ ...query, count });
  // The patient alone has filled the page: is there more?
  const { items } = await store.search({ ...query, count: 1 });
  return items.length > 0 ? { items: [], next: after } : { items: [] };
}

interface SharedRequest {
  readonly scope: Scope;
  readonly patient: StoredVersion;
  /** The last shared resource of the page before, as `Type/id`; '' for the first. */
  readonly after: string;
  /** The compartment, when it has been read whole. */
  readonly known?: readonly StoredVersion[];
  readonly context: ServerContext;
}

async function sharedPage(record: readonly StoredVersion[], { after, ...wanted }: SharedRequest): Promise<EverythingPage> {
  const { scope } = wanted;
  if (scope.sharedTypes.length === 0) return { record, shared: [], cut: false };
  const { keys, cut } = await collectShared(wanted);
  const left = keys.filter((key) => formatKey(key) > after);
  const shared: StoredVersion[] = [];
  let characters = record.reduce((sum, { text }) => sum + text.length, 0);
  for await (const version of readVisibleInTurn(left, scope.access, wanted.context)) {
    if (!scope.includes(version)) continue;
    const last = shared.at(-1);
    if (record.length + shared.length >= scope.count || characters >= limits.pageCharactersMax)
      return { record, shared, cut: false, next: ['shared', last === undefined ? after : formatKey(last.key)] };
    shared.push(version);
    characters += version.text.length;
  }
  return { record, shared, cut };
}

function linksOf(
  request: FhirRequest,
  asked: AskedPage,
  scope: Scope,
  next: Position | undefined,
  context: ServerContext,
): Searchset['links'] {
  const url = urlOf(request, context);
  const whole = formatUrl(url, scope.applied);
  const here: Searchset['links'] =
    asked.after === undefined
      ? [{ relation: 'self', url: whole }]
      : [
          { relation: 'self', url: formatUrl(url, request.query) },
          { relation: 'first', url: whole },
        ];
  if (next === undefined) return here;
  return [...here, { relation: 'next', url: nextUrl(request, { query: scope.applied, now: asked.now }, next, context) }];
}

const sharedCut: Issue = {
  severity: 'warning',
  code: 'too-costly',
  text: `Of the resources that the record refers to, only ${limits.includesMax} are given; read the others by their references.`,
};
