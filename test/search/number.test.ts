import { expect } from 'chai';
import { entriesOf, fromText, itFinds, refusal, resource } from './fixture.ts';

const risk = (probability: string) =>
  fromText(`{"resourceType":"RiskAssessment","id":"r","prediction":[{"probabilityDecimal":${probability}}]}`);

describe('search.html#number', () => {
  describe('"Values that equal 100, to 3 significant figures precision, so this is actually searching for values in the range [99.5 ... 100.5)"', () => {
    itFinds(risk('100'), [['probability=100', true]]);
    itFinds(risk('99.5'), [
      ['probability=100', true],
      ['probability=ne100', false],
    ]);
    itFinds(risk('100.49999'), [['probability=100', true]]);
    itFinds(risk('100.5'), [
      ['probability=100', false],
      ['probability=ne100', true],
    ]);
    itFinds(risk('99.49'), [['probability=100', false]]);
  });

  describe('"100.00 […] range [99.995 ... 100.005)"', () => {
    itFinds(risk('99.995'), [['probability=100.00', true]]);
    itFinds(risk('100.005'), [['probability=100.00', false]]);
    itFinds(risk('100.4'), [['probability=100.00', false]]);
  });

  describe('"1e2 […] to 1 significant figures precision […] range [95 ... 105)"', () => {
    itFinds(risk('95'), [['probability=1e2', true]]);
    itFinds(risk('104.9'), [['probability=1e2', true]]);
    itFinds(risk('105'), [['probability=1e2', false]]);
  });

  describe('"lt100: Values that are less than exactly 100" and its companions', () => {
    itFinds(risk('100'), [
      ['probability=lt100', false],
      ['probability=le100', true],
      ['probability=gt100', false],
      ['probability=ge100', true],
      ['probability=sa100', false],
      ['probability=eb100', false],
      ['probability=eq100', true],
    ]);
    itFinds(risk('99.6'), [
      ['probability=lt100', true],
      ['probability=eb100', true],
      ['probability=gt100', false, '"the implicit precision of the number is ignored"'],
      ['probability=gt8e-1', true, '"could also be probability=gt8e-1 using exponential form"'],
    ]);
    itFinds(risk('100.4'), [
      ['probability=gt100', true],
      ['probability=sa100', true],
      ['probability=le100', false],
    ]);
  });

  describe('ap: "the recommended value for the approximation is 10% of the stated value"', () => {
    itFinds(risk('109'), [
      ['probability=ap100', true],
      ['probability=ap-100', false],
    ]);
    itFinds(risk('91'), [['probability=ap100', true]]);
    itFinds(risk('111'), [['probability=ap100', false]]);
  });

  describe('a Range', () => {
    itFinds(
      fromText(
        '{"resourceType":"RiskAssessment","id":"r","prediction":[{"probabilityRange":{"low":{"value":0.2},"high":{"value":0.4}}}]}',
      ),
      [
        ['probability=gt0.3', true, 'part of it is above'],
        ['probability=sa0.3', false],
        ['probability=0.3', false, 'the range asked does not contain it'],
        ['probability=ap0.3', true],
      ],
    );
    itFinds(fromText('{"resourceType":"RiskAssessment","id":"r","prediction":[{"probabilityRange":{"low":{"value":0.2}}}]}'), [
      ['probability=gt0.9', true, 'no upper end'],
      ['probability=lt0.1', false],
    ]);
  });

  describe('an integer: "the significance issues cancel out and searching is based on exact matches"', () => {
    const sequence = resource('MolecularSequence', { variant: [{ start: 2 }] });
    itFinds(sequence, [
      ['variant-start=2', true],
      ['variant-start=2.5', false],
      ['variant-start=3', false],
    ]);
  });

  it('is a point in the index', () => {
    expect(entriesOf(risk('0.80'), 'probability')).to.deep.equal([
      { shape: 'range', parameter: 'probability', element: 0, low: 0.8, high: 0.8, unit: '' },
    ]);
  });

  for (const value of ['abc', '1,5x', '--1', '1e', 'gt', 'NaN', '0x10', ' 1', '1e9999']) {
    it(`refuses '${value}' with 400`, () => expect(refusal('RiskAssessment', `probability=${value}`).status).to.equal(400));
  }

  it('names unknown prefixes and the known ones', () => {
    expect(refusal('RiskAssessment', 'probability=xx5').message).to.match(
      /no prefix; allowed are eq, ne, gt, lt, ge, le, sa, eb, ap/,
    );
  });
});
