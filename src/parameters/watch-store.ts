/** Tells of changes to the resources of a type, whatever interaction, transaction or import makes them. */
import { delegate } from '../store/delegate.ts';
import type { Store } from '../store/store.ts';

/** The store; `changed` is called, and waited for, when writes to the type have been committed. */
export function watchStore(store: Store, type: string, changed: () => Promise<void>): Store {
  return {
    ...delegate(store),
    async transact(writes) {
      const results = await store.transact(writes);
      if (writes.some(({ key }) => key.type === type)) await changed();
      return results;
    },
  };
}
