import { expect } from 'chai';
import { entriesOf, fromText, itFinds, refusal } from './fixture.ts';

const ucum = 'http://unitsofmeasure.org';
const measured = (value: string, rest = `,"unit":"milligram","system":"${ucum}","code":"mg"`) =>
  fromText(`{"resourceType":"Observation","id":"o","valueQuantity":{"value":${value}${rest}}}`);

describe('search.html#quantity', () => {
  describe('"5.4|http://unitsofmeasure.org|mg: a value of 5.4(+/-0.05) mg where mg is understood as a UCUM unit"', () => {
    itFinds(measured('5.4'), [
      [`value-quantity=5.4|${ucum}|mg`, true],
      [`value-quantity=5.4|${ucum}|kg`, false],
      ['value-quantity=5.4|http://other|mg', false],
    ]);
    itFinds(measured('5.35'), [[`value-quantity=5.4|${ucum}|mg`, true]]);
    itFinds(measured('5.45'), [[`value-quantity=5.4|${ucum}|mg`, false]]);
  });

  describe('"5.40e-3: a value of 0.0054(+/-0.000005)"', () => {
    itFinds(measured('0.0054'), [[`value-quantity=5.40e-3|${ucum}|mg`, true]]);
    itFinds(measured('0.005404'), [[`value-quantity=5.40e-3|${ucum}|mg`, true]]);
    itFinds(measured('0.005406'), [[`value-quantity=5.40e-3|${ucum}|mg`, false]]);
  });

  describe('"5.4||mg: the unit - either the code (code) or the stated human unit (unit)"', () => {
    itFinds(measured('5.4'), [
      ['value-quantity=5.4||mg', true],
      ['value-quantity=5.4||milligram', true],
      ['value-quantity=5.4||g', false],
    ]);
    itFinds(measured('5.4', ',"unit":"mg"'), [
      ['value-quantity=5.4||mg', true],
      [`value-quantity=5.4|${ucum}|mg`, false],
    ]);
  });

  describe('"5.4: irrespective of the unit"', () => {
    itFinds(measured('5.4'), [
      ['value-quantity=5.4', true],
      ['value-quantity=5.4||', true],
      ['value-quantity=6', false],
    ]);
    itFinds(measured('5.4', ''), [['value-quantity=5.4', true]]);
  });

  describe('"le5.4|http://unitsofmeasure.org|mg […] exactly" and "ap5.4 […] typically, within 10% of the value"', () => {
    itFinds(measured('5.4'), [
      [`value-quantity=le5.4|${ucum}|mg`, true],
      [`value-quantity=lt5.4|${ucum}|mg`, false],
    ]);
    itFinds(measured('5.44'), [[`value-quantity=le5.4|${ucum}|mg`, false]]);
    itFinds(measured('5.9'), [[`value-quantity=ap5.4|${ucum}|mg`, true]]);
    itFinds(measured('6'), [[`value-quantity=ap5.4|${ucum}|mg`, false]]);
  });

  describe('comparators: "<5" stands for everything below', () => {
    itFinds(measured('5', ',"comparator":"<","code":"mg"'), [
      ['value-quantity=lt3', true, 'it may be below 3'],
      ['value-quantity=gt6', false],
      ['value-quantity=5', false, 'the value is not known to be 5'],
    ]);
    itFinds(measured('5', ',"comparator":">="'), [
      ['value-quantity=gt100', true],
      ['value-quantity=lt5', false],
    ]);
  });

  describe('SampledData: "just search on the bounds of the values in sampled data"', () => {
    const sampled = fromText(
      '{"resourceType":"Observation","id":"o","valueSampledData":{"origin":{"value":100,"code":"mV","system":"http://unitsofmeasure.org"},"period":10,"factor":2,"dimensions":1,"data":"-5 E 0 L 10 U"}}',
    );
    it('is indexed from its lowest to its highest value', () => {
      expect(entriesOf(sampled, 'value-quantity')[0]).to.deep.include({ low: 90, high: 120, unit: '' });
    });
    itFinds(sampled, [
      ['value-quantity=gt115||mV', true],
      ['value-quantity=gt121', false],
      ['value-quantity=lt91', true],
    ]);
  });

  describe('the other types', () => {
    itFinds(fromText('{"resourceType":"Invoice","id":"i","totalNet":{"value":48.0,"currency":"EUR"}}'), [
      ['totalnet=48||EUR', true],
      ['totalnet=48.0|urn:iso:std:iso:4217|EUR', true],
      ['totalnet=48||USD', false],
    ]);
    itFinds(
      fromText(`{"resourceType":"Condition","id":"c","onsetAge":{"value":52,"unit":"years","system":"${ucum}","code":"a"}}`),
      [['onset-age=gt50||a', true]],
    );
    itFinds(
      fromText(
        `{"resourceType":"Condition","id":"c","onsetRange":{"low":{"value":40,"code":"a"},"high":{"value":50,"code":"a"}}}`,
      ),
      [
        ['onset-age=ap45||a', true],
        ['onset-age=gt51||a', false],
      ],
    );
    itFinds(fromText('{"resourceType":"Encounter","id":"e","length":{"value":56,"unit":"minutes","code":"min"}}'), [
      ['length=56||min', true],
    ]);
  });

  it('makes one entry per way to ask', () => {
    expect(entriesOf(measured('5.40'), 'value-quantity').map((entry) => entry.shape === 'range' && entry.unit)).to.deep.equal([
      '',
      '|milligram',
      '|mg',
      'ucum|g',
    ]);
  });

  describe('"it can look up units in UCUM": whatever unit of the same kind is asked for', () => {
    const inUnit = (value: string, code: string) => measured(value, `,"system":"${ucum}","code":"${code}"`);
    itFinds(inUnit('5400', 'mg'), [
      [`value-quantity=5.4|${ucum}|g`, true],
      [`value-quantity=5.4|urn:oid:2.16.840.1.113883.6.8|g`, true, 'the OID of UCUM'],
      [`value-quantity=0.0054|${ucum}|kg`, true],
      [`value-quantity=5.5|${ucum}|g`, false],
      [`value-quantity=5.4|${ucum}|L`, false],
      [`value-quantity=gt5.4|${ucum}|g`, false],
      [`value-quantity=ge5.4|${ucum}|g`, true],
      [`value-quantity=lt5.4|${ucum}|g`, false],
      [`value-quantity=le5.4|${ucum}|g`, true],
      [`value-quantity=sa5.399|${ucum}|g`, true],
      [`value-quantity=eb5.401|${ucum}|g`, true],
      [`value-quantity=ne5.4|${ucum}|g`, false],
      [`value-quantity=ap5|${ucum}|g`, true],
      ['value-quantity=5.4||g', false, 'without the system a code is a text'],
      ['value-quantity=5400', true],
    ]);
    itFinds(inUnit('5350', 'mg'), [[`value-quantity=5.4|${ucum}|g`, true, 'the lower end belongs to it']]);
    itFinds(inUnit('5450', 'mg'), [[`value-quantity=5.4|${ucum}|g`, false, 'the upper end does not']]);
    itFinds(inUnit('66.89999999999999', '[in_i]'), [
      [`value-quantity=66.89999999999999|${ucum}|[in_i]`, true, 'as many digits as a number has'],
      [`value-quantity=66.9|${ucum}|[in_i]`, true],
      [`value-quantity=66.8|${ucum}|[in_i]`, false],
    ]);
    const rows: readonly (readonly [value: string, code: string, query: string, found: boolean])[] = [
      ['37', 'Cel', `98.6|${ucum}|[degF]`, true],
      ['98.6', '[degF]', `37.0|${ucum}|Cel`, true],
      ['37', 'Cel', `ge310.15|${ucum}|K`, true],
      ['37', 'Cel', `gt310.15|${ucum}|K`, false],
      ['120', 'mm[Hg]', `16.0|${ucum}|kPa`, true],
      ['0.1', '[in_i]', `ge2.54|${ucum}|mm`, true],
      ['0.1', '[in_i]', `gt2.54|${ucum}|mm`, false],
      ['7', 'd', `1|${ucum}|wk`, true],
      ['50', '%', `0.50|${ucum}|1`, true],
      ['4.5', '10*6/uL', `4.5|${ucum}|10*12/L`, true],
      ['0.1', 'mol/L', `ge100|${ucum}|mmol/L`, true],
      ['0.1', 'mol/L', `gt100|${ucum}|mmol/L`, false],
      ['40', 'U/L', `0.67|${ucum}|ukat/L`, true],
      ['2.5', 'm[IU]/mL', `2.5|${ucum}|[iU]/L`, true],
      ['2.5', '[IU]/L', `2.5|${ucum}|L-1`, false],
      ['2.5', '[IU]/L', `2.5|${ucum}|[CFU]/L`, false],
      ['60', 'mL/min/{1.73_m2}', `0.060|${ucum}|L/min/{1.73_m2}`, true],
      ['1', 'mmol/L', `gt0|${ucum}|10*9/L`, false],
      ['7.4', '[pH]', `7.4|${ucum}|[pH]`, true],
      ['7.4', '[pH]', `lt1|${ucum}|mol/L`, false],
      ['20', 'dB', `20|${ucum}|dB`, true],
      ['20', 'dB', `2|${ucum}|B`, false],
      ['3', 'furlongs', `3|${ucum}|furlongs`, true],
    ];
    for (const [value, code, query, found] of rows) {
      itFinds(inUnit(value, code), [[`value-quantity=${encodeURIComponent(query)}`, found, `stored is ${value} ${code}`]]);
    }
    itFinds(measured('1e13', `,"comparator":">","system":"${ucum}","code":"10*9/L"`), [
      [`value-quantity=gt1e20|${ucum}|10*9/L`, true, 'an open end is open in every unit'],
    ]);
    itFinds(
      fromText(
        `{"resourceType":"Condition","id":"c","onsetRange":{"low":{"value":18,"system":"${ucum}","code":"mo"},"high":{"value":24,"system":"${ucum}","code":"mo"}}}`,
      ),
      [
        [`onset-age=ge1.5|${ucum}|a`, true],
        [`onset-age=gt2|${ucum}|a`, false],
      ],
    );
  });

  for (const value of ['abc', `5.4|${ucum}`, `5.4|${ucum}|`, '5.4|a|b|c', '|a|b', '5.4 mg', 'xx5']) {
    it(`refuses '${value}' with 400`, () => expect(refusal('Observation', `value-quantity=${value}`).status).to.equal(400));
  }
});
