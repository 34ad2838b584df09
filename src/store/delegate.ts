/** A store in front of another. */
import type { Store } from './store.ts';

/** Every method of the port by itself: adapters are objects of classes, whose methods are not their own. */
export function delegate(store: Store): Store {
  return {
    transact: (writes) => store.transact(writes),
    read: (key, allowed) => store.read(key, allowed),
    readVersion: (key, versionId, allowed) => store.readVersion(key, versionId, allowed),
    readMany: (keys, allowed, charactersMax) => store.readMany(keys, allowed, charactersMax),
    history: (scope, allowed, page) => store.history(scope, allowed, page),
    search: (query) => store.search(query),
    explain: (query) => store.explain(query),
    distinct: (query) => store.distinct(query),
    reindex: (versions) => store.reindex(versions),
    readNote: (name) => store.readNote(name),
    writeNote: (name, text, expected) => store.writeNote(name, text, expected),
    settled: () => store.settled(),
    close: () => store.close(),
  };
}
