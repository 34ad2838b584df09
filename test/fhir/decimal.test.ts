/** https://hl7.org/fhir/R4/search.html#number */
import { expect } from 'chai';
import { parseDecimal } from '../../src/fhir/decimal.ts';

describe('search.html#number: the range that digits stand for', () => {
  const rows: readonly (readonly [text: string, value: number, low: number, above: number])[] = [
    ['100', 100, 99.5, 100.5], // "[99.5 ... 100.5)"
    ['100.00', 100, 99.995, 100.005], // "[99.995 ... 100.005)"
    ['1e2', 100, 95, 105], // "[95 ... 105)"
    ['5.4', 5.4, 5.35, 5.45],
    ['5.40', 5.4, 5.395, 5.405],
    ['5.4e-3', 0.0054, 0.00535, 0.00545],
    ['-2', -2, -2.5, -1.5],
    ['0', 0, -0.5, 0.5],
    ['+7', 7, 6.5, 7.5],
  ];
  for (const [text, value, low, above] of rows) {
    it(`${text} is [${low} ... ${above})`, () => {
      const range = parseDecimal(text);
      expect(range).to.include({ value, low });
      expect(range?.high).to.be.below(above);
      expect(range?.high).to.be.closeTo(above, 1e-9);
    });
  }
  for (const text of ['66.89999999999999', '1000000000000000000', '0.12345678901234567', '-9007199254740993']) {
    it(`${text}, whose last digit is less than a number can tell, is in its own range`, () => {
      const range = parseDecimal(text);
      expect(Number(text)).to.be.within(range?.low ?? Number.NaN, range?.high ?? Number.NaN);
    });
  }
  for (const text of ['', '.5', '5.', 'abc', '1e', '0x10', 'Infinity', '1e999', '1,5', ' 1']) {
    it(`"${text}" is no decimal`, () => expect(parseDecimal(text)).to.equal(undefined));
  }
});
