/** Low numbers for transactions that run at the same time in this process. */
import { randomInt } from 'node:crypto';

export interface Slots {
  take(): number;
  give(slot: number): void;
}

/** Guards of one target: as many transactions can refer to it at the same time without meeting; a delete has to touch them all. */
export const slotsMax = 16;

/** Processes begin at different numbers, so that they seldom meet either. */
export function openSlots(first = randomInt(slotsMax)): Slots {
  const users = new Array<number>(slotsMax).fill(0);
  return {
    take() {
      const least = Math.min(...users);
      const order = users.map((_, index) => (first + index) % slotsMax);
      const slot = order.find((candidate) => users[candidate] === least) ?? first;
      users[slot] = least + 1;
      return slot;
    },
    give(slot) {
      users[slot] = Math.max(0, (users[slot] ?? 0) - 1);
    },
  };
}
