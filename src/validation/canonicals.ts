/** Canonical references: their form, and what they lead to. https://hl7.org/fhir/R4/references.html#canonical */
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { Run } from './issues.ts';

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
