/** Canonical references: their form, and what they lead to. https://hl7.org/fhir/R4/references.html#canonical */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { elementName, type Rule, type Run, report } from './issues.ts';
import { isAbsolute } from './primitive-text.ts';

/** What a canonical names: a resource contained here, one of the same Bundle, or one of the definitions. */
export function resolveCanonical(canonical: JsonValue | undefined, run: Run): Resource | undefined {
  if (typeof canonical !== 'string') return undefined;
  if (canonical.startsWith('#')) return containedWith(run.environment.rootResource, canonical.slice(1));
  const url = canonical.split('|')[0];
  const inBundle = run.bundle?.entries.find(({ resource }) => resource['url'] === url);
  return inBundle?.resource ?? run.tools.definitions.conformance(canonical);
}

export function containedWith(root: Resource, id: string): Resource | undefined {
  const contained = root['contained'];
  if (!Array.isArray(contained)) return undefined;
  return contained.find(
    (resource): resource is Resource =>
      isJsonObject(resource) && resource['id'] === id && typeof resource['resourceType'] === 'string',
  );
}

/** Canonicals in HL7's own part of the web: those of R4 are all at hand, so that one that is not may be misspelt. */
const own = 'http://hl7.org/fhir/';

/** The rule about a canonical: an absolute URL, or a fragment that names a contained resource; of a type that may stand there. */
export function canonicalRule(targets: readonly string[] | undefined, path: string, definitions: Definitions): Rule {
  const types = (targets ?? []).map((target) => target.slice(target.lastIndexOf('/') + 1));
  const wanted = types.every((type) => definitions.isResourceType(type)) ? new Set(types) : new Set<string>();
  // Claims of profiles are looked at when the profiles are applied.
  const followed = path !== 'Meta.profile';
  return (value, run, depth) => {
    if (typeof value !== 'string') return;
    if (!value.startsWith('#') && !isAbsolute(value))
      report(run, depth, 'canonical-relative', { parameters: { element: elementName(run, depth) } });
    else if (followed) checkTarget(value, wanted, run, depth);
  };
}

function checkTarget(canonical: string, wanted: ReadonlySet<string>, run: Run, depth: number): void {
  const parameters = { element: elementName(run, depth), canonical: canonical.slice(0, 200) };
  const target = resolveCanonical(canonical, run);
  if (target === undefined) {
    if (canonical.startsWith('#')) report(run, depth, 'canonical-contained-missing', { parameters });
    else if (canonical.startsWith(own) && !isKnown(canonical, run)) report(run, depth, 'canonical-unknown', { parameters });
  } else if (wanted.size > 0 && !wanted.has(target.resourceType)) {
    report(run, depth, 'canonical-type', { parameters: { ...parameters, found: target.resourceType, types: [...wanted] } });
  }
}

/** Value sets and search parameters of R4 are known by what they come to. */
function isKnown(canonical: string, { tools }: Run): boolean {
  const [url = ''] = canonical.split('|');
  return tools.definitions.valueSet(url) !== undefined || tools.definitions.searchParameterByUrl(url) !== undefined;
}
