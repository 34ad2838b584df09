/** https://hl7.org/fhir/R4/json.html and https://hl7.org/fhir/R4/validation.html: what base R4 refuses, one row per rule. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';
import { negatives } from './base-cases.ts';
import { positives } from './base-positives.ts';

const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });

describe('validation.html: base R4', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator();
  });

  for (const [sentence, resource, ...said] of negatives) {
    it(`says of ${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      expect(saidOf(validator, resource)).to.deep.equal(said);
    });
  }

  for (const [sentence, resource] of positives) {
    it(`accepts ${sentence}`, () => {
      expect(saidOf(validator, resource)).to.deep.equal([]);
    });
  }

  it('says everything at once', () => {
    const said = saidOf(validator, patient({ gender: 'm', birthDate: 'x', hat: 1, name: {} }));
    expect(said).to.have.length(4);
  });

  it('puts the place of a Bundle entry before every expression', () => {
    expect(saidOf(validator, patient({ gender: 'm' }), { at: 'Bundle.entry[3].resource' })).to.deep.equal([
      'error code-not-allowed Bundle.entry[3].resource.gender',
    ]);
  });

  it('repeats codes and dates, never names or identifiers', () => {
    const texts = validator
      .validate(
        patient({ gender: 'Mario Rossi', birthDate: 'Mario Rossi', identifier: [{ system: 'x', value: 'RSSMRA80A01H501U' }] }),
      )
      .map(({ text }) => text)
      .join('\n');
    expect(texts).to.not.match(/Rossi|RSSMRA/);
    const codes = validator.validate(patient({ gender: 'activ' })).map(({ text }) => text);
    expect(codes.join()).to.contain('"activ" is not an allowed code for `gender`. Use male, female, other or unknown.');
  });

  it('warns of a missing narrative without blocking (dom-6)', () => {
    const issues = validator.validate(patient({}));
    expect(issues.map(({ severity, id, source }) => [severity, id, source])).to.deep.equal([['warning', 'dom-6', 'base']]);
  });

  it('answers in Italian when asked', () => {
    const [issue] = validator.validate(patient({ gender: 'm' }), { language: 'it' });
    expect(issue?.text).to.match(/non è un codice ammesso/);
  });
});
