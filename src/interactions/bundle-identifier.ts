/**
 * Whether a transaction with the same `Bundle.identifier` came before. A Bundle is not kept, so what it wrote remembers it: an index entry on
 * the first resource of each type. Decided in src/decisions/0007-bundles-sent-again.md.
 */
import type { AccessContext } from '../access/access-context.ts';
import { grantedTypes } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import type { Issue } from '../fhir/outcome.ts';
import { isJsonObject, type Resource } from '../fhir/types.ts';
import type { IndexEntry, TokenEntry } from '../search/index-entry.ts';
import type { Write } from '../store/store.ts';
import type { ServerContext } from './context.ts';

/** No search parameter has this name, so that only this file asks for it. */
const parameter = '_bundle-identifier';

/** The entry that remembers the Bundle; undefined when it has no identifier with a value. */
export function bundleIdentifierEntry(bundle: Resource): TokenEntry | undefined {
  const { identifier } = bundle;
  if (!isJsonObject(identifier)) return undefined;
  const { system, value } = identifier;
  if (typeof value !== 'string' || value === '') return undefined;
  return { shape: 'token', parameter, element: 0, system: typeof system === 'string' ? system : '', code: value };
}

/** The writes, the first of each type that stores something with the entry. */
export function markWrites(writes: readonly Write[], entry: IndexEntry): readonly Write[] {
  const marked = new Set<string>();
  return writes.map((write) => {
    if (write.op === 'delete' || marked.has(write.key.type)) return write;
    marked.add(write.key.type);
    return { ...write, entries: [...write.entries, entry] };
  });
}

/** A warning when a resource that the caller may search remembers such a Bundle already. */
export async function warnOfSecondBundle(
  entry: TokenEntry,
  writes: readonly Write[],
  access: AccessContext,
  context: ServerContext,
): Promise<readonly Issue[]> {
  const types = grantedTypes(access, [...new Set(writes.map(({ key }) => key.type))], 's');
  if (types.length === 0) return [];
  const { system, code } = entry;
  const criterion = narrow(access, types, 's', { kind: 'has', parameter, test: { shape: 'token', system, code } });
  const { items } = await context.store.search({ types, criterion, sort: [], count: 1, total: 'none' });
  return items.length === 0 ? [] : [secondBundle];
}

const secondBundle: Issue = {
  severity: 'warning',
  code: 'duplicate',
  id: 'bundle-identifier-known',
  text: 'A transaction with this Bundle.identifier was stored before. What this one creates with POST is stored again, beside it.',
  expression: 'Bundle.identifier',
};
