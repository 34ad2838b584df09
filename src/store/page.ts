/** Cuts a page off an ordered result. */
import type { Page, Position } from './store.ts';

/** The first `count` items; `next` when `found`, which must reach at least one item further, goes on behind them. */
export function cutPage<T>(found: readonly T[], count: number, positionOf: (item: T) => Position): Page<T> {
  const items = found.slice(0, count);
  const last = items.at(-1);
  return { items, ...(last !== undefined && found.length > count ? { next: positionOf(last) } : {}) };
}
