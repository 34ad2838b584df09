/** ajv on schemas from the same definitions agrees with the generated functions on structure, for HL7's examples and for mutants of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import { isError, openTestValidator } from '../support/validation.ts';
import { jsonSchemas } from './json-schema.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/** The types judged: compiling ajv's schemas of all 146 would take longer than all other tests. */
const types =
  'Patient Observation MedicationRequest Immunization Coverage DocumentReference Encounter Questionnaire Composition Claim'.split(
    ' ',
  );

/** What the schemas speak of; codes, texts and invariants they leave to others. */
const structural = new Set(
  (
    'property-unknown property-unknown-similar property-unnamed choice-type choice-twice element-missing element-missing-choice too-many ' +
    'object-expected array-expected single-expected text-expected number-expected boolean-expected null-value null-item object-empty ' +
    'array-empty text-empty integer-form'
  ).split(' '),
);

/** A resource with one thing wrong, or at least changed, at each of its top-level members. */
function mutants(resource: JsonObject): readonly JsonObject[] {
  return Object.keys(resource).flatMap((name) => {
    if (name === 'resourceType' || name === 'contained') return [];
    const { [name]: value, ...rest } = resource;
    return [
      rest,
      { ...resource, [name]: null },
      { ...resource, [name]: [] },
      { ...resource, [name]: 1 },
      { ...rest, [`${name}x`]: value ?? null },
      wrap(resource, name),
    ];
  });
}

function wrap(resource: JsonObject, name: string): JsonObject {
  const value = resource[name] as JsonValue;
  return { ...resource, [name]: Array.isArray(value) ? (value[0] as JsonValue) : [value] };
}

describe('ajv and the generated functions', function () {
  this.timeout(60_000);

  it('agree on the structure of examples and mutants', () => {
    const definitions = openDefinitions();
    const validator = openTestValidator();
    const ajv = new Ajv2020({ strict: false, inlineRefs: false, validateSchema: false, allErrors: false });
    const complex =
      'Element Extension Meta Narrative Identifier HumanName ContactPoint Address CodeableConcept Coding Quantity Period Range Ratio Reference Attachment Annotation Timing Age Count Distance Duration Money Signature SampledData ContactDetail Contributor DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition UsageContext Dosage';
    for (const schema of jsonSchemas(definitions, [...complex.split(' '), ...types])) ajv.addSchema(schema);
    const differing: string[] = [];
    let judged = 0;
    for (const file of readdirSync(folder).filter((name) => types.some((type) => name.startsWith(`${type}-`)))) {
      const example = JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject; // The package holds resources.
      for (const [at, resource] of [example, ...mutants(example)].entries()) {
        if (!isJsonObject(resource)) continue;
        const ours = !validator
          .validate(resource)
          .some((issue) => isError(issue) && structural.has(issue.id ?? '') && !issue.expression?.includes('contained'));
        const theirs = ajv.getSchema(String(example['resourceType']))?.(resource) === true;
        judged += 1;
        if (ours !== theirs) differing.push(`${file} #${at}: ours ${ours}, ajv ${theirs}`);
      }
    }
    expect(judged).to.be.greaterThan(1000);
    expect(differing).to.deep.equal([]);
  });
});
