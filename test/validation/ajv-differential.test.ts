/** ajv on schemas from the same definitions agrees with the generated functions on structure; on all types in `ajv-differential.long.ts`. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { compareWithAjv } from './ajv-agreement.ts';

/** The types judged: compiling ajv's schemas of all 146 would take longer than all other tests. */
const types =
  'Patient Observation MedicationRequest Immunization Coverage DocumentReference Encounter Questionnaire Composition Claim'.split(
    ' ',
  );

describe('ajv and the generated functions', function () {
  this.timeout(60_000);

  it('agree on the structure of examples and mutants', () => {
    const { judged, differing } = compareWithAjv(openDefinitions(), types);
    expect(judged).to.be.greaterThan(1000);
    expect(differing).to.deep.equal([]);
  });
});
