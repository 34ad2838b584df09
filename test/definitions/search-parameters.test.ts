import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { componentRepairs } from '../../src/definitions/repairs.ts';
import { expressionFor } from '../../src/definitions/search-parameters.ts';

const definitions = openDefinitions();

describe('search parameters', () => {
  const expressions: readonly (readonly [type: string, code: string, expression: string])[] = [
    ['Patient', 'name', 'Patient.name'],
    ['Patient', '_id', 'Resource.id'],
    ['Patient', '_lastUpdated', 'Resource.meta.lastUpdated'],
    ['Patient', 'email', "Patient.telecom.where(system='email')"],
    ['Practitioner', 'email', "Practitioner.telecom.where(system='email')"],
    ['Patient', 'death-date', 'Patient.deceased.ofType(dateTime)'],
    ['Patient', 'deceased', 'Patient.deceased.exists() and Patient.deceased != false'],
    ['AllergyIntolerance', 'patient', 'AllergyIntolerance.patient'],
    ['CarePlan', 'patient', 'CarePlan.subject.where(resolve() is Patient)'],
    ['Observation', 'patient', 'Observation.subject.where(resolve() is Patient)'],
    ['Immunization', 'patient', 'Immunization.patient'],
    ['Coverage', 'patient', 'Coverage.beneficiary'],
    ['Task', 'patient', 'Task.for.where(resolve() is Patient)'],
    ['AllergyIntolerance', 'code', 'AllergyIntolerance.code | AllergyIntolerance.reaction.substance'],
    ['DeviceRequest', 'code', 'DeviceRequest.code.ofType(CodeableConcept)'],
    ['Medication', 'code', 'Medication.code'],
    ['MedicationRequest', 'medication', 'MedicationRequest.medication.ofType(Reference)'],
    ['Immunization', 'date', 'Immunization.occurrence'],
    ['Observation', 'date', 'Observation.effective'],
    ['Observation', 'value-string', 'Observation.value.ofType(string) | Observation.value.ofType(CodeableConcept).text'],
    ['Observation', 'component-value-concept', 'Observation.component.value.ofType(CodeableConcept)'],
    ['Condition', 'onset-age', 'Condition.onset.ofType(Age) | Condition.onset.ofType(Range)'],
    ['DocumentReference', 'relationship', 'DocumentReference.relatesTo'],
    ['Bundle', 'composition', 'Bundle.entry[0].resource'],
    ['ValueSet', 'context', 'ValueSet.useContext.value.ofType(CodeableConcept)'],
    ['Library', 'depends-on', "Library.relatedArtifact.where(type='depends-on').resource"],
  ];
  for (const [type, code, expression] of expressions) {
    it(`${type}?${code} is ${expression}`, () => {
      expect(definitions.searchParameter(type, code)?.expression).to.equal(expression);
    });
  }

  it('are R4’s, without the examples and without those that have no base or no path', () => {
    const urls = new Set(definitions.resourceTypes.flatMap((type) => definitions.searchParameters(type).map(({ url }) => url)));
    const own = definitions.conformanceResources('SearchParameter').map(({ url }) => url);
    // 1,400 files: 3 examples, 10 without base, Patient's age and birthOrderBoolean without expression.
    expect([...urls].filter((url) => !own.includes(url))).to.have.lengthOf(1385);
    for (const gone of [
      'example',
      'example-extension',
      'patient-extensions-Patient-age',
      'codesystem-extensions-CodeSystem-author',
    ]) {
      expect(definitions.searchParameterByUrl(`http://hl7.org/fhir/SearchParameter/${gone}`), gone).to.equal(undefined);
    }
  });

  it('have an expression on every type they are listed for, the special ones aside', () => {
    const without = definitions.resourceTypes.flatMap((type) =>
      definitions.searchParameters(type).filter(({ expression }) => expression === undefined || expression === ''),
    );
    expect([...new Set(without.map(({ code }) => code))].sort()).to.deep.equal(['_content', '_filter', '_query', '_text']);
  });

  it('select by ofType, since as is an error on several items', () => {
    const all = definitions.resourceTypes.flatMap((type) => definitions.searchParameters(type));
    expect(all.filter(({ expression }) => /\bas\b/.test(expression ?? ''))).to.deep.equal([]);
  });

  it('are sorted by code and each code is there once', () => {
    for (const type of definitions.resourceTypes) {
      const codes = definitions.searchParameters(type).map(({ code }) => code);
      expect(codes, type).to.deep.equal([...new Set(codes)].sort());
    }
  });

  it('include those of Resource and DomainResource where the type specialises them', () => {
    expect(definitions.searchParameter('Patient', '_text')).to.include({ code: '_text' });
    expect(definitions.searchParameter('Bundle', '_text')).to.equal(undefined);
    expect(definitions.searchParameter('Bundle', '_id')).to.include({ type: 'token' });
  });

  it('name components that are known', () => {
    const composites = definitions.resourceTypes.flatMap((type) =>
      definitions.searchParameters(type).filter((parameter) => parameter.type === 'composite'),
    );
    expect(composites.length).to.be.above(40);
    for (const { url, component } of composites) {
      expect(component.length, url).to.be.at.least(2);
      for (const { definition } of component)
        expect(definitions.searchParameterByUrl(definition), definition).not.to.equal(undefined);
    }
  });

  for (const [url, { components, why }] of Object.entries(componentRepairs)) {
    it(`has the components of ${url} repaired: ${why}`, () => {
      const packed = definitions.searchParameterByUrl(url);
      expect(packed?.component).to.deep.equal(components);
    });
  }

  for (const [type, code] of [
    ['Patient', 'nome'],
    ['Patient', 'constructor'],
    ['Nothing', '_id'],
    ['Patient', '__proto__'],
  ] as const) {
    it(`there is no ${type}?${code}`, () => expect(definitions.searchParameter(type, code)).to.equal(undefined));
  }
});

describe('the part of a union for a type', () => {
  const lineage = ['Patient', 'DomainResource', 'Resource'];
  const cases: readonly (readonly [text: string, expression: string, reduced: string])[] = [
    ['keeps the type’s own', 'Patient.a | Person.b', 'Patient.a'],
    ['keeps those of the types it specialises', 'Person.b | Resource.c | DomainResource.d', 'Resource.c | DomainResource.d'],
    ['keeps a path without a type', 'name | Person.b', 'name'],
    ['does not take Patient for PatientX', 'PatientX.a | Patient.a', 'Patient.a'],
    ['looks inside parentheses', '(Person.b as Quantity) | (Patient.a as Quantity).unit', 'Patient.a.ofType(Quantity).unit'],
    ['does not split inside parentheses', "Patient.a.where(b = 'x' | c = 'y') | Person.d", "Patient.a.where(b = 'x' | c = 'y')"],
    ['does not split inside quotes', "Patient.a.where(b = '(|') | Person.d", "Patient.a.where(b = '(|')"],
    ['does not split inside quotes with an escape', "Patient.a.where(b = '\\'|') | Person.d", "Patient.a.where(b = '\\'|')"],
    ['is empty when nothing applies', 'Person.b', ''],
  ];
  for (const [text, expression, expected] of cases) {
    it(text, () => expect(expressionFor(expression, lineage)).to.equal(expected));
  }
});

// https://hl7.org/fhir/R4/compartmentdefinition.html
describe('compartments', () => {
  it('are the five of R4', () => {
    expect(definitions.compartments).to.deep.equal(['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson']);
  });

  it('of a patient take 66 types', () => {
    const members = definitions.resourceTypes.filter((type) => definitions.compartment('Patient', type) !== undefined);
    expect(members).to.have.lengthOf(66);
  });

  const cases: readonly (readonly [compartment: string, type: string, parameters: readonly string[] | undefined])[] = [
    ['Patient', 'Observation', ['subject', 'performer']],
    ['Patient', 'Coverage', ['policy-holder', 'subscriber', 'beneficiary', 'payor']],
    ['Patient', 'Patient', ['link']],
    ['Patient', 'Organization', undefined],
    ['Patient', 'Task', undefined],
    ['Encounter', 'Observation', ['encounter']],
    ['Practitioner', 'Immunization', ['performer']],
    ['Organization', 'Observation', undefined],
    ['constructor', 'Observation', undefined],
  ];
  for (const [compartment, type, parameters] of cases) {
    it(`${compartment}: ${type} by ${parameters?.join(', ') ?? 'nothing'}`, () => {
      expect(definitions.compartment(compartment, type)).to.deep.equal(parameters);
    });
  }

  it('name reference parameters of their types', () => {
    const wrong = definitions.compartments.flatMap((compartment) =>
      definitions.resourceTypes.flatMap((type) =>
        (definitions.compartment(compartment, type) ?? [])
          .filter((code) => definitions.searchParameter(type, code)?.type !== 'reference')
          .map((code) => `${compartment}: ${type}?${code}`),
      ),
    );
    expect(wrong).to.deep.equal([]);
  });
});
