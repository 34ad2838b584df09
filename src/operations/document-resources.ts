/** What belongs into a document. https://hl7.org/fhir/R4/documents.html#content */
import type { AccessContext } from '../access/access-context.ts';
import { isGranted } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, type Issue, tooCostly } from '../fhir/outcome.ts';
import { parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import type { ServerContext } from '../interactions/context.ts';
import { type Link, openLinkMapper } from '../interactions/map-links.ts';
import { readVisibleInTurn } from '../interactions/read-visible.ts';
import type { StoredVersion } from '../store/store.ts';

/** A resource that something in the document refers to. */
interface Wanted {
  /** `Type/id`, with `/_history/3` for a version. */
  readonly name: string;
  readonly key: ResourceKey;
  readonly versionId?: string;
}

/** The elements of a Composition whose targets make the document; a related document (`relatesTo`) is one of its own. */
const constituent = /^Composition\.(?:subject|encounter|author|custodian|attester|event|section)\b/;

/**
 * "The Composition resource, and any resources directly or indirectly (e.g. recursively) referenced from it", as far as the caller may see
 * them: breadth first, each once. Throws `not-found` (422) with the place of each reference of the Composition itself that leads nowhere on
 * this server, since a document without its parts would say something else, and `tooCostly` over `limits.documentResourcesMax` or
 * `limits.bundleBodyBytesMax`.
 */
export async function collectDocument(
  composition: StoredVersion,
  access: AccessContext,
  context: ServerContext,
): Promise<readonly StoredVersion[]> {
  const linksOf = openLinkReader(context);
  const direct = linksOf(composition).filter(({ place }) => constituent.test(place));
  const named = direct.flatMap((link) => wantedBy(link, context));
  const found = new Map<string, StoredVersion | undefined>([[`${composition.key.type}/${composition.key.id}`, composition]]);
  let frontier = await load(named, found, access, context);
  refuseMissing(direct, found, context);
  while (frontier.length > 0) {
    const links = frontier.flatMap(linksOf);
    const wanted = links.flatMap((link) => wantedBy(link, context)).filter(({ key }) => !isOtherPatient(key));
    frontier = await load(wanted, found, access, context);
  }
  return [...found.values()].filter((version) => version !== undefined && version !== composition) as StoredVersion[]; // Undefined ones are out.
}

/** A patient whom the Composition doesn't name is a link to another record (Patient.link, a relative's), which is none of this document. */
function isOtherPatient({ type }: ResourceKey): boolean {
  return type === 'Patient';
}

function openLinkReader({ definitions }: ServerContext): (version: StoredVersion) => readonly Link[] {
  const mapLinks = openLinkMapper(definitions);
  return ({ text, key }) => {
    const links: Link[] = [];
    // Stored text is a resource; it is only read here.
    mapLinks(JSON.parse(text) as Resource, key.type, (link) => {
      links.push(link);
      return link.text;
    });
    return links;
  };
}

/** A local resource that a Reference names, or the Binary that an attachment's address does. */
function wantedBy({ kind, text }: Link, { baseUrl, definitions }: ServerContext): readonly Wanted[] {
  const parsed = kind === 'narrative' ? undefined : parseReference(text, baseUrl);
  if (parsed?.kind !== 'local' || !definitions.isResourceType(parsed.type)) return [];
  if (kind !== 'reference' && parsed.type !== 'Binary') return [];
  const { type, id, versionId } = parsed;
  const name = versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`;
  return [{ name, key: { type, id }, ...(versionId === undefined ? {} : { versionId }) }];
}

/** Reads what was not asked for before into `found`, undefined for what is not there for the caller; gives the new ones. */
async function load(
  wanted: readonly Wanted[],
  found: Map<string, StoredVersion | undefined>,
  access: AccessContext,
  context: ServerContext,
): Promise<readonly StoredVersion[]> {
  const fresh = new Map(wanted.filter(({ name }) => !found.has(name)).map((one) => [one.name, one]));
  for (const name of fresh.keys()) found.set(name, undefined);
  if (found.size > limits.documentResourcesMax) {
    throw tooCostly(
      `The Composition leads to more than ${limits.documentResourcesMax} resources, which is the limit of one document.`,
    );
  }
  const current = [...fresh.values()].filter(({ versionId }) => versionId === undefined).map(({ key }) => key);
  for await (const version of readVisibleInTurn(current, access, context)) {
    found.set(`${version.key.type}/${version.key.id}`, version);
    checkSize(found);
  }
  for (const { name, key, versionId } of fresh.values()) {
    if (versionId === undefined || !isGranted(access, key.type, 'r')) continue;
    const version = await context.store.readVersion(key, versionId, narrow(access, [key.type], 'r'));
    if (version?.deleted === false) found.set(name, version);
    checkSize(found);
  }
  return [...fresh.keys()].flatMap((name) => found.get(name) ?? []);
}

function checkSize(found: ReadonlyMap<string, StoredVersion | undefined>): void {
  let characters = 0;
  for (const version of found.values()) characters += version?.text.length ?? 0;
  if (characters <= limits.bundleBodyBytesMax) return;
  throw tooCostly(`The document has more than ${limits.bundleBodyBytesMax / 1024 / 1024} MB, which is the limit of one Bundle.`);
}

/** A contained resource is there already, and a logical reference names nothing that could be there. */
function refuseMissing(
  direct: readonly Link[],
  found: ReadonlyMap<string, StoredVersion | undefined>,
  context: ServerContext,
): void {
  const issues = direct.flatMap((link): readonly Issue[] => {
    if (link.kind !== 'reference' || link.text.startsWith('#')) return [];
    const [wanted] = wantedBy(link, context);
    if (wanted !== undefined && found.get(wanted.name) !== undefined) return [];
    const text =
      wanted === undefined
        ? 'This reference leads to another server, which is not asked: a document can be made here only of resources of this server.'
        : 'No resource that this reference names is known: without it the document would be incomplete.';
    return [{ severity: 'error', code: 'not-found', text, expression: link.place }];
  });
  if (issues.length > 0) throw new FhirError(422, issues);
}
