/**
 * Conformance resources by canonical: the specification's, read one by one when asked for, those of `conformance/` and `profiles/`, and
 * stored ones beneath.
 */
import type { Resource } from '../fhir/types.ts';
import type { PackedResources } from './packed.ts';

export interface ConformanceRegistry {
  /** With a version (`url|1.0`) only a resource of that version. Without, R4's own, else the last loaded, else the first of the stored. */
  byCanonical(canonical: string): Resource | undefined;
  /** Of `conformance/` and `profiles/`, in the order loaded, then the stored ones that are in effect. */
  ofType(type: string): readonly Resource[];
  /** Those of the specification too. */
  everyOfType(type: string): readonly Resource[];
  isPackaged(url: string): boolean;
  including(stored: readonly Resource[]): ConformanceRegistry;
}

/** Takes the index of R4's resources, how to read one of them, and the resources that were loaded from folders. */
export function openConformance(
  index: PackedResources,
  readCore: (file: string) => Resource,
  loaded: readonly Resource[],
): ConformanceRegistry {
  const own = loaded.filter(({ url }) => typeof url !== 'string' || !Object.hasOwn(index, url));
  refuseTwins(own);
  const ownUrls = new Set(own.map(({ url }) => url));
  const coreFiles = new Map(Object.entries(index).flatMap(([url, { file }]) => (file === undefined ? [] : [[url, file]])));
  const core = new Map<string, Resource>();
  const readOnce = (file: string): Resource => {
    const resource = core.get(file) ?? readCore(file);
    core.set(file, resource);
    return resource;
  };
  const isPackaged = (url: string): boolean => Object.hasOwn(index, url) || ownUrls.has(url);
  const layer = (stored: readonly Resource[]): ConformanceRegistry => {
    const added = stored.filter(({ url }) => typeof url === 'string' && !isPackaged(url));
    const byType = groupBy([...own, ...added], ({ resourceType }) => resourceType);
    const byUrl = groupBy([...[...own].reverse(), ...added], ({ url }) => String(url));
    return {
      byCanonical(canonical) {
        const bar = canonical.indexOf('|');
        const url = bar < 0 ? canonical : canonical.slice(0, bar);
        const file = coreFiles.get(url);
        if (bar < 0) return file === undefined ? byUrl.get(url)?.[0] : readOnce(file);
        const version = canonical.slice(bar + 1);
        const candidates = file === undefined ? (byUrl.get(url) ?? []) : [readOnce(file)];
        return candidates.find((resource) => resource['version'] === version);
      },
      ofType: (type) => byType.get(type) ?? [],
      everyOfType(type) {
        const files = Object.values(index).flatMap((entry) =>
          entry.type === type && entry.file !== undefined ? [entry.file] : [],
        );
        return [...files.map(readOnce), ...(byType.get(type) ?? [])];
      },
      isPackaged,
      including: layer,
    };
  };
  return layer([]);
}

function refuseTwins(resources: readonly Resource[]): void {
  const seen = new Set<string>();
  for (const { url, version, resourceType } of resources) {
    if (typeof url !== 'string') continue;
    const canonical = `${url}|${String(version)}`;
    if (seen.has(canonical))
      throw new Error(`${resourceType} ${canonical} is defined twice in profiles/ and conformance/: remove one.`);
    seen.add(canonical);
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
