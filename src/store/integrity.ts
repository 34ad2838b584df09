/** Referential integrity: what a list of writes asks of the state that it leaves behind. The stores check it last, before they commit. */
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { expectationError } from './expectation.ts';
import type { Write } from './store.ts';

/** A resource, and the writes that ask about it. */
export interface Asked {
  readonly key: ResourceKey;
  readonly writeIndexes: readonly number[];
}

export interface AskedIntegrity {
  /** What new versions refer to: it must be there. */
  readonly required: readonly Asked[];
  /** What is deleted: nothing else may refer to it. */
  readonly released: readonly Asked[];
}

/** Undefined when the list asks for nothing. */
export function askedIntegrity(writes: readonly Write[]): AskedIntegrity | undefined {
  const required: Parameters<typeof ask>[0] = new Map();
  const released: typeof required = new Map();
  for (const [index, { op, key, requires, unreferenced }] of writes.entries()) {
    if (op === 'delete' && unreferenced === true) ask(released, key, index);
    for (const target of requires ?? []) ask(required, target, index);
  }
  if (required.size === 0 && released.size === 0) return undefined;
  return { required: [...required.values()], released: [...released.values()] };
}

/** Throws when there is one: for all the writes that ask about them. */
export function refuseFailed(kind: 'missing' | 'referenced', failed: readonly Asked[]): void {
  const [first, ...others] = [...new Set(failed.flatMap(({ writeIndexes }) => writeIndexes))].sort((one, other) => one - other);
  if (first !== undefined) throw expectationError(first, kind, others);
}

function ask(
  asked: Map<string, { readonly key: ResourceKey; readonly writeIndexes: number[] }>,
  key: ResourceKey,
  index: number,
): void {
  const name = formatKey(key);
  const known = asked.get(name);
  if (known === undefined) asked.set(name, { key, writeIndexes: [index] });
  else known.writeIndexes.push(index);
}
