/** The page of what was found, its texts unpacked. */
import type { Page, PageSize, Position, StoredVersion } from '../store.ts';

/** `found` reaches one item behind the page when there is more. One by one when the texts are limited, together when they are not. */
export async function unpackPage<T>(
  found: readonly T[],
  { count, charactersMax }: PageSize,
  positionOf: (item: T) => Position,
  unpack: (item: T) => Promise<StoredVersion>,
): Promise<Page<StoredVersion>> {
  const items = await unpackSome(found.slice(0, count), charactersMax, unpack);
  const last = found[items.length - 1];
  return { items, ...(last !== undefined && found.length > items.length ? { next: positionOf(last) } : {}) };
}

/** The first of the items: those that bring the texts to `charactersMax`. */
export async function unpackSome<T>(
  items: readonly T[],
  charactersMax: number | undefined,
  unpack: (item: T) => Promise<StoredVersion>,
): Promise<readonly StoredVersion[]> {
  if (charactersMax === undefined) return Promise.all(items.map(unpack));
  const versions: StoredVersion[] = [];
  let characters = 0;
  for (const item of items) {
    if (characters >= charactersMax) break;
    const version = await unpack(item);
    versions.push(version);
    characters += version.text.length;
  }
  return versions;
}
