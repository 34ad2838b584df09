/** Cuts a page off an ordered result. */
import type { Page, PageSize, Position, StoredVersion } from './store.ts';

/**
 * A page of what was found, loaded item by item, so that no more texts are in memory than `charactersMax` allows. `found` reaches one item
 * behind the page when there is more; what is gone when it is loaded is left out.
 */
export function loadPage<T>(
  found: readonly T[],
  { count, charactersMax }: PageSize,
  positionOf: (item: T) => Position,
  load: (item: T) => StoredVersion | undefined,
): Page<StoredVersion> {
  const { versions, reached } = loadSome(found.slice(0, count), charactersMax, load);
  const last = found[reached - 1];
  return { items: versions, ...(last !== undefined && found.length > reached ? { next: positionOf(last) } : {}) };
}

/** What is there of the items, loaded in their order until the texts are `charactersMax` long, and how many items that took. */
export function loadSome<T>(
  items: readonly T[],
  charactersMax = Number.POSITIVE_INFINITY,
  load: (item: T) => StoredVersion | undefined,
): { readonly versions: readonly StoredVersion[]; readonly reached: number } {
  const versions: StoredVersion[] = [];
  let characters = 0;
  let reached = 0;
  for (const item of items) {
    if (characters >= charactersMax) break;
    const version = load(item);
    if (version !== undefined) versions.push(version);
    characters += version?.text.length ?? 0;
    reached += 1;
  }
  return { versions, reached };
}
