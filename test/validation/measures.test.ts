/** https://hl7.org/fhir/R4/measure.html and https://hl7.org/fhir/R4/measurereport.html: reports that fit the measure they report on. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';

const coded = (system: string, code: string): JsonObject => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});
const population = (code: string, rest: JsonObject = { count: 1 }): JsonObject => ({
  code: coded('measure-population', code),
  ...rest,
});
const asked = (code: string): JsonObject => population(code, { criteria: { language: 'text/cql', expression: 'x' } });

const measure = (scoring: string, group: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  resourceType: 'Measure',
  id: 'm',
  status: 'active',
  scoring: coded('measure-scoring', scoring),
  group,
  ...rest,
});
const cohort = measure('cohort', [{ population: [asked('initial-population')] }]);
const proportion = measure('proportion', [{ population: [asked('numerator'), asked('denominator')] }]);

const about = (contained: JsonObject, group: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  resourceType: 'MeasureReport',
  status: 'complete',
  type: 'summary',
  period: { start: '2026-01-01', end: '2026-03-31' },
  measure: '#m',
  contained: [contained],
  group,
  ...rest,
});

const cql = (text: string): JsonObject => ({
  resourceType: 'Library',
  id: 'Lib',
  status: 'active',
  type: coded('library-type', 'logic-library'),
  content: [{ contentType: 'text/cql', data: Buffer.from(text).toString('base64') }],
});
const withLibrary = (expression: string, language = 'text/cql'): JsonObject => ({
  ...measure('cohort', [{ population: [population('initial-population', { criteria: { language, expression } })] }]),
  contained: [cql('library Lib\ndefine "Is Adult": true\ndefine function Twice(x Integer): 2 * x')],
  library: ['#Lib'],
});

const rows: readonly (readonly [sentence: string, resource: JsonObject, ...said: string[]])[] = [
  ['a report that fits', about(cohort, [{ population: [population('initial-population')] }])],
  [
    'a population that the measure has not',
    about(cohort, [{ population: [population('initial-population'), population('numerator')] }]),
    'error measure-part-unknown MeasureReport.group[0].population[1]',
  ],
  [
    'a population twice',
    about(cohort, [{ population: [population('initial-population'), population('initial-population')] }]),
    'error measure-part-twice MeasureReport.group[0].population[1]',
  ],
  [
    'a population left out',
    about(proportion, [{ population: [population('numerator')], measureScore: { value: 1 } }]),
    'error measure-part-missing MeasureReport.group[0]',
  ],
  [
    'a population left out, as long as there is still time',
    about(proportion, [{ population: [population('numerator')], measureScore: { value: 1 } }], { status: 'pending' }),
    'warning measure-part-missing MeasureReport.group[0]',
  ],
  [
    'a score of a cohort',
    about(cohort, [{ population: [population('initial-population')], measureScore: { value: 1 } }]),
    'error measure-score-prohibited MeasureReport.group[0]',
  ],
  [
    'a proportion without score',
    about(proportion, [{ population: [population('numerator'), population('denominator')] }]),
    'error measure-score-missing MeasureReport.group[0]',
  ],
  [
    'subjects in a summary',
    about(cohort, [{ population: [population('initial-population', { count: 1, subjectResults: { display: 'x' } })] }]),
    'error measure-subjects MeasureReport.group[0].population[0]',
  ],
  [
    'a population without count',
    about(cohort, [{ population: [population('initial-population', {})] }]),
    'warning measure-count-missing MeasureReport.group[0].population[0]',
  ],
  [
    'a measure that is not at hand',
    { ...about(cohort, []), contained: [], group: [{ id: 'g', measureScore: { value: 1 } }], measure: 'http://a.b/Measure/m' },
    'error array-empty MeasureReport.contained',
    'information measure-unknown MeasureReport',
  ],
  [
    'several groups without code',
    measure('cohort', [{ description: 'a' }, { description: 'b' }]),
    'warning measure-group-code Measure.group[0]',
    'warning measure-group-code Measure.group[1]',
  ],
  ['criteria that the library defines', withLibrary('"Is Adult"')],
  ['criteria that name the library too', withLibrary('#Lib.Twice'.slice(1))],
  [
    'criteria that the library does not define',
    withLibrary('Lib.Thrice'),
    'error measure-definition Measure.group[0].population[0].criteria',
  ],
  [
    'criteria that are no FHIRPath',
    withLibrary('Patient.(', 'text/fhirpath'),
    'error expression-form Measure.group[0].population[0].criteria',
  ],
];

describe('measurereport.html', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator();
  });

  for (const [sentence, resource, ...said] of rows) {
    it(`${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      expect(saidOf(validator, resource).filter((one) => !one.includes('binding-not-checked'))).to.deep.equal(said);
    });
  }
});
