import { expect } from 'chai';
import { checkPieces, checkRoundTrip, exampleFiles, isSameText } from './round-trip.ts';

/** What examples show only here and there; besides them every hundredth file of the package. */
const telling = [
  'Binary-f006.json',
  'Bundle-bundle-transaction.json',
  'Bundle-father.json',
  'ExampleScenario-example.json',
  'CodeSystem-v2-0550.json',
  'Observation-decimal.json',
  'Patient-example.json',
  'Patient-newborn.json',
  'Questionnaire-3141.json',
  'StructureDefinition-Timing.json',
];

describe('xml.html: a sample of the R4 examples comes back from XML with the same members, order and digits', () => {
  const sample = new Set([...telling, ...exampleFiles().filter((_, index) => index % 100 === 0)]);

  it('is large enough', () => expect(sample.size).to.be.above(50));

  for (const file of sample) it(file, () => checkRoundTrip(file));

  for (const file of ['Patient-example.json', 'Bundle-father.json'])
    it(`${file} is read in pieces, too`, () => checkPieces(file));

  for (const file of ['Patient-example.json', 'Observation-decimal.json', 'Questionnaire-3141.json']) {
    it(`${file}, written in the order of the definitions, to the letter`, () => expect(isSameText(file)).to.equal(true));
  }
});
