/** Parity table, rows 58 and 59: extensions. https://hl7.org/fhir/R4/extensibility.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, observation, patient } from './case.ts';

const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
const extended = (...extension: readonly JsonObject[]): JsonValue => patient({ extension });
const born = { url: `${hl7}patient-birthPlace`, valueAddress: { city: 'x' } };
const part = (rest: JsonObject): JsonObject => ({ url: 'http://test.example/part', ...rest });
const nationality = (...extension: readonly JsonObject[]): JsonValue => extended({ url: `${hl7}patient-nationality`, extension });
const notToBeDone = { url: `${hl7}request-doNotPerform`, valueBoolean: true };
const nutrition = (rest: JsonObject): JsonValue => ({
  resourceType: 'NutritionOrder',
  status: 'active',
  intent: 'order',
  patient: { display: 'x' },
  dateTime: '2026',
  oralDiet: { instruction: 'x' },
  ...rest,
});

export const extensionCases = cases([
  [
    58,
    'a relative url',
    extended({ url: 'part', valueString: 'x' }),
    'error extension extension-url-absolute Patient.extension[0]',
    extended(born),
  ],
  [58, 'no url', extended({ valueString: 'x' }), 'error required element-missing Patient.extension[0]', extended(born)],
  [
    58,
    'not known',
    extended({ url: 'http://a.b/c', valueString: 'x' }),
    'warning extension extension-unknown Patient.extension[0]',
    extended(born),
  ],
  [
    58,
    'in another place',
    observation({ extension: [born] }),
    'error extension extension-context Observation.extension[0]',
    extended(born),
  ],
  [
    58,
    'in another place of the same resource',
    patient({ extension: [part({ valueString: 'x' })] }),
    'error extension extension-context Patient.extension[0]',
    patient({ name: [{ extension: [part({ valueString: 'x' })] }] }),
  ],
  [
    58,
    'a value of another type',
    extended({ url: born.url, valueString: 'x' }),
    'error structure profile-type-narrowed Patient.extension[0].value.ofType(string)',
    extended(born),
  ],
  [58, 'neither value nor parts', extended({ url: born.url }), 'error invariant ext-1 Patient.extension[0]', extended(born)],
  [
    58,
    'value and parts',
    extended({ ...born, extension: [{ url: 'http://a.b/c', valueString: 'x' }] }),
    'error invariant ext-1 Patient.extension[0]',
    extended(born),
  ],
  [
    58,
    'parts where a value is due',
    extended({ url: born.url, extension: [{ url: 'x', valueString: 'x' }] }),
    'error extension extension-part-unknown Patient.extension[0].extension[0]',
    extended(born),
  ],
  [
    58,
    'a part that is not known',
    nationality({ url: 'colour', valueString: 'x' }),
    'error extension extension-part-unknown Patient.extension[0].extension[0]',
    nationality({ url: 'code', valueCodeableConcept: { text: 'x' } }),
  ],
  [
    58,
    'one that changes meanings, among those that do not',
    nutrition({ extension: [notToBeDone] }),
    'error extension extension-is-modifier NutritionOrder.extension[0]',
    nutrition({ modifierExtension: [notToBeDone] }),
  ],
  [
    58,
    'one that changes no meanings, among those that do',
    patient({ modifierExtension: [born] }),
    'error extension extension-not-modifier Patient.modifierExtension[0]',
    extended(born),
  ],
  [
    59,
    'one that changes meanings and is not known',
    patient({ modifierExtension: [{ url: 'http://a.b/c', valueString: 'x' }] }),
    'error extension modifier-extension-unknown Patient.modifierExtension[0]',
    extended(born),
  ],
]);
