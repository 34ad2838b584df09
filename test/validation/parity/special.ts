/** Parity table, rows 65 to 67: good practice, resources that define, and vital signs. https://hl7.org/fhir/R4/validation.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, observation } from './case.ts';

const questions = (...item: readonly JsonObject[]): JsonObject => ({
  resourceType: 'Questionnaire',
  id: 'q',
  status: 'active',
  item,
});
const answered = (questionnaire: JsonObject, ...item: readonly JsonObject[]): JsonValue => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: '#q',
  contained: [questionnaire],
  item,
});
const age = { linkId: 'age', type: 'integer', required: true };
const system = (rest: JsonObject): JsonValue => ({ resourceType: 'CodeSystem', status: 'draft', content: 'complete', ...rest });
const set = (include: JsonObject): JsonValue => ({ resourceType: 'ValueSet', status: 'draft', compose: { include: [include] } });
const search = (rest: JsonObject): JsonValue => ({
  resourceType: 'SearchParameter',
  url: 'http://a.b/c',
  name: 'x',
  status: 'draft',
  description: 'x',
  code: 'x',
  base: ['Patient'],
  type: 'string',
  expression: 'Patient.name',
  ...rest,
});
const profile = (element: JsonObject): JsonValue => ({
  resourceType: 'StructureDefinition',
  url: 'http://a.b/c',
  name: 'X',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: { element: [{ id: String(element['path']), ...element }] },
});
const scoring = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-scoring', code: 'proportion' }] };
const measure: JsonObject = {
  resourceType: 'Measure',
  id: 'm',
  status: 'active',
  scoring,
  group: [{ code: { text: 'x', coding: [{ system: 'http://a.b', code: 'g' }] } }],
};
const reported = (group: JsonObject): JsonValue => ({
  resourceType: 'MeasureReport',
  status: 'complete',
  type: 'summary',
  measure: '#m',
  period: { start: '2026' },
  contained: [measure],
  group: [group],
});
const about = { subject: { reference: 'Patient/1' } };
const vital = ({ effectiveDateTime = '2026-01-01', ...rest }: JsonObject): JsonValue =>
  observation({
    ...about,
    ...(rest['effectivePeriod'] === undefined ? { effectiveDateTime } : {}),
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    valueQuantity: { value: 60, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    ...rest,
  });

export const specialCases = cases([
  [65, 'an observation of nobody', observation({}), 'warning business-rule observation-subject Observation', observation(about)],
  [
    65,
    'an observation by nobody',
    observation({}),
    'warning business-rule observation-performer Observation',
    observation({ performer: [{ display: 'x' }] }),
  ],
  [
    65,
    'an observation at no time',
    observation({}),
    'warning business-rule observation-effective Observation',
    observation({ effectiveDateTime: '2026' }),
  ],
  [
    66,
    'a Questionnaire that asks what it has not',
    questions({ linkId: '1', type: 'string', enableWhen: [{ question: '2', operator: 'exists', answerBoolean: true }] }),
    'error business-rule questionnaire-target-missing Questionnaire.item[0].enableWhen[0]',
    questions(
      { linkId: '2', type: 'string' },
      { linkId: '1', type: 'string', enableWhen: [{ question: '2', operator: 'exists', answerBoolean: true }] },
    ),
  ],
  [
    66,
    'a linkId twice (que-2)',
    questions({ linkId: '1', type: 'string' }, { linkId: '1', type: 'string' }),
    'error invariant que-2 Questionnaire',
    questions({ linkId: '1', type: 'string' }, { linkId: '2', type: 'string' }),
  ],
  [
    66,
    'an answer to no question',
    answered(questions(age), { linkId: 'size', answer: [{ valueInteger: 1 }] }),
    'error not-found response-link-unknown QuestionnaireResponse.item[0]',
    answered(questions(age), { linkId: 'age', answer: [{ valueInteger: 1 }] }),
  ],
  [
    66,
    'an answer of another type',
    answered(questions(age), { linkId: 'age', answer: [{ valueString: '1' }] }),
    'error structure response-answer-type QuestionnaireResponse.item[0].answer[0]',
    answered(questions(age), { linkId: 'age', answer: [{ valueInteger: 1 }] }),
  ],
  [
    66,
    'no answer where one is due',
    answered(questions(age, { linkId: 'b', type: 'boolean' }), { linkId: 'b', answer: [{ valueBoolean: true }] }),
    'error required response-required QuestionnaireResponse',
    answered(questions(age, { linkId: 'b', type: 'boolean' }), { linkId: 'age', answer: [{ valueInteger: 1 }] }),
  ],
  [
    66,
    'a MeasureReport without its score',
    reported({ code: { coding: [{ system: 'http://a.b', code: 'g' }] } }),
    'error business-rule measure-score-missing MeasureReport.group[0]',
    reported({ code: { coding: [{ system: 'http://a.b', code: 'g' }] }, measureScore: { value: 1 } }),
  ],
  [
    66,
    'a SearchParameter of an element that is not there',
    search({ expression: 'Patient.hat' }),
    'error value search-expression SearchParameter.expression',
    search({}),
  ],
  [
    66,
    'a StructureDefinition with a binding on a date (eld-11)',
    profile({ path: 'Patient.birthDate', binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/name-use' } }),
    'error invariant eld-11 StructureDefinition.differential.element[0]',
    profile({
      path: 'Patient.gender',
      binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
    }),
  ],
  [
    66,
    'a ValueSet of codes that are none',
    set({ system: 'http://hl7.org/fhir/administrative-gender', concept: [{ code: 'm' }] }),
    'error code-invalid coding-code-unknown ValueSet.compose.include[0].concept[0]',
    set({ system: 'http://hl7.org/fhir/administrative-gender', concept: [{ code: 'male' }] }),
  ],
  [
    66,
    'a CodeSystem with a property twice',
    system({
      property: [
        { code: 'a', type: 'string' },
        { code: 'a', type: 'string' },
      ],
    }),
    'error duplicate property-code-duplicate CodeSystem.property[1]',
    system({
      property: [
        { code: 'a', type: 'string' },
        { code: 'b', type: 'string' },
      ],
    }),
  ],
  [
    66,
    'a CodeSystem with a code twice (csd-1)',
    system({ concept: [{ code: 'a' }, { code: 'b', concept: [{ code: 'a' }] }] }),
    'error invariant csd-1 CodeSystem',
    system({ concept: [{ code: 'a' }, { code: 'b' }] }),
  ],
  [
    66,
    'a CodeSystem with concepts that it says are not present',
    system({ content: 'not-present', concept: [{ code: 'a' }] }),
    'error business-rule content-not-present CodeSystem.concept[0]',
    system({ content: 'not-present' }),
  ],
  [
    67,
    'a heart rate in another unit',
    vital({ valueQuantity: { value: 1, unit: 'Hz', system: 'http://unitsofmeasure.org', code: 'Hz' } }),
    'error value profile-fixed Observation.value.ofType(Quantity).code',
    vital({}),
  ],
  [
    67,
    'a heart rate of nobody',
    observation({ code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] } }),
    'error required element-missing Observation',
    observation({ code: { coding: [{ system: 'http://loinc.org', code: '8867-5' }] } }),
  ],
  [
    67,
    'a heart rate in a month',
    vital({ effectiveDateTime: '2026-01' }),
    'error invariant vs-1 Observation.effective.ofType(dateTime)',
    vital({ effectivePeriod: { start: '2026-01' } }),
  ],
]);
