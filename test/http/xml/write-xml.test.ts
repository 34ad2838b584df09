/** https://hl7.org/fhir/R4/xml.html */
import { expect } from 'chai';
import { parseJson } from '../../../src/fhir/json.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { openedFormat } from './round-trip.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const patient = (members: string) => `{"resourceType":"Patient",${members}}`;
const xml = (json: string, pretty?: boolean) => openedFormat().format(parseJson(json), pretty);
const div = '<div xmlns="http://www.w3.org/1999/xhtml">\n <p>a &amp; b</p></div>';

describe('xml.html: writing', () => {
  it('in the order of the definitions, whatever that of the JSON', () =>
    expect(xml('{"birthDate":"2020","active":true,"id":"1","resourceType":"Patient"}')).to.equal(
      `${declaration}<Patient xmlns="http://hl7.org/fhir"><id value="1"/><active value="true"/><birthDate value="2020"/></Patient>`,
    ));

  it('ids and urls as attributes, extensions before values', () =>
    expect(xml(patient('"extension":[{"valueDecimal":1.50,"url":"u","id":"e"}]'))).to.equal(
      `${declaration}<Patient xmlns="http://hl7.org/fhir"><extension id="e" url="u"><valueDecimal value="1.50"/></extension></Patient>`,
    ));

  it('what can be read as markup or be lost is written as references', () =>
    expect(xml(patient('"name":[{"text":"<a href=\\"x\\">\\n\\t\\r&amp;"}]'))).to.include(
      '<text value="&lt;a href=&quot;x&quot;&gt;&#10;&#9;&#13;&amp;amp;"/>',
    ));

  it('values and what stands beside them in one element', () =>
    expect(xml(patient('"name":[{"given":["A",null],"_given":[null,{"id":"g"}]}]'))).to.include(
      '<name><given value="A"/><given id="g"/></name>',
    ));

  it('indented when asked, the narrative left as it is', () => {
    const text = patient(
      `"text":{"status":"generated","div":${JSON.stringify(div)}},"contained":[{"resourceType":"Basic","id":"b"}],"active":true`,
    );
    expect(xml(text, true)).to.equal(
      [
        declaration,
        '<Patient xmlns="http://hl7.org/fhir">',
        '  <text>',
        '    <status value="generated"/>',
        `    ${div}`,
        '  </text>',
        '  <contained>',
        '    <Basic>',
        '      <id value="b"/>',
        '    </Basic>',
        '  </contained>',
        '  <active value="true"/>',
        '</Patient>',
        '',
      ].join('\n'),
    );
  });

  it('a narrative that does not say its namespace gets it', () =>
    expect(xml(patient('"text":{"status":"generated","div":"<div><p>a</p></div>"}'))).to.include(
      '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div>',
    ));

  // What only VALIDATION=off lets in: never broken or invented XML.
  const unfit: readonly (readonly [what: string, json: string, expression: string])[] = [
    [
      'markup that closes what it did not open',
      patient('"text":{"div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"></div></text><active/>"}'),
      'Patient.text.div',
    ],
    ['a narrative that is no markup', patient('"text":{"div":"hello"}'), 'Patient.text.div'],
    ['an entity that XML does not know', patient('"text":{"div":"<div>&nbsp;</div>"}'), 'Patient.text.div'],
    ['a document type', patient('"text":{"div":"<!DOCTYPE div><div>a</div>"}'), 'Patient.text.div'],
    ['an unknown element', patient('"name":[{"nome":"x"}]'), 'Patient.name[0].nome'],
    ['something beside an element with parts', patient('"_name":[{"id":"x"}]'), 'Patient._name'],
    ['an unknown type', '{"resourceType":"Paziente"}', 'Paziente'],
    ['an unknown type inside', patient('"contained":[{"id":"1"}]'), 'Patient.contained[0]'],
    ['a control character', patient('"name":[{"text":"\\u0001"}]'), 'Patient.name[0].text'],
    ['a text where parts belong', patient('"name":["Ada"]'), 'Patient.name[0]'],
    ['parts where a text belongs', patient('"birthDate":{}'), 'Patient.birthDate'],
    ['no list where one belongs', patient('"name":{"text":"x"}'), 'Patient.name'],
    ['a list where none belongs', patient('"birthDate":["2020"]'), 'Patient.birthDate'],
  ];
  for (const [what, json, expression] of unfit) {
    it(`refuses (406) with its place what XML can't hold: ${what}`, () => {
      expect(() => xml(json))
        .to.throw(FhirError, /can't be given in XML/)
        .with.deep.nested.include({ status: 406, 'issues[0].expression': expression });
    });
  }
});
