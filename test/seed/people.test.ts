/** The seed: the same people in every run, with well-formed codes. */
import { expect } from 'chai';
import { checkLetter, codiceFiscale } from '../../seed/codice-fiscale.ts';
import { seedPatient } from '../../seed/people.ts';

describe('seed/codice-fiscale', () => {
  const rows = [
    [{ family: 'Rossi', given: 'Mario', gender: 'male', birthDate: '1980-01-01', place: 'H501' }, 'RSSMRA80A01H501U'],
    [{ family: 'Fo', given: 'Ugo', gender: 'male', birthDate: '1999-12-31', place: 'F205' }, 'FOXGUO99T31F205'],
    [{ family: "D'Aò", given: 'Giuseppe', gender: 'female', birthDate: '2001-05-09', place: 'L219' }, 'DAOGPP01E49L219'],
  ] as const;
  for (const [parts, code] of rows) it(code, () => expect(codiceFiscale(parts)).to.match(new RegExp(`^${code}`)));

  for (const code of ['GTWGWY82B42G920M', 'RSSMRA22A01A399Z', 'TSTSMN63A01F205H', 'SSSMNN75B01F257L']) {
    it(`check letter of ${code}`, () => expect(checkLetter(code.slice(0, 15))).to.equal(code[15]));
  }
});

describe('seed/people', () => {
  it('makes the same bundle each time', () => {
    expect(seedPatient(7)).to.deep.equal(seedPatient(7));
  });

  it('makes a different person for each number', () => {
    const codes = Array.from({ length: 500 }, (_, index) => seedPatient(index).person.taxCode);
    expect(new Set(codes).size).to.equal(500);
  });

  it('refers only to what is in the bundle', () => {
    for (const index of [0, 1, 2, 3]) {
      const text = JSON.stringify(seedPatient(index).bundle);
      const fullUrls = new Set([...text.matchAll(/"fullUrl":"([^"]+)"/g)].map((match) => match[1]));
      const references = [...text.matchAll(/"reference":"([^"]+)"/g)].map((match) => match[1]);
      expect(references.length).to.be.above(5);
      expect(references.filter((reference) => !fullUrls.has(reference))).to.deep.equal([]);
    }
  });
});
