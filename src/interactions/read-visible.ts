/** What links lead to: inside the caller's border, and no more of it in memory at a time than fits on a page. */
import type { AccessContext } from '../access/access-context.ts';
import { narrowVisible } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';

/**
 * The current resources among the keys that the caller may see, in the order of the keys, up to the one that brings their texts to
 * `limits.pageCharactersMax`.
 */
export async function readVisible(
  keys: readonly ResourceKey[],
  access: AccessContext,
  { store }: ServerContext,
): Promise<readonly StoredVersion[]> {
  if (keys.length === 0) return [];
  return store.readMany(keys, narrowVisible(access, [...new Set(keys.map(({ type }) => type))]), limits.pageCharactersMax);
}

/** All of them, one after the other. */
export async function* readVisibleInTurn(
  keys: readonly ResourceKey[],
  access: AccessContext,
  context: ServerContext,
): AsyncGenerator<StoredVersion> {
  for (let left = keys; left.length > 0; ) {
    const versions = await readVisible(left, access, context);
    yield* versions;
    left = left.slice(reachedBy(versions, left));
  }
}

/** How many of the keys it took to read the versions up to `limits.pageCharactersMax`. */
export function reachedBy(versions: readonly StoredVersion[], keys: readonly ResourceKey[]): number {
  const characters = versions.reduce((sum, { text }) => sum + text.length, 0);
  const last = versions.at(-1);
  if (last === undefined || characters < limits.pageCharactersMax) return keys.length;
  return keys.findIndex((key) => formatKey(key) === formatKey(last.key)) + 1;
}
