/** HL7's own examples are valid, but for the few below. https://hl7.org/fhir/R4/downloads.html */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import type { Resource } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { definitionFaults, faults } from '../support/example-faults.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

/** Definitions, and bundles and guides of them. */
const definitional =
  /^(StructureDefinition|ValueSet|CodeSystem|SearchParameter|OperationDefinition|CompartmentDefinition|ConceptMap|CapabilityStatement|NamingSystem|ImplementationGuide|package|ig-r4|Bundle-(dataelements|extensions|profiles-|resources|types|v2-|v3-|valueset|search|concept))/;

const definition =
  /^(StructureDefinition|ValueSet|CodeSystem|SearchParameter|OperationDefinition|CompartmentDefinition|ConceptMap|CapabilityStatement|NamingSystem|ImplementationGuide)-/;

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

function exampleFiles(): readonly string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.json') && !file.startsWith('.') && !definitional.test(file));
}

function read(file: string): Resource {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource; // The package holds resources.
}

describe('HL7 examples', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator();
  });

  it('are valid, but for the faults listed', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const file of exampleFiles()) {
      const name = file.replace('.json', '');
      const said = new Set(errorsOf(validator, read(file)).map((error) => error.split(' ')[0]));
      const [expected] = faults[name] ?? [];
      if (expected === undefined ? said.size > 0 : !(said.size === 1 && said.has(expected)))
        wrong.push(`${name}: ${[...said].join(', ')}`);
      count += 1;
    }
    expect(count).to.be.greaterThan(690);
    expect(wrong).to.deep.equal([]);
  });

  it('are valid where they are definitions, but for the faults listed', function () {
    this.timeout(60_000);
    const wrong: string[] = [];
    let count = 0;
    for (const file of readdirSync(folder).filter((name) => definition.test(name))) {
      count += 1;
      for (const error of errorsOf(validator, read(file))) {
        const [id = ''] = error.split(' ');
        if (!definitionFaults.some(([fault, files]) => fault === id && files.test(file))) wrong.push(`${file}: ${error}`);
      }
    }
    expect(count).to.be.greaterThan(4500);
    expect(wrong).to.deep.equal([]);
  });

  it('compile: every type of R4 has a check, with every invariant', () => {
    const definitions = openDefinitions();
    for (const type of definitions.resourceTypes) {
      expect(errorsOf(validator, { resourceType: type, 'no-such-property': 1 }).join(), type).to.contain('property-unknown');
    }
  });
});
