/** Parity table, rows 37 to 46: bindings, code systems, displays, units. https://hl7.org/fhir/R4/terminologies.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, claiming, condition, observation, patient } from './case.ts';
import { bindingsProfile } from './profiles.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
const nameUse = 'http://hl7.org/fhir/name-use';
const gender = 'http://hl7.org/fhir/administrative-gender';
const ucum = 'http://unitsofmeasure.org';
const status = (clinicalStatus: JsonObject): JsonValue => condition({ clinicalStatus });
const married = (...coding: readonly JsonObject[]): JsonValue => patient({ maritalStatus: { coding } });
const coded = (...coding: readonly JsonObject[]): JsonValue => observation({ code: { coding } });
const bound = (rest: JsonObject): JsonValue =>
  claiming(
    bindingsProfile,
    observation({
      code: {
        text: 'x',
        coding: [
          { system: nameUse, code: 'usual' },
          { system: gender, code: 'male' },
        ],
      },
      ...rest,
    }),
  );
const goal = (rest: JsonObject): JsonValue => ({
  resourceType: 'Goal',
  lifecycleStatus: 'active',
  description: { text: 'x' },
  subject: { display: 'x' },
  ...rest,
});
const priority = 'http://terminology.hl7.org/CodeSystem/goal-priority';
const quantity = (rest: JsonObject): JsonValue => observation({ valueQuantity: { value: 1, system: ucum, ...rest } });
const measured = 'Observation.value.ofType(Quantity)';
const supplied = (code: string): JsonValue => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  subject: { display: 'x' },
  medicationCodeableConcept: { text: 'x' },
  dispenseRequest: { expectedSupplyDuration: { value: 1, system: ucum, code } },
});
const coverage = (rest: JsonObject): JsonValue => ({ resourceType: 'MolecularSequence', coordinateSystem: 0, ...rest });

export const codeCases = cases([
  [
    37,
    'a code outside a required set',
    patient({ gender: 'm' }),
    'error code-invalid code-not-allowed Patient.gender',
    patient({ gender: 'male' }),
  ],
  [
    37,
    'a code in other letters',
    patient({ gender: 'Male' }),
    'error code-invalid code-not-allowed Patient.gender',
    patient({ gender: 'male' }),
  ],
  [
    38,
    'codings outside a required set',
    status({ coding: [{ system: clinical, code: 'alive' }] }),
    'error code-invalid coding-not-in-set Condition.clinicalStatus',
    status({
      coding: [
        { system: 'http://a.b', code: 'alive' },
        { system: clinical, code: 'active' },
      ],
    }),
  ],
  [
    38,
    'the right code of another system',
    status({ coding: [{ system: 'http://a.b', code: 'active' }] }),
    'error code-invalid coding-not-in-set Condition.clinicalStatus',
    status({ coding: [{ system: clinical, code: 'active' }] }),
  ],
  [
    38,
    'a unit outside a required set',
    bound({ valueQuantity: { value: 1, system: ucum, code: 'm' } }),
    'error code-invalid code-not-allowed Observation.value.ofType(Quantity)',
    bound({ valueQuantity: { value: 1, system: ucum, code: 'mo' } }),
  ],
  [
    39,
    'outside an extensible set',
    married({ system: 'http://a.b', code: 'M' }),
    'warning code-invalid code-extensible Patient.maritalStatus',
    married({ system: marital, code: 'M' }),
  ],
  [
    40,
    'outside a preferred set',
    goal({ priority: { coding: [{ system: 'http://a.b', code: 'x' }] } }),
    'information code-invalid code-preferred Goal.priority',
    goal({ priority: { coding: [{ system: priority, code: 'high-priority' }] } }),
  ],
  [
    41,
    'outside the widest set',
    bound({ code: { coding: [{ system: nameUse, code: 'usual' }] } }),
    'error code-invalid code-outside-maximum Observation.code',
    bound({}),
  ],
  [
    41,
    'a language that is no tag',
    patient({ language: 'italiano_' }),
    'error value language-form Patient.language',
    patient({ language: 'it-CH' }),
  ],
  [
    42,
    'a text where a code is required',
    status({ text: 'active' }),
    'error code-invalid code-missing Condition.clinicalStatus',
    status({ text: 'active', coding: [{ system: clinical, code: 'active' }] }),
  ],
  [
    42,
    'a coding without code',
    bound({ method: { coding: [{ system: nameUse, display: 'Usual' }] } }),
    'error code-invalid code-missing Observation.method',
    bound({ method: { coding: [{ system: nameUse, code: 'usual' }] } }),
  ],
  [
    43,
    'a code that its system has not',
    coded({ system: gender, code: 'm' }),
    'error code-invalid coding-code-unknown Observation.code.coding[0]',
    coded({ system: gender, code: 'male' }),
  ],
  [
    43,
    'a code that HL7’s terminology may have got since',
    married({ system: marital, code: 'ZZZ' }),
    'warning code-invalid coding-code-unknown Patient.maritalStatus.coding[0]',
    married({ system: marital, code: 'S' }),
  ],
  [
    43,
    'a system that is not at hand',
    coded({ system: 'http://loinc.org', code: '1-8' }),
    'information informational coding-system-unknown Observation.code.coding[0]',
    coded({ system: gender, code: 'male' }),
  ],
  [
    43,
    'a set that is not at hand',
    coverage({ structureVariant: [{ variantType: { coding: [{ system: 'http://loinc.org', code: 'LA9658-1' }] } }] }),
    'information informational binding-not-checked MolecularSequence.structureVariant[0].variantType',
    coverage({ structureVariant: [{ outer: { start: 1 } }] }),
  ],
  [
    44,
    'a relative system',
    coded({ system: 'loinc', code: '1-8' }),
    'error value coding-system-absolute Observation.code.coding[0]',
    coded({ system: 'urn:oid:1.2.3', code: '1-8' }),
  ],
  [
    44,
    'a value set for a system',
    coded({ system: 'http://hl7.org/fhir/ValueSet/administrative-gender', code: 'male' }),
    'error value coding-system-value-set Observation.code.coding[0]',
    coded({ system: gender, code: 'male' }),
  ],
  [
    44,
    'https: in a system that has http:',
    coded({ system: 'https://loinc.org', code: '1-8' }),
    'warning code-invalid coding-system-https Observation.code.coding[0]',
    coded({ system: 'http://loinc.org', code: '1-8' }),
  ],
  [
    44,
    'no system',
    coded({ code: '1-8' }),
    'warning code-invalid coding-system-missing Observation.code.coding[0]',
    coded({ display: 'x' }),
  ],
  [
    45,
    'another display',
    coded({ system: gender, code: 'male', display: 'Female' }),
    'warning code-invalid coding-display Observation.code.coding[0].display',
    coded({ system: gender, code: 'male', display: 'MALE' }),
  ],
  [
    45,
    'a display in another language',
    observation({ language: 'it', code: { coding: [{ system: gender, code: 'male', display: 'Maschio' }] } }),
    'information informational coding-display-not-checked Observation.code.coding[0].display',
    observation({ language: 'it', code: { coding: [{ system: gender, code: 'male', display: 'Male' }] } }),
  ],
  [46, 'what no unit looks like', quantity({ code: 'mg//dl' }), `error value ucum-form ${measured}`, quantity({ code: 'mg/dL' })],
  [
    46,
    'a unit that is none',
    quantity({ code: 'furlongs' }),
    `warning value ucum-unknown ${measured}`,
    quantity({ code: '[fur_us]' }),
  ],
  [46, 'an annotation', quantity({ code: '{tablets}' }), `warning value ucum-annotation ${measured}`, quantity({ code: '1' })],
  [
    41,
    'a duration in milligrams',
    supplied('mg'),
    'error code-invalid code-outside-maximum MedicationRequest.dispenseRequest.expectedSupplyDuration',
    supplied('d'),
  ],
]);
