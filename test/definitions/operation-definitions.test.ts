/** What the server offers, beside what the definitions say of it. https://hl7.org/fhir/R4/operationdefinition.html */
import { expect } from 'chai';
import type { Resource } from '../../src/fhir/types.ts';
import { operations } from '../../src/operations/index.ts';
import { openValidator } from '../../src/validation/validate.ts';
import { sharedDefinitions } from '../support/server.ts';

const definitions = sharedDefinitions();
const own = definitions.conformanceResources('OperationDefinition');

describe('the OperationDefinitions of this server', () => {
  const validator = openValidator(definitions, { mode: 'base', timeZone: 'Europe/Rome' });
  for (const resource of own) {
    it(`${resource['id']} is valid, and is offered`, () => {
      const errors = validator.validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
      expect(errors).to.deep.equal([]);
      expect(operations.some(({ definition }) => definition === resource['url'])).to.equal(true);
    });
  }
});

describe('the operations', () => {
  for (const { code, definition, levels, types, affectsState } of operations) {
    it(`$${code} on ${types?.join(', ') ?? 'every type'} (${levels.join(', ')}) is what ${definition} defines`, () => {
      const defined = definitions.conformance(definition) as Resource;
      expect(defined['code']).to.equal(code);
      for (const level of levels) expect(defined[level], level).to.equal(true);
      const resource = (defined['resource'] ?? []) as readonly string[];
      if (types !== undefined) expect(resource).to.include.members(types);
      else expect(resource).to.satisfy((named: readonly string[]) => named.length === 0 || named.includes('Resource'));
      if (defined['affectsState'] !== undefined) expect(defined['affectsState']).to.equal(affectsState);
    });
  }
});
