import { expect } from 'chai';
import { openSlots, slotsMax } from '../../src/store/mongodb/slots.ts';

describe('store/mongodb/slots.ts', () => {
  it('gives one transaction after the other the same slot, so that few guards are made', () => {
    const slots = openSlots(5);
    const taken = Array.from({ length: 4 }, () => {
      const slot = slots.take();
      slots.give(slot);
      return slot;
    });
    expect(taken).to.deep.equal([5, 5, 5, 5]);
  });

  it('gives transactions that run at the same time different ones, as long as there are enough, and then each as often', () => {
    const slots = openSlots(slotsMax - 1);
    const taken = Array.from({ length: 2 * slotsMax }, () => slots.take());
    expect(new Set(taken.slice(0, slotsMax)).size).to.equal(slotsMax);
    expect(new Set(taken.slice(slotsMax)).size).to.equal(slotsMax);
    slots.give(3);
    expect(slots.take()).to.equal(3);
  });
});
