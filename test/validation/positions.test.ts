import { expect } from 'chai';
import { locate } from '../../src/validation/positions.ts';

const text = `{
  "resourceType": "Patient",
  "name": [
    { "family": "a \\"quoted\\" [{", "given": ["b", "c"] },
    { "text": "d" }
  ],
  "_birthDate": { "extension": [] },
  "deceasedBoolean": true
}`;

const rows: readonly (readonly [expression: string, line: number, column: number])[] = [
  ['Patient', 1, 1],
  ['Patient.resourceType', 2, 19],
  ['Patient.name', 3, 11],
  ['Patient.name[0]', 4, 5],
  ['Patient.name[0].given[1]', 4, 51],
  ['Patient.name[1].text', 5, 15],
  ['Patient.birthDate', 7, 17],
  ['Patient.deceased.ofType(boolean)', 8, 22],
  // What is not there lies where it would be.
  ['Patient.name[1].given', 5, 5],
  ['Patient.name[7]', 3, 11],
  ['Patient.contact[0].name', 1, 1],
  ['Observation.code', 1, 1],
];

describe('Positions of issues', () => {
  for (const [expression, line, column] of rows) {
    it(`${expression} is at ${line}:${column}`, () => {
      expect(locate(text, [expression], 'Patient').get(expression)).to.deep.equal({ line, column });
    });
  }

  it('of an entry that came alone are counted from the entry', () => {
    const at = 'Bundle.entry[3].resource';
    expect(locate('{"a":\n1}', [`${at}.a`], at).get(`${at}.a`)).to.deep.equal({ line: 2, column: 1 });
  });

  it('are found in bounded time in a text of many megabytes', () => {
    const large = `{"name":[${'{"family":"x"},'.repeat(500_000)}{"family":"last"}]}`;
    const start = performance.now();
    expect(locate(large, ['Patient.name[500000].family'], 'Patient').get('Patient.name[500000].family')?.line).to.equal(1);
    expect(performance.now() - start).to.be.lessThan(3000);
  });
});
