import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { forbidden } from '../../src/fhir/outcome.ts';
import { none } from '../../src/search/criterion.ts';
import { finds, type Row, refusal, resource } from './fixture.ts';

const loinc = 'http://loinc.org';
const condition = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

const peter = resource('Patient', {
  name: [{ family: 'Chalmers', given: ['Peter', 'James'] }, { text: 'Un nome (intero)' }],
  birthDate: '2015-12-25',
  gender: 'male',
  active: true,
  telecom: [{ system: 'phone', value: '+39 06 123' }],
  meta: { profile: ['http://example.org/Profile|1'] },
  managingOrganization: { reference: 'Organization/asl' },
});
const asl = resource('Organization', { id: 'asl', name: 'ASL Roma 1' });
const observation = resource('Observation', {
  status: 'final',
  code: { coding: [{ system: loinc, code: '1234-5' }] },
  subject: { reference: 'Patient/example' },
  effectivePeriod: { start: '2026-01-10', end: '2026-01-20' },
  valueQuantity: { value: 5400, system: 'http://unitsofmeasure.org', code: 'mg' },
  component: [
    { code: { coding: [{ system: loinc, code: '8480-6' }] }, valueQuantity: { value: 120 } },
    { code: { coding: [{ system: loinc, code: '8462-4' }] }, valueQuantity: { value: 80 } },
  ],
});
const document = resource('DocumentReference', {
  relatesTo: [
    { code: 'replaces', target: { reference: 'DocumentReference/a' } },
    { code: 'appends', target: { reference: 'DocumentReference/b' } },
  ],
});
const group = resource('Group', {
  characteristic: [
    { code: { text: 'x', coding: [{ code: 'sesso' }] }, valueCodeableConcept: { coding: [{ code: 'donna' }] }, exclude: false },
  ],
});
const relapse = resource('Condition', { clinicalStatus: { coding: [{ system: condition, code: 'relapse' }] } });
const risk = resource('RiskAssessment', { prediction: [{ probabilityDecimal: 0.3 }] });

function itFilters(stored: ReturnType<typeof resource>, rows: readonly Row[]): void {
  for (const [filter, found, why = ''] of rows) {
    it(`${filter} ${found ? 'finds' : 'does not find'} it${why === '' ? '' : `: ${why}`}`, () => {
      const query = new URLSearchParams([['_filter', filter]]).toString();
      expect(finds(stored, query, [peter, asl])).to.equal(found);
    });
  }
}

describe('search_filter.html', () => {
  describe('the examples of the page, as far as R4 has their parameters', () => {
    itFilters(peter, [
      ['name co "pet"', true],
      ['given eq "peter" and birthdate ge 2014-10-10', true],
      ['given eq "peter" and birthdate ge 2016-10-10', false],
    ]);
    itFilters(observation, [
      ['code eq http://loinc.org|1234-5', true],
      ['subject.name co "pet"', true],
      ['subject.name co "paul"', false],
    ]);
    itFilters(document, [
      ['relatesTo[code eq "replaces"].target pr true', true],
      ['relatesTo[code eq replaces].target re DocumentReference/a', true],
      ['relatesTo[code eq replaces].target re DocumentReference/b', false, 'another element has that one'],
      ['relatesTo[code eq signs].target pr true', false],
    ]);
  });

  describe('"Logical expressions are evaluated left to right, with no precedence between "and" and "or""', () => {
    itFilters(peter, [
      ['gender eq female and active eq true or birthdate eq 2015-12-25', true],
      ['birthdate eq 2015-12-25 or active eq true and gender eq female', false],
      ['birthdate eq 2015-12-25 or (active eq true and gender eq female)', true],
      ['not (gender eq female)', true],
      ['not(gender eq male)', false],
      ['not (gender eq female) and not (not (active eq true))', true],
      ['(gender eq male)', true],
      ['  gender   eq male  ', true],
      ['gender eq male and(active eq true)', true],
    ]);
  });

  describe('strings: "Character sequence is the same (case insensitive)"', () => {
    itFilters(peter, [
      ['given eq PETER', true],
      ['given eq pet', false],
      ['family ne chalmers', false],
      ['family ne other', true],
      ['given ne other', true],
      ['given sw pet', true],
      ['name sw nome', false, 'the start of the string, not of a word'],
      ['given ew ter', true],
      ['given ew pet', false],
      ['name eq "un nome (intero)"', true, 'a JSON string may hold spaces and parentheses'],
      ['name co "\\u006eome"', true, 'with its escapes'],
      ['family co "alm"', true],
      ['name eq "a,b"', false, 'a comma is a comma'],
    ]);
    itFilters(resource('Patient', { gender: 'male' }), [['family ne chalmers', false, 'there is no item in the set']]);
  });

  describe('tokens', () => {
    itFilters(peter, [
      ['_id eq example', true],
      ['_id ne example', false],
      ['_id ne other', true],
      ['_id pr true', true],
      ['_id pr false', false],
    ]);
    itFilters(observation, [
      ['code eq loinc|1234-5', true, 'the codes "loinc", "snomed", "rxnorm" and "ucum" are predefined'],
      ['code eq 1234-5', true],
      ['code ne loinc|1234-5', false],
      ['code ne loinc|1', true],
      ['status in http://hl7.org/fhir/ValueSet/observation-status', true],
      ['status ni http://hl7.org/fhir/ValueSet/observation-status', false],
      ['status eq final,amended', false, 'a comma separates nothing'],
    ]);
    itFilters(relapse, [
      [`clinical-status ss ${condition}|active`, true, 'the value subsumes a concept in the set'],
      [`clinical-status sb ${condition}|active`, false],
      [`clinical-status sb ${condition}|relapse`, true, 'the value is subsumed by a concept in the set'],
    ]);
    itFilters(peter, [
      ['telecom eq "+3906123"', true],
      ['active eq true', true],
    ]);
  });

  describe('numbers, dates and quantities', () => {
    itFilters(risk, [
      ['probability eq 0.3', true],
      ['probability gt 0.2', true],
      ['probability lt 0.3', false],
      ['probability ap 0.31', true],
      ['probability ne 0.3', false],
      ['probability co 0.3', true],
      ['probability co 0.30001', false],
    ]);
    itFilters(observation, [
      ['date eq 2026-01', true],
      ['date po 2026-01-15', true, 'overlaps'],
      ['date po 2026-01-21', false],
      ['date co 2026-01-15', true, 'includes the stated value'],
      ['date co 2026-01', false],
      ['date sa 2026-01-09', true],
      ['date eb 2026-01-21', true],
      ['date ge 2026-01-20 and date le 2026-01-10', true, 'it reaches into both days'],
      ['date ge 2026-01-21 or date le 2026-01-09', false],
      ['_lastUpdated lt 2000-01-01', true, 'the fixture was stored in 1970'],
      ['_lastUpdated po 1970', true],
      ['value-quantity eq 5.4|ucum|g', true],
      ['value-quantity gt 5.4|http://unitsofmeasure.org|g', false],
      ['value-quantity ge 5400||mg', true],
      ['value-quantity ne 5.4|ucum|g', false],
    ]);
  });

  describe('references, URIs, ids and presence', () => {
    itFilters(observation, [
      ['subject re Patient/example', true],
      ['subject re http://localhost:8080/fhir/Patient/example', true],
      ['subject eq example', true],
      ['subject ne Patient/other', true],
      ['performer ne Patient/other', false],
      ['_id eq example', true],
      ['_id ne example', false],
      ['subject pr true', true],
      ['subject pr false', false],
      ['performer pr false', true],
      ['_content co positivo', false],
    ]);
    itFilters(peter, [
      ['_profile eq http://example.org/Profile', true],
      ['_profile ne http://example.org/Profile', false],
      ['organization.name sw "asl roma"', true],
      ['organization.name sw "asl torino"', false],
      ['_content co intero', true],
      ['_text co x or _content eq "nome chalmers"', true],
    ]);
    itFilters(observation, [
      ['subject.organization.name sw "asl roma"', true, 'a chain of two links'],
      ['subject[gender eq male].name co peter', true, 'a condition on what the reference names'],
      ['subject[gender eq female].name co peter', false],
      ['subject[gender eq male and (active eq true or active eq false)].organization[name co roma]._id eq asl', true],
    ]);
  });

  describe('elements: what composite parameters index', () => {
    itFilters(observation, [
      ['code-value-quantity eq http://loinc.org|1234-5$5.4|http://unitsofmeasure.org|g', true],
      ['code-value-quantity ne 1234-5$5400', false],
      ['code-value-quantity ne 1234-5$1', true],
      ['component-code-value-quantity[component-code eq loinc|8480-6].component-value-quantity gt 100', true],
      ['component-code-value-quantity[component-code eq snomed|8480-6].component-value-quantity gt 100', false],
      ['code-value-quantity[code eq 1234-5].value-quantity lt 5.5|ucum|g', true, 'a quantity has its system in the middle'],
      ['component-code-value-quantity[component-code eq 8480-6].component-value-quantity gt 100', true],
      ['component-code-value-quantity[component-code eq 8462-4].component-value-quantity gt 100', false],
      ['component-code-value-quantity[component-value-quantity le 80].component-code eq 8462-4', true],
    ]);
    itFilters(group, [
      ['characteristic[code eq sesso].value eq donna', true],
      ['characteristic[code eq sesso].value eq uomo', false],
      ['characteristic eq sesso', true, 'without brackets it is the parameter of that name'],
    ]);
  });

  describe('refusals', () => {
    const rows: readonly (readonly [filter: string, sentence: RegExp])[] = [
      ['name', /expected a space and an operator at character 5/],
      ['name xx peter', /expected an operator: eq, ne, co/],
      ['name eqq peter', /Did you mean 'eq'\?/],
      ['name eq', /expected a space and a value/],
      ['name eq ', /expected a value/],
      ['name eq peter and', /expected 'and', 'or' or the end/],
      ['name eq peter and ', /expected the name/],
      ['name eq peter birthdate eq 2014', /expected 'and', 'or' or the end at character 15/],
      ['(name eq peter', /expected '\)'/],
      ['name eq peter)', /expected 'and', 'or' or the end/],
      ['not name eq peter', /expected an operator|expected/],
      ['name eq "peter', /expected a value/],
      ['name eq "\\x"', /no JSON string/],
      ['famly eq x', /Patient has no search parameter 'famly'. Did you mean 'family'\?/],
      ['organization.nam eq x', /has a search parameter 'nam'/],
      ['gender.name eq x', /is no reference/],
      ['gender[active eq true] eq x', /behind the brackets/],
      ['gender gt male', /does not take 'gt' but eq, ne, in/],
      ['birthdate co 2014 and birthdate sw 2014', /does not take 'sw'/],
      ['birthdate eq spring', /a value that is no date/],
      ['birthdate eq gt2014', /a value that is no date/],
      ['birthdate eq 2014-13', /no date that exists/],
      ['given gt peter', /does not take 'gt'/],
      ['given co pe', /at least 3/],
      ['given eq "--"', /no letter and no digit/],
      ['given pr yes', /'true' or 'false'/],
      ['_filter eq x', /inside a filter/],
      ['_content gt x', /does not take 'gt' but eq, co/],
      ['constructor eq x', /no search parameter 'constructor'/],
      ['identifier in http://example.org/unknown', /not known to this server/],
    ];
    for (const [filter, sentence] of rows) {
      it(`${filter}: 400`, () => {
        const error = refusal('Patient', new URLSearchParams([['_filter', filter]]).toString());
        expect(error.status).to.equal(400);
        expect(error.issues[0]?.expression).to.equal('http._filter');
        expect(error.message).to.match(/^'_filter'/);
        expect(error.message).to.match(sentence);
      });
    }
    const elements: readonly (readonly [type: string, filter: string, sentence: RegExp])[] = [
      ['DocumentReference', 'relatesTo[code eq replaces or code eq signs].target pr true', /only 'and'/],
      ['DocumentReference', 'relatesTo[kind eq replaces].target pr true', /has the members code and target/],
      ['DocumentReference', 'relatesTo[code eq replaces].code eq signs', /twice/],
      ['DocumentReference', 'relatesTo[code eq replaces].target pr false', /only takes 'true'/],
      ['DocumentReference', 'relatesTo[code sw replaces].target pr true', /'sw' can not be asked/],
      ['Observation', 'related[type eq has-component].target pr true', /no reference search parameter 'related'/],
      ['Location', 'near eq 1|1', /does not take 'eq' but none/],
    ];
    for (const [type, filter, sentence] of elements) {
      it(`${type}: ${filter}: 400`, () => {
        expect(refusal(type, new URLSearchParams([['_filter', filter]]).toString()).message).to.match(sentence);
      });
    }

    it('a modifier', () => expect(refusal('Patient', '_filter:exact=a eq b').status).to.equal(400));
    it('too many comparisons, and too many parentheses: too-costly', () => {
      const many = Array.from({ length: limits.filterTermsMax + 1 }, () => 'active eq true').join(' and ');
      expect(refusal('Patient', `_filter=${many}`).status).to.equal(422);
      const deep = `${'('.repeat(limits.filterDepthMax + 1)}active eq true${')'.repeat(limits.filterDepthMax + 1)}`;
      expect(refusal('Patient', `_filter=${deep}`).status).to.equal(422);
    });
    it('a chain over its limit: too-costly', () => {
      const path = Array.from({ length: limits.chainDepthMax + 1 }, () => 'link').join('.');
      expect(refusal('Patient', `_filter=${path}._id eq a`).status).to.equal(422);
    });
  });

  it("puts the caller's border behind every link", () => {
    const query = '_filter=subject.name co peter';
    expect(finds(observation, query, [peter], { border: () => none })).to.equal(false);
    const closed = () => {
      throw forbidden('closed');
    };
    expect(refusal('Observation', '_filter=subject.family co peter', { border: closed }).status).to.equal(403);
  });
});

describe('search.html#list', () => {
  const list = resource('List', { id: '42', entry: [{ item: { reference: 'Patient/example' } }] });
  const rows: readonly Row[] = [
    ['_list=42', true],
    ['_list=41', false],
    ['_list=41,42', true],
    ['_list=42&gender=male', true],
    ['_list=42&gender=female', false],
  ];
  for (const [query, found] of rows) {
    it(`${query} ${found ? 'finds' : 'does not find'} what the list has`, () =>
      expect(finds(peter, query, [list])).to.equal(found));
  }
  it("shows nothing of a list outside the caller's border", () =>
    expect(finds(peter, '_list=42', [list], { border: () => none })).to.equal(false));
  for (const value of ['$current-allergies', '42,$current-problems', 'List/42', 'a b', '42,']) {
    it(`refuses '${value}' with 400`, () => expect(refusal('Patient', `_list=${value}`).status).to.equal(400));
  }
  it('says why functional lists are refused', () =>
    expect(refusal('Patient', '_list=$current-problems').message).to.match(/functional lists/));
});
