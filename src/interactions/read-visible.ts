/** Resources by their keys, inside the caller's border, no more of them in memory at a time than fit on a page. */
import type { AccessContext } from '../access/access-context.ts';
import { narrowVisible } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { Authorized, Criterion } from '../search/criterion.ts';
import type { Store, StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';

/**
 * The current resources among the keys that a link may lead the caller to, in the order of the keys, up to the one that brings their texts to
 * `limits.pageCharactersMax`.
 */
export async function readVisible(
  keys: readonly ResourceKey[],
  access: AccessContext,
  { store }: Pick<ServerContext, 'store'>,
): Promise<readonly StoredVersion[]> {
  return keys.length === 0 ? [] : store.readMany(keys, narrowVisible(access, typesOf(keys)), limits.pageCharactersMax);
}

/** All of them, one after the other. */
export function readVisibleInTurn(
  keys: readonly ResourceKey[],
  access: AccessContext,
  { store }: Pick<ServerContext, 'store'>,
): AsyncGenerator<StoredVersion> {
  return readInTurn(keys, (types) => narrowVisible(access, types), store);
}

/** The current ones among the keys that `allowedOf` lets through of the keys' types, one after the other. */
export async function* readInTurn(
  keys: readonly ResourceKey[],
  allowedOf: (types: readonly string[]) => Authorized<Criterion>,
  store: Store,
): AsyncGenerator<StoredVersion> {
  if (keys.length === 0) return;
  const allowed = allowedOf(typesOf(keys));
  for (let left = keys; left.length > 0; ) {
    const versions = await store.readMany(left, allowed, limits.pageCharactersMax);
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

function typesOf(keys: readonly ResourceKey[]): readonly string[] {
  return [...new Set(keys.map(({ type }) => type))];
}
