/** The resources of a Bundle by what references may call them. https://hl7.org/fhir/R4/bundle.html#references */
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { isAbsolute } from './primitive-text.ts';

export interface BundleIndex {
  readonly bundle: JsonObject;
  readonly entries: readonly IndexedEntry[];
  /** By fullUrl. */
  readonly byUrl: ReadonlyMap<string, readonly IndexedEntry[]>;
  /** By `Type/id`. */
  readonly byKey: ReadonlyMap<string, readonly IndexedEntry[]>;
  readonly byResource: ReadonlyMap<Resource, IndexedEntry>;
  /** The entry whose resource is being looked at: relative references are read from its fullUrl. */
  current: IndexedEntry | undefined;
}

export interface IndexedEntry {
  readonly position: number;
  readonly fullUrl: string | undefined;
  readonly resource: Resource;
}

export function indexBundle(bundle: JsonObject): BundleIndex {
  const entries = entriesOf(bundle);
  const byUrl = new Map<string, IndexedEntry[]>();
  const byKey = new Map<string, IndexedEntry[]>();
  for (const entry of entries) {
    if (entry.fullUrl !== undefined) append(byUrl, entry.fullUrl, entry);
    const id = entry.resource['id'];
    if (typeof id === 'string') append(byKey, `${entry.resource.resourceType}/${id}`, entry);
  }
  const byResource = new Map(entries.map((entry) => [entry.resource, entry]));
  return { bundle, entries, byUrl, byKey, byResource, current: undefined };
}

function entriesOf(bundle: JsonObject): readonly IndexedEntry[] {
  const entries = bundle['entry'];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, position) => {
    const resource = isJsonObject(entry) ? entry['resource'] : undefined;
    if (!isJsonObject(entry) || !isResource(resource)) return [];
    const fullUrl = entry['fullUrl'];
    return [{ position, fullUrl: typeof fullUrl === 'string' ? fullUrl : undefined, resource }];
  });
}

function isResource(value: unknown): value is Resource {
  return isJsonObject(value) && typeof value['resourceType'] === 'string';
}

function append(map: Map<string, IndexedEntry[]>, key: string, entry: IndexedEntry): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
}

/** The resource that a reference of the current entry names, when exactly one does. */
export function resolveInBundle(index: BundleIndex, reference: string): Resource | undefined {
  const matches = matchesInBundle(index, reference);
  return matches.length === 1 ? matches[0]?.resource : undefined;
}

/**
 * All entries that a reference of the current entry matches: an absolute one by fullUrl; a relative one by the base of the entry's own
 * fullUrl, or by type and id when that has no base.
 */
export function matchesInBundle(index: BundleIndex, reference: string): readonly IndexedEntry[] {
  const [unversioned = reference, version] = splitVersion(reference.split('#')[0] ?? reference);
  const matches = isAbsolute(unversioned) ? (index.byUrl.get(unversioned) ?? []) : relativeMatches(index, unversioned);
  return version === undefined ? matches : matches.filter(({ resource }) => versionOf(resource) === version);
}

function relativeMatches(index: BundleIndex, reference: string): readonly IndexedEntry[] {
  const base = baseOf(index.current);
  return (
    (base === undefined ? undefined : index.byUrl.get(`${base}/${reference}`)) ??
    (base === undefined ? (index.byKey.get(reference) ?? []) : [])
  );
}

/** Entries of the type and id that a reference names, whatever their fullUrls. */
export function sameKey({ byKey }: BundleIndex, reference: string): readonly IndexedEntry[] {
  const [unversioned] = splitVersion(reference);
  return byKey.get(unversioned.split('/').slice(-2).join('/')) ?? [];
}

/** `http://server/fhir` of `http://server/fhir/Patient/1`; undefined when the fullUrl is no RESTful URL. */
export function baseOf(entry: IndexedEntry | undefined): string | undefined {
  const url = entry?.fullUrl;
  if (url === undefined || !/^https?:/.test(url)) return undefined;
  const steps = url.split('/');
  return steps.at(-2) === entry?.resource.resourceType ? steps.slice(0, -2).join('/') : undefined;
}

export function splitVersion(reference: string): readonly [string, string | undefined] {
  const at = reference.indexOf('/_history/');
  return at < 0 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + '/_history/'.length)];
}

function versionOf(resource: Resource): string | undefined {
  const meta = resource['meta'];
  const version = isJsonObject(meta) ? meta['versionId'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
