/** References, as https://hl7.org/fhir/R4/references.html#literal knows them. */
import type { ResourceKey } from './types.ts';

export type ParsedReference =
  | { readonly kind: 'local'; readonly type: string; readonly id: string; readonly versionId?: string }
  | { readonly kind: 'absolute'; readonly url: string }
  | { readonly kind: 'contained'; readonly id: string }
  | { readonly kind: 'conditional'; readonly type: string; readonly query: string }
  | { readonly kind: 'malformed' };

/** https://hl7.org/fhir/R4/datatypes.html#id */
export const idPattern = /^[A-Za-z0-9\-.]{1,64}$/;

const relativePattern = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;
const conditionalPattern = /^([A-Z][A-Za-z]{1,63})\?(.*)$/s;
const absolutePattern = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/**
 * Reads a literal reference. An absolute URL under `baseUrl` (no trailing slash) is local.
 * `urn:uuid:` and `urn:oid:` are absolute.
 */
export function parseReference(reference: string, baseUrl: string): ParsedReference {
  if (reference.startsWith('#')) return { kind: 'contained', id: reference.slice(1) };
  const path = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const [, type, id, versionId] = relativePattern.exec(path) ?? [];
  if (type !== undefined && id !== undefined) {
    return versionId === undefined ? { kind: 'local', type, id } : { kind: 'local', type, id, versionId };
  }
  const [, conditionalType, query] = conditionalPattern.exec(path) ?? [];
  if (conditionalType !== undefined && query !== undefined) return { kind: 'conditional', type: conditionalType, query };
  return absolutePattern.test(reference) ? { kind: 'absolute', url: reference } : { kind: 'malformed' };
}

/** `Type/id`. */
export function formatKey(key: ResourceKey): string {
  return `${key.type}/${key.id}`;
}
