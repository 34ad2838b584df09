/** HL7's own examples are valid, but for the few below. https://hl7.org/fhir/R4/downloads.html */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import type { Resource } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

/** Faults that HL7 published, each looked at: what is said, and why it is right to say so. */
const faults: Readonly<Record<string, readonly [said: string, why: string]>> = {
  'ActivityDefinition-blood-tubes-supply': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'ActivityDefinition-heart-valve-replacement': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'EventDefinition-example': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'Questionnaire-zika-virus-exposure-assessment': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'Basic-referral': ['modifier-extension-unknown', 'its modifier extensions are defined nowhere: it shows how not to do it'],
  'Bundle-10bb101f-a121-4264-a920-67be9cb82c74': ['bundle-full-url-mismatch', 'the fullUrl says pat12, the resource pat2'],
  'Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe': ['bundle-full-url-mismatch', 'the fullUrl says pat12, the resource pat2'],
  'Bundle-hla-1': ['extension-part-unknown', 'a part named uri of an extension that has url and text'],
  'Bundle-lri-example': ['bundle-full-url-mismatch', 'the fullUrls say lri-growth1 and the like, the resources growth1'],
  'DeviceMetric-example': ['reference-target', 'parent is a DeviceDefinition, Device is wanted'],
  'DeviceUseStatement-example': ['reference-target', 'the reason is a Procedure, which is not among the targets'],
  'List-example-double-cousin-relationship': ['code-outside-maximum', 'an age of 74 barns: the code "b" for the unit "yr"'],
  'MedicationRequest-medrx0301': ['reference-target', 'the dispenser is a Practitioner, Organization is wanted'],
  'Observation-clinical-gender': ['reference-target', 'the performer is an Encounter'],
  'Organization-2.16.840.1.113883.19.5': ['identifier-uri-value', 'an OID without urn:oid: under urn:ietf:rfc:3986'],
  'PlanDefinition-example-cardiology-os': [
    'canonical-contained-missing',
    'an action names an ActivityDefinition that is not contained',
  ],
  'Questionnaire-qs1': ['element-missing', 'items without linkId'],
  'TerminologyCapabilities-example': ['uuid-form', 'a urn:uuid in upper case'],
};

/** Definitions, and bundles and guides of them. */
const definitional =
  /^(StructureDefinition|ValueSet|CodeSystem|SearchParameter|OperationDefinition|CompartmentDefinition|ConceptMap|CapabilityStatement|NamingSystem|ImplementationGuide|package|ig-r4|Bundle-(dataelements|extensions|profiles-|resources|types|v2-|v3-|valueset|search|concept))/;

const definition =
  /^(StructureDefinition|ValueSet|CodeSystem|SearchParameter|OperationDefinition|CompartmentDefinition|ConceptMap|CapabilityStatement|NamingSystem|ImplementationGuide)-/;

/** Faults of published definitions: what is said, of which files, and why it is right to say so. */
const definitionFaults: readonly (readonly [said: string, files: RegExp, why: string])[] = [
  [
    'xhtml-fragment',
    /^(CodeSystem|ValueSet)-v3-/,
    'their narratives link to anchors that the generated pages had and the resources have not',
  ],
  ['element-missing', /^SearchParameter-.*-extensions-/, 'they have no base'],
  ['element-missing', /^ImplementationGuide-/, 'they have no name'],
  ['sdf-4', /^StructureDefinition-(Definition|Event|FiveWs|Request)\.json/, 'patterns that are neither abstract nor have a base'],
  ['property-uri-duplicate', /^CodeSystem-snomedct/, 'several properties share a placeholder for a URI'],
  ['property-code-duplicate', /^CodeSystem-snomedct/, 'the property Laterality is defined twice'],
  ['uuid-form', /^CapabilityStatement-example\.json/, 'a urn:uuid in upper case'],
  ['id-too-long', /^SearchParameter-questionnaireresponse-extensions-/, 'an id of 67 characters'],
  ['identifier-uri-value', /^StructureDefinition-/, 'an example identifier under urn:ietf:rfc:3986 that is no URI'],
  ['coding-system-absolute', /^ValueSet-example-hierarchical/, 'a code system by a relative URL'],
  [
    'canonical-type',
    /^StructureDefinition-ExplanationOfBenefit\.json/,
    'a binding names a code system in the place of a value set',
  ],
  [
    'search-expression-type',
    /^SearchParameter-example-extension/,
    'its base is Patient, its expression begins at DocumentReference',
  ],
];

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
