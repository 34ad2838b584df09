/** What R4 says of Bundles beyond their structure and invariants. https://hl7.org/fhir/R4/bundle.html */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type BundleIndex, type IndexedEntry, matchesInBundle, sameKey } from './bundle-index.ts';
import { openSearchCheck } from './bundle-search-rules.ts';
import { enterStep, type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isAbsolute } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';
import { visitValues } from './walk.ts';

/** The rules that need the whole Bundle; the run's path ends at it. */
export function checkBundle(index: BundleIndex, run: Run, depth: number): void {
  checkLinks(index.bundle, run, depth);
  checkEntries(index, run, depth);
  if (index.bundle['type'] === 'document') checkDocument(index, run, depth);
  if (index.bundle['type'] === 'message') checkMessage(index, run, depth);
}

const paging: ReadonlySet<JsonValue> = new Set(['first', 'previous', 'prev', 'next', 'last']);

/** Of the relations each may be there once, those of paging only where there are pages. */
function checkLinks(bundle: JsonObject, run: Run, depth: number): void {
  const seen = new Set<JsonValue>();
  const paged = bundle['type'] === 'searchset' || bundle['type'] === 'history';
  for (const [position, { relation }] of itemsOf(bundle, 'link')) {
    if (relation === undefined) continue;
    enterStep(run, depth, 'link', position);
    const parameters = { value: echo(relation) };
    if (seen.has(relation)) report(run, depth + 1, 'bundle-link-duplicate', { parameters });
    if (!paged && paging.has(relation)) report(run, depth + 1, 'bundle-link-paging', { parameters });
    seen.add(relation);
  }
}

function checkEntries({ bundle }: BundleIndex, run: Run, depth: number): void {
  const type = bundle['type'];
  const search = type === 'searchset' ? openSearchCheck(bundle, run, depth) : undefined;
  for (const [position, entry] of itemsOf(bundle, 'entry')) {
    if (run.full) return;
    enterStep(run, depth, 'entry', position);
    checkFullUrl(entry, type, run, depth + 1);
    search?.(entry, run, depth + 1);
  }
}

/** "fullUrl can be empty on a POST" and in answers to what was sent together; elsewhere it is the identity of the resource. */
const unnamed: ReadonlySet<JsonValue | undefined> = new Set(['transaction', 'batch', 'transaction-response', 'batch-response']);

function checkFullUrl({ fullUrl: url, resource }: JsonObject, type: JsonValue | undefined, run: Run, depth: number): void {
  if (typeof url === 'string') {
    if (!isAbsolute(url)) report(run, depth, 'bundle-full-url-absolute');
    else if (isJsonObject(resource)) checkMatch(url, resource, type, run, depth);
  } else if (url === undefined && isJsonObject(resource) && !unnamed.has(type)) checkUnnamed(resource, type, run, depth);
}

/** "Results from operations might involve resources that are not identified"; what a search has to say of itself is none of its results. */
function checkUnnamed({ id, resourceType }: JsonObject, type: JsonValue | undefined, run: Run, depth: number): void {
  const severity = type === 'collection' && id === undefined ? 'warning' : 'error';
  if (resourceType !== 'OperationOutcome') report(run, depth, 'bundle-full-url-missing', { severity });
}

/** "fullUrl … SHALL … be consistent with the Resource.id" for RESTful URLs. */
function checkMatch(url: string, resource: JsonObject, type: JsonValue | undefined, run: Run, depth: number): void {
  const steps = url.split('/');
  const { id } = resource;
  if (!/^https?:/.test(url) || !run.tools.definitions.isResourceType(steps.at(-2) ?? '')) return;
  if (typeof id !== 'string') {
    if (!unnamed.has(type)) report(run, depth, 'bundle-full-url-no-id');
    return;
  }
  const expected = `${String(resource['resourceType'])}/${id}`;
  const found = steps.slice(-2).join('/');
  if (found !== expected) {
    report(run, depth, 'bundle-full-url-mismatch', { parameters: { found: echo(found), expected: echo(expected) } });
  }
}

/** "The document bundle SHALL include … the Composition's subject, author, …" https://hl7.org/fhir/R4/documents.html#content */
function checkDocument(index: BundleIndex, run: Run, depth: number): void {
  const [first] = index.entries;
  if (first === undefined || first.resource.resourceType !== 'Composition') return;
  index.current = first;
  enterStep(run, depth, 'entry', first.position);
  enterStep(run, depth + 1, 'resource');
  checkComposition(first.resource, run, depth + 2);
  const links = linksOf(index);
  const linked = reachedFrom(first, (entry) => [...(links.to.get(entry) ?? []), ...(links.from.get(entry) ?? [])]);
  for (const entry of unreachable(index, first, links)) {
    enterStep(run, depth, 'entry', entry.position);
    report(run, depth + 1, linked.has(entry) ? 'bundle-unreachable' : 'bundle-orphan');
  }
}

/** What a message's header does not lead to may be there by mistake. https://hl7.org/fhir/R4/messaging.html */
function checkMessage(index: BundleIndex, run: Run, depth: number): void {
  const [first] = index.entries;
  if (first === undefined || first.resource.resourceType !== 'MessageHeader') return;
  for (const entry of unreachable(index, first, linksOf(index))) {
    enterStep(run, depth, 'entry', entry.position);
    report(run, depth + 1, 'bundle-message-unreachable');
  }
}

/** The elements of a Composition whose targets belong to the document. */
function checkComposition(composition: JsonObject, run: Run, depth: number): void {
  for (const name of ['subject', 'encounter', 'author', 'custodian']) checkTargets(composition, name, run, depth);
  for (const [position, attester] of itemsOf(composition, 'attester')) {
    enterStep(run, depth, 'attester', position);
    checkTargets(attester, 'party', run, depth + 1);
  }
  checkSections(composition, run, depth);
}

function checkSections(parent: JsonObject, run: Run, depth: number): void {
  for (const [position, section] of itemsOf(parent, 'section')) {
    enterStep(run, depth, 'section', position);
    checkTargets(section, 'entry', run, depth + 1);
    checkSections(section, run, depth + 1);
  }
}

function checkTargets(owner: JsonObject, name: string, run: Run, depth: number): void {
  const value = owner[name];
  if (isJsonObject(value)) {
    enterStep(run, depth, name);
    checkTarget(value, run, depth + 1);
  }
  for (const [position, reference] of itemsOf(owner, name)) {
    enterStep(run, depth, name, position);
    checkTarget(reference, run, depth + 1);
  }
}

function checkTarget({ reference }: JsonObject, run: Run, depth: number): void {
  const { bundle } = run;
  if (bundle === undefined || typeof reference !== 'string' || reference.startsWith('#')) return;
  if (matchesInBundle(bundle, reference).length > 0) return;
  if (reference.includes('/_history/')) report(run, depth, 'bundle-reference-version');
  else if (sameKey(bundle, reference).length > 0) report(run, depth, 'bundle-reference-by-id');
  else report(run, depth, 'bundle-reference-missing');
}

/** Entries that no chain of references leads to from the first; a Provenance points backwards and may stand alone. */
function unreachable(index: BundleIndex, first: IndexedEntry, { to }: Links): readonly IndexedEntry[] {
  const reached = reachedFrom(first, (entry) => to.get(entry) ?? []);
  return index.entries.filter((entry) => !reached.has(entry) && entry.resource.resourceType !== 'Provenance');
}

/** Which entries refer to which, and which are referred to by which. */
interface Links {
  readonly to: ReadonlyMap<IndexedEntry, readonly IndexedEntry[]>;
  readonly from: ReadonlyMap<IndexedEntry, readonly IndexedEntry[]>;
}

/** A reference that more entries answer is an error of its own. */
const matchesFollowed = 16;

function linksOf(index: BundleIndex): Links {
  const to = new Map<IndexedEntry, IndexedEntry[]>();
  const from = new Map<IndexedEntry, IndexedEntry[]>(index.entries.map((entry) => [entry, []]));
  for (const entry of index.entries) {
    index.current = entry;
    const found = new Set(
      referencesIn(entry.resource).flatMap((reference) => matchesInBundle(index, reference).slice(0, matchesFollowed)),
    );
    to.set(entry, [...found]);
    for (const target of found) from.get(target)?.push(entry);
  }
  return { to, from };
}

function reachedFrom(first: IndexedEntry, next: (entry: IndexedEntry) => readonly IndexedEntry[]): ReadonlySet<IndexedEntry> {
  const reached = new Set([first]);
  for (const entry of reached) for (const found of next(entry)) reached.add(found);
  return reached;
}

const urlCharactersMax = 2_000;

/** References, and URLs, OIDs and canonicals too: "the rules apply to … `Reference`, `uri`, `url`", such as that of an attachment. */
function referencesIn(resource: JsonObject): readonly string[] {
  const found: string[] = [];
  visitValues(resource, (value) => {
    if (typeof value === 'string' && value.length <= urlCharactersMax && /^[^\s]*[/:][^\s]*$/.test(value)) found.push(value);
  });
  return found;
}

function itemsOf(owner: JsonObject, name: string): readonly (readonly [number, JsonObject])[] {
  return objectsOf(owner[name]).map((item, position) => [position, item]);
}
