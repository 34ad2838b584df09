/**
 * Conformance resources of the store, in effect as soon as they are written: here at once, on other servers over the same store when they
 * look again. Decided in src/decisions/0015-stored-definitions.md. https://hl7.org/fhir/R4/profiling.html#resources
 */
import { everyone } from '../access/access-context.ts';
import { narrow } from '../access/narrow.ts';
import { type DefinitionRegistry, definitionTypes } from '../definitions/registry.ts';
import { limits } from '../fhir/limits.ts';
import { logFailure } from '../fhir/log-failure.ts';
import { formatKey } from '../fhir/reference.ts';
import type { Resource } from '../fhir/types.ts';
import { all } from '../search/criterion.ts';
import { delegate } from '../store/delegate.ts';
import type { Position, Store, StoredVersion } from '../store/store.ts';
import type { ServerContext } from './context.ts';

export interface StoredDefinitions {
  /** The store, with an eye on what is written to it. */
  readonly store: Store;
  /** Reads what other servers have stored since the last time. */
  refresh(): Promise<void>;
  /** Refreshes every so many milliseconds; gives how to end that. */
  watch(everyMs: number): () => Promise<void>;
}

/** A version that is in effect, or would be if there were room. */
interface Known {
  readonly version: StoredVersion;
  readonly resource: Resource;
}

/** Resources of a page, and characters at most: value sets may be large. */
const readCount = 100;
const readCharacters = 10_000_000;

/** Reads all that is stored and puts it into effect. */
export async function openStoredDefinitions(
  store: Store,
  registry: DefinitionRegistry,
  log: ServerContext['log'],
): Promise<StoredDefinitions> {
  const known = new Map<string, Known>();
  const note = (versions: readonly StoredVersion[]): void => {
    const changed = versions.filter((version) => noteOne(version, known));
    if (changed.length > 0) registry.replace(inEffect(known, log));
  };
  // What comes while the rest is read is read again.
  let since = await store.settled();
  note(await readAll(store));
  const refresh = async (): Promise<void> => {
    const settled = await store.settled();
    note(await readChanges(store, since));
    since = settled;
  };
  return {
    store: {
      ...delegate(store),
      async transact(writes) {
        const results = await store.transact(writes);
        note(results);
        return results;
      },
    },
    refresh,
    watch: (everyMs) => watch(refresh, everyMs, log),
  };
}

/** Says whether the version changes what is known. An older one than that does not. */
function noteOne(version: StoredVersion, known: Map<string, Known>): boolean {
  const { key, deleted, text, versionId, lastUpdated } = version;
  if (!definitionTypes.includes(key.type)) return false;
  const name = formatKey(key);
  const before = known.get(name)?.version;
  if (before !== undefined && (before.versionId === versionId || before.lastUpdated > lastUpdated)) return false;
  if (deleted) return known.delete(name);
  known.set(name, { version, resource: JSON.parse(text) as Resource }); // Stored text is a resource; it is only read.
  return true;
}

/** Those stored last come first, since they count; over the limits those that were there first stay. */
function inEffect(known: ReadonlyMap<string, Known>, log: ServerContext['log']): readonly Resource[] {
  const ordered = [...known.values()].sort((a, b) => byTime(a.version, b.version));
  let characters = 0;
  const kept = ordered.filter(({ version }, place) => {
    characters += version.text.length;
    return place < limits.storedDefinitionsMax && characters <= limits.storedDefinitionsCharactersMax;
  });
  const left = ordered.length - kept.length;
  if (left > 0) log('warn', 'stored definitions without effect: there are too many', { count: left });
  return kept.map(({ resource }) => resource).reverse();
}

function byTime(a: StoredVersion, b: StoredVersion): number {
  return a.lastUpdated - b.lastUpdated || (formatKey(a.key) < formatKey(b.key) ? -1 : 1);
}

async function readAll(store: Store): Promise<readonly StoredVersion[]> {
  const criterion = narrow(everyone, definitionTypes, 'r', all);
  return pages((after) =>
    store.search({
      types: definitionTypes,
      criterion,
      sort: [],
      count: readCount,
      charactersMax: readCharacters,
      total: 'none',
      ...(after === undefined ? {} : { after }),
    }),
  );
}

/** The newest first, so that of each resource the version that counts is met before those it replaced. */
async function readChanges(store: Store, since: number): Promise<readonly StoredVersion[]> {
  const allowed = narrow(everyone, definitionTypes, 'r', { kind: 'type', types: definitionTypes });
  const page = { count: readCount, charactersMax: readCharacters, since };
  const versions = await pages((after) =>
    store.history({ kind: 'system' }, allowed, after === undefined ? page : { ...page, after }),
  );
  const newest = new Map(versions.toReversed().map((version) => [formatKey(version.key), version]));
  return [...newest.values()];
}

async function pages(
  read: (after: Position | undefined) => Promise<{ readonly items: readonly StoredVersion[]; readonly next?: Position }>,
): Promise<readonly StoredVersion[]> {
  const items: StoredVersion[] = [];
  for (let after: Position | undefined, more = true; more; more = after !== undefined) {
    const page = await read(after);
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

/** One round after the other; what a round could not read the next one does. */
function watch(refresh: () => Promise<void>, everyMs: number, log: ServerContext['log']): () => Promise<void> {
  let running = Promise.resolve();
  let busy = false;
  const round = async (): Promise<void> => {
    busy = true;
    try {
      await refresh();
    } catch (error) {
      logFailure(log, 'stored definitions could not be read again', error, {});
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    if (!busy) running = round();
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
