import { expect } from 'chai';
import { checkRoundTrip, exampleFiles } from './round-trip.ts';

describe('xml.html: each of the R4 examples comes back from XML with the same members, order and digits', () => {
  it('finds them all', () => expect(exampleFiles().length).to.be.above(5_000));

  for (const file of exampleFiles()) it(file, () => checkRoundTrip(file));
});
