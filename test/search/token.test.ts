import { expect } from 'chai';
import { entriesOf, itFinds, refusal, resource } from './fixture.ts';

const taxCode = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';
const condition = (code: object) => resource('Condition', { code: code as never });
const identified = (...identifier: object[]) => resource('Patient', { identifier: identifier as never });

describe('search.html#token', () => {
  describe('the four ways to ask', () => {
    itFinds(identified({ system: 'http://acme.org/patient', value: '2345' }), [
      ['identifier=2345', true, '"irrespective of the value of the system property"'],
      ['identifier=http://acme.org/patient|2345', true],
      ['identifier=http://other.org|2345', false],
      ['identifier=|2345', false, '"and the Coding/Identifier has no system property"'],
      ['identifier=http://acme.org/patient|', true, '"any element where the value of [system] matches"'],
      ['identifier=http://other.org|', false],
    ]);
    itFinds(identified({ value: '2345' }), [
      ['identifier=|2345', true],
      ['identifier=2345', true],
    ]);
    itFinds(identified({ system: 'a', value: '1' }, { system: 'b', value: '2' }), [
      ['identifier=a|2', false, 'system and value are of one identifier'],
    ]);
  });

  describe('data types', () => {
    itFinds(
      condition({
        coding: [
          { system: 'http://acme.org/conditions/codes', code: 'ha125' },
          { system: 'http://b', code: 'x' },
        ],
      }),
      [
        ['code=http://acme.org/conditions/codes|ha125', true],
        ['code=ha125', true],
        ['code=http://b|x', true, '"Matches against any coding in the CodeableConcept"'],
        ['code=http://b|ha125', false],
      ],
    );
    itFinds(resource('Patient', { active: true }), [
      ['active=true', true],
      ['active=false', false],
    ]);
    itFinds(resource('Patient', { gender: 'male' }), [
      ['gender=male', true],
      ['gender=http://hl7.org/fhir/administrative-gender|male', true, '"the system is defined in the value set"'],
      ['gender=http://hl7.org/fhir/administrative-gender|', true],
      ['gender=http://hl7.org/fhir/other|male', false],
      ['gender=|male', true, 'a code has no system of its own'],
    ]);
    itFinds(
      resource('Patient', {
        telecom: [
          { system: 'phone', value: '+39 011 555-1234' },
          { system: 'email', value: 'A@b.IT' },
        ],
      }),
      [
        ['telecom=+390115551234', false, 'an unescaped + is a space'],
        ['telecom=%2B390115551234', true, '"ignoring punctuation"'],
        ['phone=%2B39 (011) 5551234', true],
        ['email=a@b.it', true],
        ['phone=a@b.it', false],
      ],
    );
    itFinds(
      resource('Patient', {
        meta: { tag: [{ system: 'http://acme.org/codes', code: 'needs-review' }], security: [{ code: 'R' }] },
      }),
      [
        ['_tag=http://acme.org/codes|needs-review', true],
        ['_security=R', true],
      ],
    );
    itFinds(resource('ValueSet', { version: '1.0' }), [
      ['version=1.0', true],
      ['version=1.1', false],
    ]);
  });

  describe('case: codes in any, identifiers as sent, _id exactly', () => {
    itFinds(condition({ coding: [{ system: 'http://www.whocc.no/atc', code: 'B01AX05' }] }), [
      ['code=http://www.whocc.no/atc|b01ax05', true],
    ]);
    itFinds(identified({ system: 'http://acme.org', value: 'aB1' }), [
      ['identifier=ab1', false],
      ['identifier=http://acme.org|aB1', true],
    ]);
    itFinds(resource('ValueSet', { version: 'R4' }), [
      ['version=r4', true, '"If the underlying data type is string then the search is not case sensitive"'],
    ]);
    itFinds(resource('Patient'), [
      ['_id=example', true],
      ['_id=Example', false, '"matches on _id are always case sensitive"'],
      ['_id=a,example', true],
      ['_id:not=example', false],
      ['_id:missing=false', true],
      ['_id:missing=true', false],
    ]);
  });

  describe('a codice fiscale in any case', () => {
    const stored = identified({ system: taxCode, value: 'RSSMRA80A01H501U' });
    itFinds(stored, [
      [`identifier=${taxCode}|rssmra80a01h501u`, true],
      ['identifier=rssmra80a01h501u', true],
      ['identifier=RSSMRA80A01H501U', true],
      [`identifier=${taxCode}|RSSMRA80A01H501X`, false],
    ]);
    itFinds(identified({ system: taxCode, value: 'rssmra80a01h501u' }), [[`identifier=${taxCode}|RSSMRA80A01H501U`, true]]);
    itFinds(identified({ system: 'http://acme.org', value: 'RSSMRA80A01H501U' }), [
      ['identifier=rssmra80a01h501u', false, 'under another system it is an identifier like any other'],
    ]);
    const coverage = resource('MedicationRequest', {
      subject: { reference: 'Patient/1', identifier: { system: taxCode, value: 'RSSMRA80A01H501U' } },
    });
    itFinds(coverage, [[`subject:identifier=${taxCode}|rssmra80a01h501u`, true]]);
  });

  describe(':text "functions as a normal string search" on text, display and type text', () => {
    const headache = condition({ text: 'Chronic Headache', coding: [{ code: 'x', display: 'Cefalea cronica' }] });
    itFinds(headache, [
      ['code:text=headache', true],
      ['code:text=CEFALÈA', true],
      ['code:text=cronic', true],
      ['code:text=ache', false],
      ['code=headache', false],
    ]);
    itFinds(identified({ type: { text: 'Tessera sanitaria' }, value: '1' }), [['identifier:text=sanitaria', true]]);
  });

  describe(':not "includes resources that have no value for the parameter"', () => {
    itFinds(resource('Patient', { gender: 'male' }), [
      ['gender:not=male', false],
      ['gender:not=female', true],
      ['gender:not=female,male', false],
    ]);
    itFinds(resource('Patient'), [['gender:not=male', true]]);
    const composition = resource('Composition', {
      section: [{ code: { coding: [{ code: '48765-2' }] } }, { code: { coding: [{ code: 'other' }] } }],
    });
    itFinds(composition, [['section:not=48765-2', false, '"the negation applies to the set, not each individual entry"']]);
  });

  describe(':of-type "system|code|value"', () => {
    const stored = identified({
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      system: 'http://a',
      value: '446053',
    });
    itFinds(stored, [
      ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053', true],
      ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446054', false],
      ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|446053', false],
    ]);
  });

  describe(':in and :not-in', () => {
    const inSet = (gender: string) => resource('Patient', { gender });
    itFinds(inSet('male'), [
      ['gender:in=http://hl7.org/fhir/ValueSet/administrative-gender', true],
      ['gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender', false],
      ['gender:in=http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1', true],
    ]);
    itFinds(inSet('none'), [
      ['gender:in=http://hl7.org/fhir/ValueSet/administrative-gender', false],
      ['gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender', true],
    ]);
    const clinical = resource('Condition', {
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
    });
    itFinds(clinical, [['clinical-status:in=http://hl7.org/fhir/ValueSet/condition-clinical', true]]);
  });

  describe(':below "tests whether the coding is subsumed by the specified code", :above whether it subsumes it', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
    const relapse = resource('Condition', { clinicalStatus: { coding: [{ system, code: 'relapse' }] } });
    itFinds(relapse, [
      [`clinical-status:below=${system}|active`, true],
      [`clinical-status:below=${system}|relapse`, true, 'a code subsumes itself'],
      [`clinical-status:below=${system}|inactive`, false],
      [`clinical-status:above=${system}|relapse`, true],
      [`clinical-status:above=${system}|active`, false, 'a relapse does not subsume all that is active'],
      ['clinical-status:below=active', true, 'the binding says the system'],
      [`clinical-status:below=${system}|ACTIVE`, true, 'codes are compared without case'],
    ]);
    itFinds(resource('Observation', { status: 'corrected' }), [
      ['status:below=amended', true, "a code element's system is that of its binding"],
      ['status:below=http://hl7.org/fhir/observation-status|amended', true],
      ['status:above=amended', false],
      ['status:below=final', false],
    ]);
    itFinds(resource('Observation', { status: 'amended' }), [['status:above=corrected', true]]);
  });

  describe('search.html#mimetype', () => {
    const document = resource('DocumentReference', { content: [{ attachment: { contentType: 'text/xml; charset=UTF-8' } }] });
    itFinds(document, [
      ['contenttype=text/xml', false, '"will miss documents with a mime type such as text/xml; charset=UTF-8"'],
      ['contenttype:below=text/xml', true],
      ['contenttype:below=text/plain', false],
    ]);
    itFinds(resource('DocumentReference', { content: [{ attachment: { contentType: 'text/xml' } }] }), [
      ['contenttype:below=text/xml', true],
    ]);
  });

  describe(':missing', () => {
    itFinds(condition({ text: 'only text' }), [
      ['code:missing=false', true],
      ['code:missing=true', false],
    ]);
    itFinds(resource('Condition'), [['code:missing=true', true]]);
    itFinds(resource('Patient', { _gender: { extension: [{ url: 'http://a', valueString: 'x' }] } }), [
      ['gender:missing=true', true, '"where the element is present with extensions but no @value is specified"'],
    ]);
  });

  it('has entries without duplicates', () => {
    const stored = identified({ system: 'a', value: '1' }, { system: 'a', value: '1' });
    expect(entriesOf(stored, 'identifier')).to.deep.equal([
      { shape: 'token', parameter: 'identifier', element: 0, system: 'a', code: '1' },
    ]);
  });

  const refusals: readonly (readonly [type: string, query: string, sentence: RegExp])[] = [
    ['Patient', 'identifier=|', /neither system nor code/],
    ['Patient', 'identifier=a|b|c', /one '\|' at most/],
    ['Patient', 'active=http://hl7.org/fhir/special-values|true', /without '\|'/],
    ['Patient', 'telecom=phone|1', /without '\|'/],
    ['Patient', 'identifier:of-type=a|b', /three parts/],
    ['Patient', 'identifier:of-type=a||c', /three parts/],
    ['Condition', 'code:in=http://example.org/unknown', /not known to this server/],
    ['Condition', 'code:in=http://hl7.org/fhir/ValueSet/condition-code', /not (?:all )?known to this server/],
    ['Condition', 'code:not-in=http://hl7.org/fhir/ValueSet/condition-code', /the modifier names a value set/],
    ['Patient', 'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender|9.9', /or a version of one, that is not known/],
    ['Condition', 'code:below=http://snomed.info/sct|1', /all codes of the code system/],
    ['Condition', 'code:above=http://snomed.info/sct|1', /all codes of the code system/],
    ['Condition', 'code:above=1', /write 'system\|code'/],
    ['Condition', 'clinical-status:below=http://terminology.hl7.org/CodeSystem/condition-clinical|', /'system\|code'/],
    ['Condition', 'clinical-status:below=http://terminology.hl7.org/CodeSystem/condition-clinical|no', /does not have/],
    ['Patient', '_id=a/b', /no id/],
    ['Patient', '_id:exact=a', /it takes ':missing', ':not'/],
  ];
  for (const [type, query, sentence] of refusals) {
    it(`refuses ${type}?${query}`, () => {
      expect(refusal(type, query).message).to.match(sentence);
      expect(refusal(type, query).status).to.equal(400);
    });
  }
});
