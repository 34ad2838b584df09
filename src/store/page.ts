/** Cuts a page off an ordered result. */
import type { Page, Position, StoredVersion, StoreQuery } from './store.ts';

/** The first `count` items; `next` when `found`, which must reach at least one item further, goes on behind them. */
export function cutPage<T>(found: readonly T[], count: number, positionOf: (item: T) => Position): Page<T> {
  const items = found.slice(0, count);
  const last = items.at(-1);
  return { items, ...(last !== undefined && found.length > count ? { next: positionOf(last) } : {}) };
}

/**
 * A page of what was found, loaded item by item, so that no more texts are in memory than `charactersMax` allows. `found` reaches one item
 * behind the page when there is more; what is gone when it is loaded is left out.
 */
export function loadPage<T>(
  found: readonly T[],
  { count, charactersMax = Number.POSITIVE_INFINITY }: Pick<StoreQuery, 'count' | 'charactersMax'>,
  positionOf: (item: T) => Position,
  load: (item: T) => StoredVersion | undefined,
): Page<StoredVersion> {
  const items: StoredVersion[] = [];
  let characters = 0;
  let reached = 0;
  for (const item of found.slice(0, count)) {
    if (characters >= charactersMax) break;
    const version = load(item);
    if (version !== undefined) items.push(version);
    characters += version?.text.length ?? 0;
    reached += 1;
  }
  const last = found[reached - 1];
  return { items, ...(last !== undefined && found.length > reached ? { next: positionOf(last) } : {}) };
}
