import { expect } from 'chai';
import { definitions, entriesOf, fromText, indexer, itFinds, refusal, resource } from './fixture.ts';

const loinc = 'http://loinc.org';
const pressure = (systolic: number, diastolic: number) =>
  fromText(`{"resourceType":"Observation","id":"bp","status":"final","code":{"coding":[{"system":"${loinc}","code":"85354-9"}]},"component":[
    {"code":{"coding":[{"system":"${loinc}","code":"8480-6"}]},"valueQuantity":{"value":${systolic},"unit":"mmHg"}},
    {"code":{"coding":[{"system":"${loinc}","code":"8462-4"}]},"valueQuantity":{"value":${diastolic},"unit":"mmHg"}}]}`);

describe('search.html#composite', () => {
  describe('"a systolic blood pressure < 60. Note that in this case, the unit is assumed"', () => {
    itFinds(pressure(107, 50), [
      [`component-code-value-quantity=${loinc}|8480-6$lt60`, false, "the diastolic value is another component's"],
      [`component-code-value-quantity=${loinc}|8462-4$lt60`, true],
      [
        `component-code-value-quantity=${loinc}|8480-6$lt60,${loinc}|8462-4$lt60`,
        true,
        '"this sequence is a single value and itself can be composed into a set of values"',
      ],
      ['component-code-value-quantity=8480-6$gt100||mmHg', true],
    ]);
    itFinds(pressure(55, 40), [[`component-code-value-quantity=${loinc}|8480-6$lt60`, true]]);
  });

  describe('"an observation with a potassium value of >5.4 mmol/L (UCUM)"', () => {
    const potassium = (value: number) =>
      resource('Observation', {
        code: { coding: [{ system: loinc, code: '2823-3' }] },
        valueQuantity: { value, system: 'http://unitsofmeasure.org', code: 'mmol/L' },
      });
    const query = `code-value-quantity=${loinc}|2823-3$gt5.4|http://unitsofmeasure.org|mmol/L`;
    itFinds(potassium(6), [
      [query, true],
      [`combo-${query}`, true],
    ]);
    itFinds(potassium(5), [[query, false]]);
  });

  describe('"all groups that have a characteristic gender with a text value of mixed"', () => {
    const group = (...pairs: readonly [string, string][]) =>
      resource('Group', {
        characteristic: pairs.map(([code, value]) => ({
          code: { coding: [{ code }] },
          valueCodeableConcept: { coding: [{ code: value }] },
        })),
      });
    itFinds(group(['gender', 'mixed'], ['owner', 'eve']), [
      ['characteristic-value=gender$mixed', true],
      ['characteristic-value=gender$mixed,owner$Eve', true],
      ['characteristic-value=owner$mixed', false, 'a pair is of one characteristic'],
      ['characteristic-value=gender$mixed&characteristic-value=owner$eve', true],
    ]);
  });

  describe('"all questionnaires that have a clinical focus"', () => {
    const questionnaire = resource('Questionnaire', {
      useContext: [
        { code: { code: 'focus' }, valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '408934002' }] } },
      ],
    });
    itFinds(questionnaire, [
      ['context-type-value=focus$http://snomed.info/sct|408934002', true],
      ['context-type-value=age$http://snomed.info/sct|408934002', false],
    ]);
  });

  describe('other components: strings, dates, references, numbers', () => {
    itFinds(resource('Observation', { code: { coding: [{ code: 'x' }] }, valueString: 'Lungs clear' }), [
      ['code-value-string=x$lungs', true],
      ['code-value-string=x$clear', true, 'a later word'],
      ['code-value-string=y$lungs', false],
    ]);
    itFinds(resource('Observation', { code: { coding: [{ code: 'x' }] }, valueDateTime: '2026-01-05' }), [
      ['code-value-date=x$2026', true],
      ['code-value-date=x$gt2026', false],
    ]);
    itFinds(
      resource('DocumentReference', { relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/old' } }] }),
      [
        ['relationship=DocumentReference/old$replaces', false, 'the order of the components is code, target'],
        ['relationship=replaces$old', true],
        ['relationship=appends$old', false],
      ],
    );
    const sequence = resource('MolecularSequence', {
      referenceSeq: { chromosome: { coding: [{ code: '1' }] }, windowStart: 10, windowEnd: 20 },
      variant: [{ start: 12, end: 14 }],
    });
    itFinds(sequence, [
      ['chromosome-variant-coordinate=1$lt13$gt13', true, 'a component outside the element: %resource'],
      ['chromosome-window-coordinate=1$lt11$gt19', true],
      ['chromosome-window-coordinate=2$lt11$gt19', false],
    ]);
  });

  it('numbers the elements, and leaves out those that lack a part', () => {
    const half = resource('Observation', {
      component: [{ code: { coding: [{ code: 'a' }] } }, { code: { coding: [{ code: 'b' }] }, valueQuantity: { value: 1 } }],
    });
    expect(entriesOf(half, 'component-code-value-quantity$1')).to.deep.equal([
      { shape: 'token', parameter: 'component-code-value-quantity$1', element: 2, system: '', code: 'b' },
    ]);
  });

  it('has only components that are known, on every type', () => {
    for (const type of definitions.resourceTypes) indexer.index(resource(type));
  });

  const refusals: readonly (readonly [query: string, sentence: RegExp])[] = [
    ['code-value-quantity=x', /one value for each of its components, joined by '\$': code\$value-quantity/],
    ['code-value-quantity=x$1$2', /one value for each/],
    ['code-value-quantity=$5', /one value for each/],
    ['code-value-quantity=x$5x', /not a number/],
    ['code-value-quantity:missing=true', /':missing' is not supported; it takes none/],
  ];
  for (const [query, sentence] of refusals) {
    it(`refuses ${query}`, () => expect(refusal('Observation', query).message).to.match(sentence));
  }
});
