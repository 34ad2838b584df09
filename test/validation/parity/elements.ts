/** Parity table, rows 9 to 11 and 27 to 32: cardinality, choices, ids and what is contained. https://hl7.org/fhir/R4/resource.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, observation, patient } from './case.ts';

const contained = (...resources: readonly JsonObject[]): JsonObject =>
  observation({ contained: resources, subject: { reference: '#p' } });
const person = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', id: 'p', ...rest });
const order = (rest: JsonObject): JsonValue => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  subject: { display: 'x' },
  ...rest,
});

export const elementCases = cases([
  [
    9,
    'a required element missing',
    { resourceType: 'Observation', code: { text: 'x' } },
    'error required element-missing Observation',
    observation({}),
  ],
  [
    9,
    'one missing in an item',
    patient({ link: [{ type: 'seealso' }] }),
    'error required element-missing Patient.link[0]',
    patient({ link: [{ type: 'seealso', other: { display: 'x' } }] }),
  ],
  [
    9,
    'a required choice missing',
    order({}),
    'error required element-missing-choice MedicationRequest',
    order({ medicationReference: { display: 'x' } }),
  ],
  [
    11,
    'two types of one choice',
    observation({ valueString: 'a', valueBoolean: true }),
    'error structure choice-twice Observation',
    observation({ valueString: 'a' }),
  ],
  [
    11,
    'a type that the choice has not',
    observation({ valueAddress: { city: 'x' } }),
    'error structure choice-type Observation',
    observation({ valueQuantity: { value: 1 } }),
  ],
  [
    27,
    'contained in contained (dom-2)',
    contained(
      person({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }], managingOrganization: { reference: '#o' } }),
    ),
    'error invariant dom-2 Observation.contained[0]',
    contained(person({ managingOrganization: { reference: '#o' } }), { resourceType: 'Organization', id: 'o', name: 'x' }),
  ],
  [
    28,
    'contained and not referred to (dom-3)',
    contained(person({}), { resourceType: 'Patient', id: 'q' }),
    'error invariant dom-3 Observation.contained[1]',
    contained(person({ link: [{ type: 'seealso', other: { reference: '#q' } }] }), { resourceType: 'Patient', id: 'q' }),
  ],
  [
    28,
    'contained and found by a canonical',
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      contained: [{ resourceType: 'Questionnaire', id: 'q', status: 'active' }],
    },
    'error invariant dom-3 QuestionnaireResponse.contained[0]',
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: '#q',
      contained: [{ resourceType: 'Questionnaire', id: 'q', status: 'active' }],
    },
  ],
  [
    29,
    'a version of what is contained (dom-4)',
    contained(person({ meta: { versionId: '1' } })),
    'error invariant dom-4 Observation.contained[0]',
    contained(person({ meta: { tag: [{ system: 'http://a.b', code: 'x' }] } })),
  ],
  [
    29,
    'a time of what is contained (dom-4)',
    contained(person({ meta: { lastUpdated: '2026-01-01T00:00:00Z' } })),
    'error invariant dom-4 Observation.contained[0]',
    contained(person({ meta: { source: 'http://a.b' } })),
  ],
  [
    29,
    'labels of what is contained (dom-5)',
    contained(person({ meta: { security: [{ system: 'http://a.b', code: 'x' }] } })),
    'error invariant dom-5 Observation.contained[0]',
    contained(person({ meta: { tag: [{ system: 'http://a.b', code: 'x' }] } })),
  ],
  [
    30,
    'two contained of one id',
    contained(person({}), person({})),
    'error duplicate contained-id-duplicate Observation.contained[1]',
    contained(person({ link: [{ type: 'seealso', other: { reference: '#P' } }] }), person({ id: 'P' })),
  ],
  [
    30,
    'contained without id',
    observation({ contained: [{ resourceType: 'Patient' }] }),
    'error required contained-id-missing Observation.contained[0]',
    contained(person({})),
  ],
  [
    31,
    'two elements of one id',
    patient({ name: [{ id: 'a', text: 'x' }], address: [{ id: 'a', text: 'x' }] }),
    'error duplicate element-id-duplicate Patient.address[0].id',
    patient({ id: 'a', name: [{ id: 'a', text: 'x' }], address: [{ id: 'b', text: 'x' }] }),
  ],
  [
    32,
    'no narrative (dom-6)',
    patient({}),
    'warning invariant dom-6 Patient',
    patient({ text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } }),
  ],
]);
