/** The references of a resource to others on this server. https://hl7.org/fhir/R4/references.html#literal */
import type { AccessContext } from '../access/access-context.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import type { ReferenceEntry } from '../search/index-entry.ts';
import { referenceParameter } from '../search/reference-parameter.ts';
import type { ServerContext } from './context.ts';
import { linkMapperOf } from './map-links.ts';

export interface LocalReference {
  readonly key: ResourceKey;
  readonly versionId?: string;
  /** FHIRPath: `Bundle.entry[3].resource.subject.reference`. */
  readonly place: string;
}

/** `Patient?identifier=…` in place of a literal reference. */
export interface ConditionalReference {
  readonly text: string;
  readonly place: string;
}

/** The references of a planned version, and who wants to write it. */
export interface WrittenReferences {
  readonly key: ResourceKey;
  readonly access: AccessContext;
  readonly permission: 'c' | 'u';
  readonly found: readonly LocalReference[];
  /** Those that nothing has resolved. */
  readonly conditional: readonly ConditionalReference[];
}

/** They record what was done to other resources, whatever has become of these since: what they name need not be there, and they hold nothing. */
const recordTypes: ReadonlySet<string> = new Set(['AuditEvent', 'Provenance']);

/**
 * Wherever its type has a Reference, contained resources and extensions included, and attachments too: "Relative URLs are interpreted relative to
 * the service url, like a resource reference" (https://hl7.org/fhir/R4/datatypes.html#Attachment). The entries of a Bundle refer to each other, so
 * nothing inside one counts. `place` is that of the resource.
 */
export function findReferences(
  resource: Resource,
  place: string,
  { definitions, baseUrl }: Pick<ServerContext, 'definitions' | 'baseUrl'>,
): Pick<WrittenReferences, 'found' | 'conditional'> {
  const found: LocalReference[] = [];
  const conditional: ConditionalReference[] = [];
  if (recordTypes.has(resource.resourceType)) return { found, conditional };
  linkMapperOf(definitions)(resource, place, (link) => {
    const parsed = link.kind === 'reference' || link.kind === 'attachment' ? parseReference(link.text, baseUrl) : undefined;
    if (parsed?.kind === 'conditional' && link.kind === 'reference') conditional.push({ text: link.text, place: link.place });
    if (parsed?.kind !== 'local' || (link.kind === 'attachment' && !definitions.isResourceType(parsed.type))) return link.text;
    const { type, id, versionId } = parsed;
    found.push({ key: { type, id }, place: link.place, ...(versionId !== undefined && { versionId }) });
    return link.text;
  });
  return { found, conditional };
}

/** The index entries by which a delete finds what refers to the resource it deletes. */
export function referenceEntries(references: readonly LocalReference[]): readonly ReferenceEntry[] {
  const targets = new Set(references.map(({ key }) => formatKey(key)));
  return [...targets].map((target) => ({ shape: 'reference', parameter: referenceParameter, element: 0, target }));
}
