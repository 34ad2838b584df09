import { expect } from 'chai';
import { calculate, plainDecimal, roundDecimal } from '../../src/fhirpath/decimal-arithmetic.ts';

describe('N1#math: decimals are exact', () => {
  const cases: readonly (readonly [left: string, operator: string, right: string, result: string | undefined])[] = [
    ['0.1', '+', '0.2', '0.3'],
    ['1.2', '+', '1.8', '3.0'],
    ['1.8', '-', '1.2', '0.6'],
    ['1.50', '*', '2', '3.00'],
    ['1', '/', '3', '0.33333333'],
    ['2', '/', '3', '0.66666667'],
    ['-2', '/', '3', '-0.66666667'],
    ['4', '/', '2', '2'],
    ['1', '/', '0', undefined],
    ['5', 'div', '2', '2'],
    ['-5', 'div', '2', '-2'],
    ['2.2', 'mod', '1.8', '0.4'],
    ['5', 'mod', '0', undefined],
    ['1e-3', '+', '1E+2', '100.001'],
    ['12345678901234567890', '+', '1', '12345678901234567891'],
    ['1e90', '*', '1e90', undefined],
    ['1e-90', '*', '1e-90', undefined],
  ];
  for (const [left, operator, right, result] of cases) {
    it(`${left} ${operator} ${right} = ${result}`, () => expect(calculate(operator, left, right)).to.equal(result));
  }

  it('rounds half away from zero', () => {
    expect(['2.345', '-2.345', '2.344', '2.3'].map((text) => roundDecimal(text, 2))).to.deep.equal([
      '2.35',
      '-2.35',
      '2.34',
      '2.3',
    ]);
    expect(['0.5', '-0.5', '7'].map((text) => roundDecimal(text, 0))).to.deep.equal(['1', '-1', '7']);
    expect(roundDecimal('1', -1)).to.equal(undefined);
  });

  it('writes a number without exponent', () => {
    expect(['1e-7', '1e3', '-0.50'].map(plainDecimal)).to.deep.equal(['0.0000001', '1000', '-0.50']);
  });
});
