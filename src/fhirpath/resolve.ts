/** `resolve()`: from a reference to what it names. https://hl7.org/fhir/R4/references.html#literal */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { Environment } from './node.ts';

const typedReference = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/;

/** The target of a Reference or of a uri: the resource, or at least its type; undefined when nothing is known of it. */
export function resolveReference(value: JsonValue | undefined, environment: Environment): JsonObject | undefined {
  const reference = isJsonObject(value) ? value['reference'] : value;
  if (typeof reference !== 'string') return undefined;
  return environment.resolve === undefined ? resolveByText(reference, environment) : environment.resolve(reference);
}

/** What a reference tells by itself. */
function resolveByText(reference: string, { rootResource }: Environment): JsonObject | undefined {
  if (reference === '#') return rootResource;
  if (reference.startsWith('#')) {
    const contained = rootResource['contained'];
    const id = reference.slice(1);
    return Array.isArray(contained) ? contained.filter(isJsonObject).find((resource) => resource['id'] === id) : undefined;
  }
  const type = typedReference.exec(reference)?.[1];
  return type === undefined ? undefined : { resourceType: type };
}
