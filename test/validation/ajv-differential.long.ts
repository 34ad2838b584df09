/** ajv on schemas from the same definitions agrees with the generated functions on the structure of every example of R4. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { compareWithAjv } from './ajv-agreement.ts';

describe('ajv and the generated functions, on every example', function () {
  this.timeout(600_000);

  it('agree on their structure, and on that of mutants of those under 8 KB', () => {
    const definitions = openDefinitions();
    const { judged, differing } = compareWithAjv(definitions, [...definitions.resourceTypes], 8_000);
    console.log(`      ${judged} resources and mutants judged by both`);
    expect(judged).to.be.greaterThan(20_000);
    expect(differing).to.deep.equal([]);
  });
});
