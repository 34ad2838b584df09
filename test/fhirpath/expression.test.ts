/** Expressions on one patient and one observation: paths, choices, primitives with siblings, types, references, time. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { compileExpression, compileInvariant } from '../../src/fhirpath/expression.ts';
import type { Environment } from '../../src/fhirpath/node.ts';

const definitions = openDefinitions();

const patient: Resource = {
  resourceType: 'Patient',
  id: 'p',
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Ospedale' }],
  extension: [{ url: 'http://example.org/weight', valueQuantity: quantity(70, 'kg') }],
  active: true,
  name: [
    {
      use: 'official',
      family: 'Rossi',
      given: ['Ada', null],
      _given: [null, { id: 'g', extension: [{ url: 'u', valueCode: 'unknown' }] }],
    },
    { use: 'nickname', given: ['Ad'] },
  ],
  gender: 'female',
  birthDate: '1974-12-25',
  _deceasedBoolean: { extension: [{ url: 'u', valueString: 'not told' }] },
  multipleBirthInteger: 2,
  contact: [{ name: { family: 'Bianchi' } }],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'it' }] } }],
  generalPractitioner: [
    { reference: 'Practitioner/1' },
    { reference: '#o' },
    { reference: 'https://fhir.example/r4/Organization/7' },
  ],
  managingOrganization: { reference: '#o' },
};

// Text, so that its numbers keep their digits.
const observation = parseJson(`{
  "resourceType": "Observation", "status": "final", "code": { "text": "dose" },
  "valueQuantity": { "value": 1.50, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g" },
  "effectiveDateTime": "2026-03-01T10:00:00+01:00",
  "component": [
    { "code": { "text": "a" }, "valueString": "x" },
    { "code": { "text": "b" }, "valueQuantity": { "value": 2, "system": "http://unitsofmeasure.org", "code": "g" } }
  ]
}`) as Resource;

function quantity(value: number, code: string) {
  return { value, unit: code, system: 'http://unitsofmeasure.org', code };
}

/** Values as JSON, with the type before it where a row asks for it. */
function evaluate(expression: string, resource: Resource, more: Partial<Environment> = {}): readonly unknown[] {
  const run = compileExpression(expression, resource.resourceType, definitions);
  const found = run([{ type: resource.resourceType, value: resource }], { resource, rootResource: resource, ...more });
  return found.map(({ type, value, sibling }) => [type, value ?? sibling]);
}

function values(expression: string, resource: Resource = patient, more?: Partial<Environment>): readonly unknown[] {
  return evaluate(expression, resource, more).map((pair) => (pair as readonly unknown[])[1]);
}

function types(expression: string, resource: Resource = patient): readonly unknown[] {
  return evaluate(expression, resource).map((pair) => (pair as readonly unknown[])[0]);
}

describe('fhirpath.html#types: paths', () => {
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ['Patient.name.family', ['Rossi']],
    ['name.family', ['Rossi']],
    ['Resource.id', ['p']],
    ['DomainResource.contained.name', ['Ospedale']],
    ['Practitioner.name.family', []],
    ['Practitioner.name | Patient.name.use', ['official', 'nickname']],
    ['name[1].given', ['Ad']],
    ['name[7]', []],
    ['name.where(use = $this.use and $index = 1).given', ['Ad']],
    ["name.where(use = 'official').given.first()", ['Ada']],
    ['multipleBirth', [2]],
    ['multipleBirth.ofType(integer)', [2]],
    ['multipleBirth.ofType(boolean)', []],
    ['(multipleBirth as integer) + 1', [3]],
    ["extension('http://example.org/weight').value.code", ['kg']],
    ["hasExtension('http://example.org/weight')", [true]],
    ['contact.name.family', ['Bianchi']],
    ["communication.language.coding.where(system = 'urn:ietf:bcp:47').code", ['it']],
    ['%resource.id', ['p']],
    ['%context.name.first().use', ['official']],
    ['name.select(use | given.first())', ['official', 'Ada', 'nickname', 'Ad']],
    ['name.given.exists($this = %resource.name.last().given)', [true]],
  ];
  for (const [expression, found] of cases) it(expression, () => expect(values(expression)).to.deep.equal(found));

  it('a backbone element is typed by its path', () => expect(types('contact')).to.deep.equal(['Patient.contact']));
  it('a resource in a resource is typed by itself', () => expect(types('contained')).to.deep.equal(['Organization']));
  it('a computed value is typed as the primitive that fits', () => {
    expect(types("name.exists() | 1 | 1.0 + 0.5 | 'a' & 'b' | today()")).to.deep.equal([
      'boolean',
      'integer',
      'decimal',
      'string',
      'date',
    ]);
  });
  it('a decimal keeps its digits', () => {
    const run = compileExpression('Observation.value.value', 'Observation', definitions);
    const [node] = run([{ type: 'Observation', value: observation }], { resource: observation, rootResource: observation });
    expect(node).to.include({ type: 'decimal', value: 1.5, digits: '1.50' });
  });
});

describe('json.html#primitive: extensions beside values', () => {
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ['name.first().given.count()', [2]],
    ['name.given.select(hasValue())', [true, false, true]],
    ['name.given.extension.value', ['unknown']],
    ['name.given.id', ['g']],
    ['deceased.exists()', [true]],
    ['deceased.hasValue()', [false]],
    ['deceased.empty()', [false]],
    ['deceased.extension.value', ['not told']],
    ['deceased or false', []],
    ['birthDate.hasValue() and birthDate.extension.empty()', [true]],
    ['name.first().children().count()', [4]],
  ];
  for (const [expression, found] of cases) it(expression, () => expect(values(expression)).to.deep.equal(found));
});

describe('fhirpath.html#functions: is, as, ofType', () => {
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ['gender is code', [true]],
    ['gender is string', [true]],
    ['gender.ofType(string)', []],
    ['active is boolean', [true]],
    ['active is Boolean', [false]],
    ['true is Boolean', [true]],
    ['$this is DomainResource', [true]],
    ['contact is BackboneElement', [true]],
    ['contact.type().name', ['BackboneElement']],
    ['birthDate.type().namespace', ['FHIR']],
    ["conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", [true]],
    ["extension('http://example.org/weight').value is Quantity", [true]],
    ["gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", [true]],
    ["'f'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')", [false]],
  ];
  for (const [expression, found] of cases) it(expression, () => expect(values(expression)).to.deep.equal(found));

  it('as takes several items: published search parameters need it', () => {
    expect(values('(Observation.component.value as Quantity).value', observation)).to.deep.equal([2]);
  });
});

describe('references.html#literal: resolve()', () => {
  it('knows a reference by its text', () => {
    expect(values('generalPractitioner.where(resolve() is Practitioner).reference')).to.deep.equal(['Practitioner/1']);
    expect(values('generalPractitioner.where(resolve() is Organization).reference')).to.deep.equal([
      '#o',
      'https://fhir.example/r4/Organization/7',
    ]);
  });
  it('finds a contained resource', () => expect(values('managingOrganization.resolve().name')).to.deep.equal(['Ospedale']));
  it('asks the environment when it can', () => {
    const resolve = (reference: string) =>
      reference === 'Practitioner/1' ? { resourceType: 'Practitioner', id: '1' } : undefined;
    expect(values('generalPractitioner.resolve().id', patient, { resolve })).to.deep.equal(['1']);
  });
});

describe('N1#datetime-arithmetic and the clock', () => {
  const now = '2026-11-23T23:30:00.000+01:00';
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ['today()', ['2026-11-23']],
    ['now() > birthDate', [true]],
    ['today() - 18 years >= birthDate', [true]],
    ['birthDate + 1 month', ['1975-01-25']],
    ['@2026-01-31 + 1 month', ['2026-02-28']],
    ['@2026-12-31T23:59:59+01:00 + 1 second', ['2027-01-01T00:00:00+01:00']],
    ['@2026 + 25 months', ['2028']],
    ['@T23:30 + 1 hour', ['00:30']],
    ['birthDate < @1974-12', []],
    ['birthDate < @1975', [true]],
    ['@2026-03-01T10:00:00+01:00 = @2026-03-01T09:00:00Z', [true]],
    ['@2026-03-01T10:00:00 = @2026-03-01T10:00:00Z', []],
  ];
  for (const [expression, found] of cases)
    it(expression, () => expect(values(expression, patient, { now })).to.deep.equal(found));
});

describe('quantities', () => {
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ["Observation.value = 1.5 'g'", [true]],
    ["Observation.value = 1500 'mg'", [true]],
    ["Observation.value < 1 'kg'", [true]],
    ["Observation.value > 1 'm'", []],
    ['Observation.value < Observation.component.value.ofType(Quantity)', [true]],
    ["Observation.value.value.toString() & ' g'", ['1.50 g']],
    ['0.1 + 0.2 = 0.3', [true]],
    ['(1.2 / 1.8).round(2)', [0.67]],
    ['7 div 2 | 7 mod 4 | -7', [3, -7]],
  ];
  for (const [expression, found] of cases) it(expression, () => expect(values(expression, observation)).to.deep.equal(found));
});

describe('compileInvariant', () => {
  const cases: readonly (readonly [invariant: string, verdict: boolean | undefined, why: string])[] = [
    ['name.exists()', true, 'true holds'],
    ['name.empty()', false, 'false does not'],
    ['photo', false, '"empty" counts as false'],
    ["name.given.where($this = 'Ada')", true, 'what is there and no boolean counts as true'],
    ['name', true, 'so do several'],
    ['birthDate <= @1974', false, 'a comparison that is too close to call is empty'],
    ["gender.memberOf('http://example.org/unknown')", undefined, 'an unknown value set leaves it open'],
    ["name.given.startsWith('A')", undefined, 'several values where one is needed'],
    ['nmae.exists()', false, 'an element that nobody has is empty'],
    ['2.power(3) = 8', true, 'the library runs what is not compiled'],
  ];
  for (const [invariant, verdict, why] of cases) {
    it(`${invariant}: ${why}`, () => {
      const holds = compileInvariant(invariant, 'Patient', definitions);
      expect(holds({ type: 'Patient', value: patient }, { resource: patient, rootResource: patient })).to.equal(verdict);
    });
  }
});
