/** What R4 says of Bundles beyond their structure and invariants. https://hl7.org/fhir/R4/bundle.html */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { BundleIndex } from './bundle-index.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { isAbsolute } from './primitive-text.ts';

/** The rules that need the whole Bundle; the run's path ends at it. */
export function checkBundle(index: BundleIndex, run: Run, depth: number): void {
  checkLinks(index.bundle, run, depth);
  checkEntries(index, run, depth);
}

/** "A link relation … may occur once": self, first, previous, next, last. */
function checkLinks(bundle: JsonObject, run: Run, depth: number): void {
  const seen = new Set<JsonValue>();
  for (const [position, link] of itemsOf(bundle, 'link')) {
    const relation = link['relation'];
    if (relation === undefined) continue;
    if (seen.has(relation)) {
      step(run, depth, 'link', position);
      report(run, depth + 1, 'bundle-link-duplicate', { parameters: { value: echo(relation) } });
    }
    seen.add(relation);
  }
}

function checkEntries({ bundle }: BundleIndex, run: Run, depth: number): void {
  for (const [position, entry] of itemsOf(bundle, 'entry')) {
    if (run.full) return;
    step(run, depth, 'entry', position);
    checkFullUrl(entry, bundle['type'], run, depth + 1);
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
  if (found !== expected)
    report(run, depth, 'bundle-full-url-mismatch', { parameters: { found: echo(found), expected: echo(expected) } });
}

function step(run: Run, depth: number, name: string, position: number): void {
  run.names[depth] = name;
  run.indexes[depth] = position;
}

function itemsOf(bundle: JsonObject, name: string): readonly (readonly [number, JsonObject])[] {
  const items = bundle[name];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown, position) => (isJsonObject(item) ? [[position, item] as const] : []));
}
