/** Contained resources: dom-2 to dom-5 in native code, since every resource with `contained` runs them. https://hl7.org/fhir/R4/references.html#contained */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import { visitValues } from './walk.ts';

/** The rules about `contained` of the resource at the end of the run's path. */
export function checkContained(resource: JsonObject, run: Run, depth: number): void {
  const contained = resource['contained'];
  if (!Array.isArray(contained)) return;
  const used = collectLocalReferences(resource);
  const ids = new Set<JsonValue>();
  run.names[depth] = 'contained';
  for (const [index, inner] of contained.entries()) {
    if (run.full || !isJsonObject(inner)) continue;
    run.indexes[depth] = index;
    checkOne(inner, run, depth + 1);
    checkId(inner, { ids, used }, run, depth + 1);
  }
}

function checkOne(inner: JsonObject, run: Run, depth: number): void {
  if (inner['contained'] !== undefined) report(run, depth, 'contained-nested', { rule: 'dom-2' });
  const meta = inner['meta'];
  if (!isJsonObject(meta)) return;
  if (meta['versionId'] !== undefined || meta['lastUpdated'] !== undefined)
    report(run, depth, 'contained-version', { rule: 'dom-4' });
  if (meta['security'] !== undefined) report(run, depth, 'contained-security', { rule: 'dom-5' });
}

interface Known {
  readonly ids: Set<JsonValue>;
  readonly used: ReadonlySet<string>;
}

/** "SHALL be referred to from elsewhere in the resource or SHALL refer to the containing resource" (dom-3). */
function checkId(inner: JsonObject, { ids, used }: Known, run: Run, depth: number): void {
  const id = inner['id'];
  if (typeof id !== 'string') {
    report(run, depth, 'contained-id-missing');
    return;
  }
  if (ids.has(id)) report(run, depth, 'contained-id-duplicate');
  ids.add(id);
  if (!used.has(`#${id}`) && !collectLocalReferences(inner as Resource).has('#'))
    report(run, depth, 'contained-unreferenced', { rule: 'dom-3' });
}

/** Every text that begins with `#`: references, canonicals and URIs to contained resources; and the images and links of narratives. */
function collectLocalReferences(resource: JsonObject): ReadonlySet<string> {
  const found = new Set<string>();
  visitValues(resource, (value) => {
    if (typeof value === 'string') noteLocal(value, found);
  });
  return found;
}

const [hash, lessThan] = [35, 60];
const narrativeLink = /\s(?:src|href)="(#[^"]{1,64})"/g;

function noteLocal(text: string, found: Set<string>): void {
  const first = text.charCodeAt(0);
  if (first === hash) found.add(text);
  else if (first === lessThan && text.startsWith('<div') && text.includes('="#'))
    for (const [, link = ''] of text.matchAll(narrativeLink)) found.add(link);
}
