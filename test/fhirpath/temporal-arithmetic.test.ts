import { expect } from 'chai';
import { moveTemporal } from '../../src/fhirpath/temporal-arithmetic.ts';

describe('N1#datetime-arithmetic', () => {
  const cases: readonly (readonly [text: string, amount: number, unit: string, result: string | undefined])[] = [
    ['1973-12-25', 7, 'days', '1974-01-01'],
    ['1973-12-25', 7.7, 'days', '1974-01-01'],
    ['1973-12-25', 1, 'wk', '1974-01-01'],
    ['1973-12-25', 25, 'hours', '1973-12-26'],
    ['1973-12-25T00:00:00.000+10:00', 10, 'ms', '1973-12-25T00:00:00.010+10:00'],
    ['1973-12-25T00:00:00Z', 0.1, 's', '1973-12-25T00:00:00.100Z'],
    ['2026-03-29T01:30:00+01:00', 1, 'hour', '2026-03-29T02:30:00+01:00'],
    ['2026-03-31T10:00', 90, 'seconds', '2026-03-31T10:01'],
    ['2014', 24, 'months', '2016'],
    ['2014', 364, 'days', '2014'],
    ['2014', 365, 'days', '2015'],
    ['2014-01', 45, 'days', '2014-02'],
    ['2012-01-31', 1, 'month', '2012-02-29'],
    ['2012-03-31', -1, 'month', '2012-02-29'],
    ['2012-02-29', 1, 'year', '2013-02-28'],
    ['0001-01-01', -1, 'day', undefined],
    ['9999-12-31', 1, 'day', undefined],
    ['10:30', 90, 'minutes', '12:00'],
    ['23:30:00', 1, 'hour', '00:30:00'],
    ['00:30', -1, 'hour', '23:30'],
    ['no date', 1, 'day', undefined],
  ];
  for (const [text, amount, unit, result] of cases) {
    it(`${text} + ${amount} ${unit} = ${result}`, () => expect(moveTemporal(text, amount, unit)).to.equal(result));
  }

  for (const unit of ['a', 'mo', 'kg', 'toString']) {
    it(`a date is not moved by ${unit}`, () =>
      expect(() => moveTemporal('2014-01-01', 1, unit)).to.throw('unit of the calendar'));
  }
});
