/** Parity table, rows 47 to 53: references, canonicals, identifiers, example URLs. https://hl7.org/fhir/R4/references.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, claiming, observation, patient } from './case.ts';
import { referencesProfile } from './profiles.ts';

const about = (subject: JsonObject): JsonValue => observation({ subject });
const identified = (system: string, value: string): JsonValue => patient({ identifier: [{ system, value }] });
const person = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', id: 'p', active: true, ...rest });
const profiled = (...contained: readonly JsonObject[]): JsonValue =>
  claiming(referencesProfile, observation({ contained, subject: { reference: '#p' } }));
const answers = (questionnaire: string): JsonValue => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire,
});
const collection = (subject: string): JsonValue => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
      resource: patient({}),
      request: { method: 'POST', url: 'Patient' },
    },
    {
      fullUrl: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b8',
      resource: observation({ subject: { reference: subject } }),
      request: { method: 'POST', url: 'Observation' },
    },
  ],
});

export const referenceCases = cases([
  [
    47,
    'words for a reference',
    about({ reference: 'Mr Smith' }),
    'error value reference-form Observation.subject',
    about({ reference: 'Patient/1' }),
  ],
  [
    47,
    'a type that must not be referred to',
    about({ reference: 'Medication/1' }),
    'error structure reference-target Observation.subject',
    about({ reference: 'Device/1' }),
  ],
  [
    47,
    'the same by an absolute URL',
    about({ reference: 'https://a.b/fhir/Medication/1' }),
    'error structure reference-target Observation.subject',
    about({ reference: 'https://a.b/fhir/Patient/1/_history/2' }),
  ],
  [
    47,
    'Reference.type against the reference',
    about({ reference: 'Patient/1', type: 'Group' }),
    'error structure reference-type-mismatch Observation.subject',
    about({ reference: 'Patient/1', type: 'Patient' }),
  ],
  [
    47,
    'the type of what is contained',
    observation({ contained: [{ resourceType: 'Medication', id: 'm' }], subject: { reference: '#m' } }),
    'error structure reference-target Observation.subject',
    observation({ contained: [person({})], subject: { reference: '#p' } }),
  ],
  [
    48,
    'a contained resource that is not there',
    about({ reference: '#p' }),
    'error invariant reference-contained-missing Observation.subject',
    observation({ contained: [person({})], subject: { reference: '#p' } }),
  ],
  [
    48,
    'a urn:uuid that no entry has',
    collection('urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b9'),
    'error not-found bundle-reference-missing Bundle.entry[1].resource.subject',
    collection('urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7'),
  ],
  [
    49,
    'a resource that the profile does not let be referred to',
    profiled(person({})),
    'error structure reference-profile Observation.subject',
    profiled(person({ name: [{ text: 'x' }] })),
  ],
  [
    49,
    'a reference to what is not contained',
    claiming(referencesProfile, observation({ subject: { reference: 'Patient/1' } })),
    'error structure reference-aggregation Observation.subject',
    profiled(person({ name: [{ text: 'x' }] })),
  ],
  [
    50,
    'a reference that says nothing',
    about({ type: 'Patient' }),
    'warning structure reference-empty Observation.subject',
    about({ type: 'Patient', display: 'x' }),
  ],
  [
    51,
    'a canonical that is not absolute',
    answers('Questionnaire/1'),
    'warning value canonical-relative QuestionnaireResponse.questionnaire',
    answers('http://a.b/Questionnaire/1|2'),
  ],
  [
    51,
    'a definition of no absolute URL',
    { resourceType: 'ValueSet', status: 'draft', url: 'ValueSet/a' },
    'error value canonical-absolute ValueSet.url',
    { resourceType: 'ValueSet', status: 'draft', url: 'urn:oid:1.2.3' },
  ],
  [
    51,
    'a contained definition that is not there',
    answers('#q'),
    'error invariant canonical-contained-missing QuestionnaireResponse.questionnaire',
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: '#q',
      contained: [{ resourceType: 'Questionnaire', id: 'q', status: 'active' }],
    },
  ],
  [
    51,
    'a definition that HL7 has not',
    answers('http://hl7.org/fhir/Questionnaire/none'),
    'information informational canonical-unknown QuestionnaireResponse.questionnaire',
    answers('http://a.b/Questionnaire/none'),
  ],
  [
    51,
    'a definition of another type',
    answers('http://hl7.org/fhir/StructureDefinition/Patient'),
    'error structure canonical-type QuestionnaireResponse.questionnaire',
    answers('http://a.b/StructureDefinition/Patient'),
  ],
  [
    52,
    'a system that is not absolute',
    identified('cf', '1'),
    'error value identifier-system-absolute Patient.identifier[0]',
    identified('urn:oid:1.2.3', '1'),
  ],
  [
    52,
    'a URI that is none',
    identified('urn:ietf:rfc:3986', '1.2.3'),
    'error value identifier-uri-value Patient.identifier[0]',
    identified('urn:ietf:rfc:3986', 'urn:oid:1.2.3'),
  ],
  [
    53,
    'a URL kept for examples',
    identified('http://example.org/ids', '1'),
    'warning value uri-example Patient.identifier[0].system',
    identified('http://esempio.it/ids', '1'),
  ],
]);
