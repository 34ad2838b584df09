/** What R4 says of Bundles beyond their structure and invariants. https://hl7.org/fhir/R4/bundle.html */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { type BundleIndex, type IndexedEntry, matchesInBundle } from './bundle-index.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isAbsolute } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';
import { objectsWithin } from './walk.ts';

/** The rules that need the whole Bundle; the run's path ends at it. */
export function checkBundle(index: BundleIndex, run: Run, depth: number): void {
  checkLinks(index.bundle, run, depth);
  checkEntries(index, run, depth);
  if (index.bundle['type'] === 'document') checkDocument(index, run, depth);
}

/** Of the relations of paging, each may be there once. */
function checkLinks(bundle: JsonObject, run: Run, depth: number): void {
  const seen = new Set<JsonValue>();
  for (const [position, { relation }] of itemsOf(bundle, 'link')) {
    if (relation === undefined) continue;
    if (seen.has(relation)) {
      step(run, depth, 'link', position);
      report(run, depth + 1, 'bundle-link-duplicate', { parameters: { value: echo(relation) } });
    }
    seen.add(relation);
  }
}

function checkEntries({ bundle }: BundleIndex, run: Run, depth: number): void {
  const type = bundle['type'];
  for (const [position, entry] of itemsOf(bundle, 'entry')) {
    if (run.full) return;
    step(run, depth, 'entry', position);
    checkFullUrl(entry, type, run, depth + 1);
    if (type === 'searchset') checkSearchEntry(entry, run, depth + 1);
  }
}

function checkFullUrl(entry: JsonObject, type: JsonValue | undefined, run: Run, depth: number): void {
  const url = entry['fullUrl'];
  if (typeof url === 'string') {
    if (!isAbsolute(url)) report(run, depth, 'bundle-full-url-absolute');
    else checkMatch(url, entry['resource'], run, depth);
  } else if (url === undefined && (type === 'document' || type === 'message') && entry['resource'] !== undefined) {
    report(run, depth, 'bundle-full-url-missing');
  }
}

/** "fullUrl … SHALL … be consistent with the Resource.id" for RESTful URLs. */
function checkMatch(url: string, resource: JsonValue | undefined, run: Run, depth: number): void {
  if (!/^https?:/.test(url) || !isJsonObject(resource)) return;
  const id = resource['id'];
  const steps = url.split('/');
  const type = steps.at(-2) ?? '';
  if (typeof id !== 'string' || !run.tools.definitions.isResourceType(type)) return;
  const expected = `${String(resource['resourceType'])}/${id}`;
  const found = steps.slice(-2).join('/');
  if (found !== expected) {
    report(run, depth, 'bundle-full-url-mismatch', { parameters: { found: echo(found), expected: echo(expected) } });
  }
}

function checkSearchEntry({ search, resource }: JsonObject, run: Run, depth: number): void {
  const mode = isJsonObject(search) ? search['mode'] : undefined;
  if (mode === undefined) report(run, depth, 'bundle-search-mode');
  // "An operation outcome that contains information about the search" is no result and has no id.
  if (
    isJsonObject(resource) &&
    resource['id'] === undefined &&
    mode !== 'outcome' &&
    resource['resourceType'] !== 'OperationOutcome'
  ) {
    report(run, depth, 'bundle-search-id');
  }
}

/** "The document bundle SHALL include … the Composition's subject, author, …" https://hl7.org/fhir/R4/documents.html#content */
function checkDocument(index: BundleIndex, run: Run, depth: number): void {
  const [first] = index.entries;
  if (first === undefined || first.resource.resourceType !== 'Composition') return;
  index.current = first;
  step(run, depth, 'entry', first.position);
  step(run, depth + 1, 'resource', -1);
  checkComposition(first.resource, run, depth + 2);
  for (const entry of unreachable(index, first)) {
    step(run, depth, 'entry', entry.position);
    report(run, depth + 1, 'bundle-unreachable');
  }
}

/** The elements of a Composition whose targets belong to the document. */
function checkComposition(composition: JsonObject, run: Run, depth: number): void {
  for (const name of ['subject', 'encounter', 'author', 'custodian']) checkTargets(composition, name, run, depth);
  for (const [position, attester] of itemsOf(composition, 'attester')) {
    step(run, depth, 'attester', position);
    checkTargets(attester, 'party', run, depth + 1);
  }
  checkSections(composition, run, depth);
}

function checkSections(parent: JsonObject, run: Run, depth: number): void {
  for (const [position, section] of itemsOf(parent, 'section')) {
    step(run, depth, 'section', position);
    checkTargets(section, 'entry', run, depth + 1);
    checkSections(section, run, depth + 1);
  }
}

function checkTargets(owner: JsonObject, name: string, run: Run, depth: number): void {
  const value = owner[name];
  if (isJsonObject(value)) {
    step(run, depth, name, -1);
    checkTarget(value, run, depth + 1);
  }
  for (const [position, reference] of itemsOf(owner, name)) {
    step(run, depth, name, position);
    checkTarget(reference, run, depth + 1);
  }
}

function checkTarget({ reference }: JsonObject, run: Run, depth: number): void {
  const { bundle } = run;
  if (bundle === undefined || typeof reference !== 'string' || reference.startsWith('#')) return;
  if (matchesInBundle(bundle, reference).length > 0) return;
  report(run, depth, reference.includes('/_history/') ? 'bundle-reference-version' : 'bundle-reference-missing');
}

/** Entries that no chain of references leads to from the Composition; a Provenance points backwards and may stand alone. */
function unreachable(index: BundleIndex, first: IndexedEntry): readonly IndexedEntry[] {
  const reached = new Set<IndexedEntry>([first]);
  for (const entry of reached) {
    index.current = entry;
    for (const reference of referencesIn(entry.resource))
      for (const found of matchesInBundle(index, reference)) reached.add(found);
  }
  return index.entries.filter((entry) => !reached.has(entry) && entry.resource.resourceType !== 'Provenance');
}

function referencesIn(resource: JsonObject): readonly string[] {
  const found: string[] = [];
  for (const { reference } of objectsWithin(resource)) if (typeof reference === 'string') found.push(reference);
  return found;
}

function step(run: Run, depth: number, name: string, position: number): void {
  run.names[depth] = name;
  run.indexes[depth] = position;
}

function itemsOf(owner: JsonObject, name: string): readonly (readonly [number, JsonObject])[] {
  return objectsOf(owner[name]).map((item, position) => [position, item]);
}
