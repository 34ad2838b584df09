import { expect } from 'chai';
import { parameterElements, referenceTargets } from '../../src/search/parameter-elements.ts';
import { definitions } from './fixture.ts';

const parameterOf = (type: string, code: string) => definitions.searchParameter(type, code) ?? expect.fail(`No ${type}?${code}`);

describe('parameterElements', () => {
  const rows: readonly (readonly [type: string, code: string, types: readonly string[]])[] = [
    ['Patient', 'gender', ['code']],
    ['Patient', 'identifier', ['Identifier']],
    ['Patient', 'phone', ['ContactPoint']],
    ['Observation', 'value-concept', ['CodeableConcept']],
    ['Observation', 'component-value-quantity', ['Quantity', 'SampledData']],
    ['Observation', 'date', ['dateTime', 'Period', 'Timing', 'instant']],
    ['Condition', 'onset-age', ['Age', 'Range']],
    ['MedicationRequest', 'medication', ['Reference']],
    ['Questionnaire', 'code', ['Coding']],
    ['ActivityDefinition', 'depends-on', ['canonical', 'canonical']],
    ['Patient', 'deceased', []],
    ['Observation', 'gene-identifier', []],
  ];
  for (const [type, code, types] of rows) {
    it(`${type}.${code} covers ${types.join(', ') || 'what no path tells'}`, () => {
      expect(parameterElements(definitions, type, parameterOf(type, code)).map((element) => element.type)).to.deep.equal(types);
    });
  }

  it('knows the bindings', () => {
    expect(parameterElements(definitions, 'Patient', parameterOf('Patient', 'gender'))[0]?.binding?.valueSet).to.equal(
      'http://hl7.org/fhir/ValueSet/administrative-gender',
    );
  });

  it('follows contentReference', () => {
    const code = { ...parameterOf('Questionnaire', 'code'), expression: 'Questionnaire.item.item.code' };
    expect(parameterElements(definitions, 'Questionnaire', code)).to.have.length(1);
  });
});

describe('referenceTargets', () => {
  const rows: readonly (readonly [type: string, code: string, targets: readonly string[]])[] = [
    ['Observation', 'subject', ['Patient', 'Group', 'Device', 'Location']],
    ['Observation', 'patient', ['Patient']],
    ['Encounter', 'subject', ['Patient', 'Group']],
    ['AllergyIntolerance', 'patient', ['Patient']],
    ['Patient', 'organization', ['Organization']],
    ['MedicationRequest', 'medication', ['Medication']],
    ['Appointment', 'practitioner', ['Practitioner']],
  ];
  for (const [type, code, targets] of rows) {
    it(`${type}.${code} leads to ${targets.join(', ')}`, () => {
      expect(referenceTargets(definitions, type, parameterOf(type, code))).to.have.members(targets);
    });
  }
  it('knows references to any type', () => {
    expect(referenceTargets(definitions, 'Provenance', parameterOf('Provenance', 'target'))).to.include.members([
      'Patient',
      'Observation',
      'Bundle',
    ]);
  });

  it('finds an element behind every reference parameter of R4, but for the one that points at an extension', () => {
    const unknown = definitions.resourceTypes.flatMap((type) =>
      definitions
        .searchParameters(type)
        .filter((parameter) => parameter.type === 'reference' && parameterElements(definitions, type, parameter).length === 0)
        .map((parameter) => `${type}.${parameter.code}`),
    );
    expect(unknown).to.deep.equal(['DiagnosticReport.assessed-condition']);
  });
});
