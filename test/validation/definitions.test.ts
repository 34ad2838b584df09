/** https://hl7.org/fhir/R4/structuredefinition.html and https://hl7.org/fhir/R4/searchparameter.html: definitions that can be meant so. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';

const profile = (type: string, element: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  resourceType: 'StructureDefinition',
  url: 'http://test.example/p',
  name: 'P',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: core + type,
  derivation: 'constraint',
  differential: { element: element.map((one) => ({ id: one['path'] ?? '', ...one })) },
  ...rest,
});

const parameter = (base: readonly string[], expression: string, rest: JsonObject = {}): JsonObject => ({
  resourceType: 'SearchParameter',
  url: 'http://test.example/s',
  name: 'S',
  status: 'draft',
  description: 'x',
  code: 's',
  base,
  type: 'string',
  expression,
  ...rest,
});

const derivedFrom = 'http://hl7.org/fhir/SearchParameter/Organization-name';
const names = 'Organization.name | Organization.alias';

const rows: readonly (readonly [sentence: string, resource: JsonObject, ...said: string[]])[] = [
  ['a profile that narrows', profile('Patient', [{ path: 'Patient.name', min: 1, max: '3' }])],
  [
    'a binding of what has no codes (eld-11)',
    profile('Patient', [{ path: 'Patient.birthDate', binding: { strength: 'required', valueSet: 'http://a.b/v' } }]),
    'error eld-11 StructureDefinition.differential.element[0]',
  ],
  [
    'a min below that of R4',
    profile('Observation', [{ path: 'Observation.status', min: 0 }]),
    'error definition-broken StructureDefinition',
  ],
  [
    'a max above that of R4',
    profile('Patient', [{ path: 'Patient.gender', max: '2' }]),
    'error definition-broken StructureDefinition',
  ],
  [
    'a type that the element has not',
    profile('Patient', [{ path: 'Patient.deceased[x]', type: [{ code: 'Quantity' }] }]),
    'error definition-broken StructureDefinition',
  ],
  [
    'another value for what the profile beneath fixes',
    profile('Extension', [{ path: 'Extension.url', fixedUri: 'http://a.b' }], {
      kind: 'complex-type',
      baseDefinition: `${core}patient-birthPlace`,
      context: [{ type: 'element', expression: 'Patient' }],
    }),
    'error definition-broken StructureDefinition',
  ],
  [
    'an extension that may stand anywhere',
    profile('Extension', [{ path: 'Extension.url', fixedUri: 'http://test.example/p' }], {
      kind: 'complex-type',
      context: [{ type: 'element', expression: 'Element' }],
    }),
    'warning extension-context-any StructureDefinition.context[0]',
  ],
  ['a search parameter that can be', parameter(['Patient', 'Person'], 'Patient.name.family | Person.name.family')],
  ['a search parameter of all resources', parameter(['Resource'], 'Resource.id | Patient.id')],
  ['an expression for another type', parameter(['Patient'], names), 'error search-expression-type SearchParameter.expression'],
  [
    'a base without a part of the expression',
    parameter(['Patient', 'Person'], 'Patient.name.family'),
    'error search-expression-missing SearchParameter.expression',
  ],
  [
    'an element that the type has not',
    parameter(['Patient'], 'Patient.nmae'),
    'error search-expression SearchParameter.expression',
  ],
  ['a derived parameter', parameter(['Organization'], names, { derivedFrom })],
  [
    'a derived parameter of another type and expression',
    parameter(['Organization'], 'Organization.name', { derivedFrom, type: 'token' }),
    'error search-derived-type SearchParameter',
    'warning search-derived-expression SearchParameter',
  ],
  [
    'a derived parameter of another base',
    parameter(['Location'], 'Location.name', { derivedFrom }),
    'error search-derived-base SearchParameter',
    'warning search-derived-expression SearchParameter',
  ],
];

describe('structuredefinition.html, searchparameter.html', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator({ mode: 'fse' });
  });

  for (const [sentence, resource, ...said] of rows) {
    it(`${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      expect(saidOf(validator, resource)).to.deep.equal(said);
    });
  }
});
