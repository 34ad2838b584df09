/**
 * The parity table: for each check of the reference validator at least one resource that must fail it, with the severity that the table
 * gives, and one near to it of which the same must not be said. Row 26 is about interactions: `parity-rest.test.ts`.
 */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { FhirError, type Issue } from '../../src/fhir/outcome.ts';
import type { JsonValue } from '../../src/fhir/types.ts';
import { readServerRules } from '../../src/validation/server-rules.ts';
import { openValidator, type Validator } from '../../src/validation/validate.ts';
import { isError } from '../support/validation.ts';
import { bundleCases } from './parity/bundles.ts';
import { codeCases } from './parity/codes.ts';
import { elementCases } from './parity/elements.ts';
import { extensionCases } from './parity/extensions.ts';
import { jsonCases } from './parity/json.ts';
import { narrativeCases } from './parity/narratives.ts';
import { definitionsMade, profileCases } from './parity/profiles.ts';
import { referenceCases } from './parity/references.ts';
import { specialCases } from './parity/special.ts';
import { valueCases } from './parity/values.ts';

const all = [
  ...jsonCases,
  ...elementCases,
  ...valueCases,
  ...narrativeCases,
  ...codeCases,
  ...referenceCases,
  ...bundleCases,
  ...extensionCases,
  ...profileCases,
  ...specialCases,
].sort((left, right) => left.row - right.row);

const rowCount = 67;
const tested = 26;

describe('The parity table', () => {
  let validator: Validator;
  before(() => {
    const impose = readServerRules().impose.filter(({ profile }) => profile.startsWith('http://hl7.org/fhir/'));
    validator = openValidator(openDefinitions().including(definitionsMade), {
      mode: 'fse',
      timeZone: 'Europe/Rome',
      rules: { impose, values: [], pairs: [] },
      now: () => Date.parse('2026-11-23T12:00:00Z'),
    });
  });

  const issuesOf = (content: JsonValue): readonly Issue[] => {
    try {
      return validator.validate(typeof content === 'string' ? parseJson(content) : content);
    } catch (error) {
      if (error instanceof FhirError) return error.issues;
      throw error;
    }
  };
  const format = ({ severity, code, id = '-', expression = '-' }: Issue) => `${severity} ${code} ${id} ${expression}`;

  for (const { row, what, wrong, said, near } of all) {
    it(`row ${row}: ${what}: ${said}`, () => {
      expect(issuesOf(wrong).map(format)).to.include(said);
      const issues = issuesOf(near);
      expect(issues.filter(isError).map(format)).to.deep.equal([]);
      expect(issues.map(format)).to.not.include(said);
    });
  }

  it('has a case for each row', () => {
    const rows = new Set(all.map(({ row }) => row));
    const missing = Array.from({ length: rowCount }, (_, at) => at + 1).filter((row) => row !== tested && !rows.has(row));
    expect(missing).to.deep.equal([]);
  });
});
