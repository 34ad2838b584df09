/** https://hl7.org/fhir/R4/questionnaire.html and https://hl7.org/fhir/R4/questionnaireresponse.html: questions, and answers that fit them. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { processorMs } from '../support/processor-time.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';

const questions = (...item: readonly JsonObject[]): JsonObject => ({
  resourceType: 'Questionnaire',
  id: 'q',
  status: 'active',
  item,
});
const ask = (linkId: string, type: string, rest: JsonObject = {}): JsonObject => ({ linkId, type, ...rest });
const say = (linkId: string, ...answer: readonly JsonObject[]): JsonObject => ({
  linkId,
  ...(answer.length > 0 ? { answer } : {}),
});
const when = (question: string, operator: string, answer: JsonObject): JsonObject => ({
  enableWhen: [{ question, operator, ...answer }],
});

const asked = questions(
  ask('smoker', 'boolean', { required: true }),
  ask('cigarettes', 'integer', { required: true, ...when('smoker', '=', { answerBoolean: true }) }),
  ask('home', 'group', {
    repeats: true,
    item: [
      ask('people', 'integer', { text: 'How many?' }),
      ask('alone', 'display', when('people', '<=', { answerInteger: 1 })),
      ask('pets', 'choice', {
        repeats: true,
        ...when('people', 'exists', { answerBoolean: true }),
        answerOption: [{ valueCoding: { code: 'cat', display: 'A cat' } }, { valueCoding: { code: 'dog' } }],
      }),
    ],
  }),
  ask('name', 'string', { maxLength: 5 }),
  ask('gender', 'choice', { answerValueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' }),
  ask('code', 'choice', { answerValueSet: 'http://a.b/ValueSet/codes' }),
  ask('free', 'open-choice', { answerOption: [{ valueString: 'a' }] }),
);

const response = (item: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: '#q',
  contained: [asked],
  item,
  ...rest,
});

const no = say('smoker', { valueBoolean: false });
const home = (...item: readonly JsonObject[]): JsonObject => ({ linkId: 'home', item });

const rows: readonly (readonly [sentence: string, resource: JsonObject, ...said: string[]])[] = [
  ['answers that fit', response([no, home(say('people', { valueInteger: 2 }), say('pets', { valueCoding: { code: 'dog' } }))])],
  [
    'a question that is not there',
    response([no, say('shoes', { valueInteger: 42 })]),
    'error response-link-unknown QuestionnaireResponse.item[1]',
  ],
  [
    'an item in another place',
    response([no, say('people', { valueInteger: 2 })]),
    'error response-misplaced QuestionnaireResponse.item[1]',
  ],
  [
    'items in another order',
    response([say('name', { valueString: 'x' }), no]),
    'error response-order QuestionnaireResponse.item[1]',
  ],
  [
    'a required answer that is missing',
    response([]),
    'error array-empty QuestionnaireResponse.item',
    'error response-required QuestionnaireResponse',
  ],
  [
    'a required answer, as long as there is still time',
    response([home(say('people', { valueInteger: 1 }))], { status: 'in-progress' }),
    'warning response-required QuestionnaireResponse',
  ],
  [
    'what another answer makes required',
    response([say('smoker', { valueBoolean: true })]),
    'error response-required QuestionnaireResponse',
  ],
  [
    'an answer that no other answer enables',
    response([no, say('cigarettes', { valueInteger: 3 })]),
    'error response-disabled QuestionnaireResponse.item[1]',
  ],
  [
    'conditions look at the nearest answers',
    response([no, home(say('people', { valueInteger: 2 })), home(say('pets', { valueCoding: { code: 'cat' } }))]),
  ],
  [
    'two answers where one is taken',
    response([no, say('name', { valueString: 'a' }, { valueString: 'b' })]),
    'error response-repeats QuestionnaireResponse.item[1]',
  ],
  [
    'an answer of another type',
    response([say('smoker', { valueString: 'no' })]),
    'error response-answer-type QuestionnaireResponse.item[0].answer[0]',
  ],
  [
    'an answer that is no option',
    response([no, home(say('people', { valueInteger: 2 }), say('pets', { valueCoding: { code: 'cow' } }))]),
    'error response-option QuestionnaireResponse.item[1].item[1].answer[0]',
  ],
  [
    'the display of an option in place of its code',
    response([no, home(say('people', { valueInteger: 2 }), say('pets', { valueString: 'A cat' }))]),
    'warning response-option-text QuestionnaireResponse.item[1].item[1].answer[0]',
  ],
  ['a text in an open choice', response([no, say('free', { valueString: 'b' })])],
  [
    'a code outside the value set of the question',
    response([no, say('gender', { valueCoding: { system: 'http://hl7.org/fhir/administrative-gender', code: 'm' } })]),
    'error coding-code-unknown QuestionnaireResponse.item[1].answer[0].value.ofType(Coding)',
    'error response-option QuestionnaireResponse.item[1].answer[0]',
  ],
  [
    'a text longer than allowed',
    response([no, say('name', { valueString: 'abcdef' })]),
    'error text-too-long QuestionnaireResponse.item[1].answer[0]',
  ],
  [
    'an answer to a group',
    response([no, { ...say('home', { valueInteger: 1 }) }]),
    'error response-group-answer QuestionnaireResponse.item[1]',
  ],
  [
    'another text than that of the question',
    response([no, home({ ...say('people', { valueInteger: 2 }), text: 'How much?' })]),
    'error response-text QuestionnaireResponse.item[1].item[0]',
  ],
  [
    'a value set that is not at hand',
    response([no, say('code', { valueCoding: { code: 'x' } })]),
    'information binding-not-checked QuestionnaireResponse.item[1].answer[0]',
  ],
  [
    'a questionnaire that is not at hand',
    { resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire: 'http://a.b/Questionnaire/q' },
    'information questionnaire-unknown QuestionnaireResponse',
  ],
  [
    'no questionnaire at all',
    { resourceType: 'QuestionnaireResponse', status: 'completed' },
    'information questionnaire-not-named QuestionnaireResponse',
  ],
  [
    'a condition on a question that is not there',
    questions(ask('a', 'string', when('b', 'exists', { answerBoolean: true }))),
    'error questionnaire-target-missing Questionnaire.item[0].enableWhen[0]',
  ],
  [
    'a condition on the question itself',
    questions(ask('a', 'string', when('a', 'exists', { answerBoolean: true }))),
    'error questionnaire-target-itself Questionnaire.item[0].enableWhen[0]',
  ],
  [
    'a condition on a later question',
    questions(ask('a', 'string', when('b', 'exists', { answerBoolean: true })), ask('b', 'string')),
    'warning questionnaire-target-later Questionnaire.item[0].enableWhen[0]',
  ],
];

describe('questionnaireresponse.html', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator();
  });

  for (const [sentence, resource, ...said] of rows) {
    it(`${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      const systems = new Set(['coding-system-missing']);
      expect(saidOf(validator, resource).filter((one) => !systems.has(one.split(' ')[1] ?? ''))).to.deep.equal(said);
    });
  }

  it('takes bounded time, whatever refers to what', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `${at}`);
    const item = many.map((linkId, at) =>
      ask(linkId, 'boolean', when(`${(at + 1) % many.length}`, '=', { answerBoolean: true })),
    );
    const answers = many.map((linkId) => say(linkId, { valueBoolean: true }));
    const start = processorMs();
    const resource = { ...response(answers), contained: [questions(...item)] };
    expect(saidOf(validator, resource).filter((one) => one.startsWith('error'))).to.deep.equal([]);
    expect(processorMs() - start).to.be.lessThan(4000);
  });
});
