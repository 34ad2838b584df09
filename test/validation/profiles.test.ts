/** https://hl7.org/fhir/R4/profiling.html: what profiles add, on profiles made for the purpose and on R4's own. */
import { expect } from 'chai';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import type { JsonObject, JsonValue, Resource } from '../../src/fhir/types.ts';
import { readServerRules } from '../../src/validation/server-rules.ts';
import { openValidator, type Validator } from '../../src/validation/validate.ts';
import { isError, openTestValidator, saidOf } from '../support/validation.ts';

const base = 'http://hl7.org/fhir/StructureDefinition/';
const own = 'http://test.example/';

interface Made {
  readonly name: string;
  readonly type: string;
  readonly elements: readonly JsonObject[];
  readonly on?: string;
}

function profile({ name, type, elements, on }: Made): Resource {
  return {
    resourceType: 'StructureDefinition',
    url: own + name,
    name,
    status: 'active',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: on ?? base + type,
    derivation: 'constraint',
    differential: { element: elements },
  };
}

let definitions: Definitions;

/** A validator that knows some profiles besides R4's. */
function validatorOf(...profiles: readonly Resource[]): Validator {
  const byUrl = new Map(profiles.map((one) => [one['url'], one]));
  const known: Definitions = {
    ...definitions,
    conformance: (canonical) => byUrl.get(canonical.split('|')[0]) ?? definitions.conformance(canonical),
    conformanceResources: (type) => (type === 'StructureDefinition' ? profiles : []),
  };
  return openValidator(known, {
    mode: 'fse',
    timeZone: 'Europe/Rome',
    rules: { impose: [], values: [], pairs: [] },
    now: () => Date.parse('2026-11-23T12:00:00Z'),
  });
}

const element = (path: string, rest: JsonObject): JsonObject => ({ path, ...rest });
const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });
const cf = { system: 'urn:oid:1.2.3', value: 'x' };
const other = { system: 'urn:oid:1.2.4', value: 'y' };

const sliced = (slicing: JsonObject, slice: JsonObject = {}, more: readonly JsonObject[] = []): readonly JsonObject[] => [
  element('Patient.identifier', { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open', ...slicing } }),
  element('Patient.identifier', { sliceName: 'cf', ...slice }),
  element('Patient.identifier.system', { min: 1, fixedUri: 'urn:oid:1.2.3' }),
  ...more,
];

const rows: readonly (readonly [sentence: string, elements: readonly JsonObject[], resource: JsonObject, ...said: string[]])[] = [
  ['min', [element('Patient.name', { min: 1 })], {}, 'error element-missing Patient'],
  ['min of two', [element('Patient.name', { min: 2 })], { name: [{ text: 'x' }] }, 'error too-few Patient'],
  ['max', [element('Patient.name', { max: '1' })], { name: [{ text: 'x' }, { text: 'y' }] }, 'error too-many Patient'],
  [
    'a slice that an id names at the owner of the extension',
    [
      element('Patient.birthDate.extension', {
        id: 'Patient.birthDate:reason',
        min: 1,
        type: [{ code: 'Extension', profile: [`${base}data-absent-reason`] }],
      }),
    ],
    { birthDate: '1980-01-01' },
    'error slice-too-few Patient.birthDate',
  ],
  ['max 0', [element('Patient.photo', { max: '0' })], { photo: [{ url: 'http://a.b' }] }, 'error element-prohibited Patient'],
  [
    'min within each item',
    [element('Patient.name.family', { min: 1 })],
    { name: [{ text: 'x' }, { family: 'y' }] },
    'error element-missing Patient.name[0]',
  ],
  ['min within nothing', [element('Patient.name.family', { min: 1 })], {}],
  ['fixed', [element('Patient.active', { fixedBoolean: true })], { active: false }, 'error profile-fixed Patient.active'],
  [
    'fixed is exact',
    [element('Patient.maritalStatus', { fixedCodeableConcept: { text: 'x' } })],
    { maritalStatus: { text: 'x', id: 'a' } },
    'error profile-fixed Patient.maritalStatus',
  ],
  [
    'pattern',
    [element('Patient.maritalStatus', { patternCodeableConcept: { text: 'x' } })],
    { maritalStatus: { text: 'y' } },
    'error profile-pattern Patient.maritalStatus',
  ],
  [
    'pattern is a minimum',
    [element('Patient.maritalStatus', { patternCodeableConcept: { text: 'x' } })],
    { maritalStatus: { text: 'x', id: 'a' } },
  ],
  [
    'types of a choice',
    [element('Patient.deceased[x]', { type: [{ code: 'boolean' }] })],
    { deceasedDateTime: '2020' },
    'error profile-type-narrowed Patient.deceased.ofType(dateTime)',
  ],
  [
    'a choice by its JSON name',
    [element('Patient.deceasedBoolean', { fixedBoolean: false })],
    { deceasedBoolean: true },
    'error profile-fixed Patient.deceased.ofType(boolean)',
  ],
  [
    'a required binding',
    [element('Patient.gender', { binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/name-use' } })],
    { gender: 'male' },
    'error code-not-allowed Patient.gender',
  ],
  [
    'a constraint that is an error',
    [element('Patient', { constraint: [{ key: 'x-1', severity: 'error', human: 'Say a name.', expression: 'name.exists()' }] })],
    {},
    'error x-1 Patient',
  ],
  [
    'a constraint that is a warning',
    [
      element('Patient.contact', {
        constraint: [{ key: 'x-2', severity: 'warning', human: 'y', expression: 'telecom.exists()' }],
      }),
    ],
    { contact: [{ name: { text: 'x' } }] },
    'warning x-2 Patient.contact[0]',
  ],
  [
    'target types',
    [element('Patient.generalPractitioner', { type: [{ code: 'Reference', targetProfile: [`${base}Organization`] }] })],
    { generalPractitioner: [{ reference: 'Practitioner/1' }] },
    'error reference-target Patient.generalPractitioner[0]',
  ],
  [
    'maxLength',
    [element('Patient.name.family', { maxLength: 2 })],
    { name: [{ family: 'xyz' }] },
    'error text-too-long Patient.name[0].family',
  ],
  [
    'a least date',
    [element('Patient.birthDate', { minValueDate: '1900-01-01' })],
    { birthDate: '1899-12-31' },
    'error value-below Patient.birthDate',
  ],
  [
    'a least age, from now back',
    [element('Patient.birthDate', { minValueQuantity: { value: 100, system: 'http://unitsofmeasure.org', code: 'a' } })],
    { birthDate: '1926-01-01' },
    'error value-below Patient.birthDate',
  ],
  ['a slice that must be there', sliced({}, { min: 1 }), { identifier: [other] }, 'error slice-too-few Patient'],
  ['a slice that is there', sliced({}, { min: 1 }), { identifier: [other, cf] }],
  ['a slice that is there too often', sliced({}, { max: '1' }), { identifier: [cf, cf] }, 'error slice-too-many Patient'],
  ['a slice that must not be there', sliced({}, { max: '0' }), { identifier: [cf] }, 'error slice-prohibited Patient'],
  ['a closed slicing', sliced({ rules: 'closed' }), { identifier: [cf, other] }, 'error slice-closed Patient.identifier[1]'],
  [
    'a slicing open at its end',
    sliced({ rules: 'openAtEnd' }),
    { identifier: [other, cf] },
    'error slice-open-at-end Patient.identifier[1]',
  ],
  [
    'an ordered slicing',
    sliced({ ordered: true }, {}, [
      element('Patient.identifier', { sliceName: 'other' }),
      element('Patient.identifier.system', { id: 'Patient.identifier:other.system', fixedUri: 'urn:oid:1.2.4' }),
    ]),
    { identifier: [other, cf] },
    'error slice-order Patient.identifier[1]',
  ],
  [
    'what a slice says of its items only',
    sliced({}, {}, [element('Patient.identifier.period', { id: 'Patient.identifier:cf.period', min: 1 })]),
    { identifier: [other, cf] },
    'error element-missing Patient.identifier[1]',
  ],
  [
    'slicing by pattern of $this',
    [
      element('Patient.maritalStatus.coding', {
        slicing: { discriminator: [{ type: 'pattern', path: '$this' }], rules: 'open' },
      }),
      element('Patient.maritalStatus.coding', { sliceName: 'a', min: 1, patternCoding: { system: 'http://a.b', code: 'a' } }),
    ],
    { maritalStatus: { coding: [{ system: 'http://a.b', code: 'b' }] } },
    'warning code-extensible Patient.maritalStatus',
    'error slice-too-few Patient.maritalStatus',
  ],
  [
    'slicing by existence',
    [
      element('Patient.identifier', { slicing: { discriminator: [{ type: 'exists', path: 'period' }], rules: 'open' } }),
      element('Patient.identifier', { sliceName: 'dated', max: '1' }),
      element('Patient.identifier.period', { id: 'Patient.identifier:dated.period', min: 1 }),
    ],
    { identifier: [{ ...cf, period: { start: '2020' } }, { ...cf, period: { start: '2021' } }, cf] },
    'error slice-too-many Patient',
  ],
  [
    'slicing by the type of what is referred to',
    [
      element('Patient.generalPractitioner', {
        slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'open' },
      }),
      element('Patient.generalPractitioner', {
        sliceName: 'org',
        max: '0',
        type: [{ code: 'Reference', targetProfile: [`${base}Organization`] }],
      }),
    ],
    { generalPractitioner: [{ reference: 'Practitioner/1' }, { reference: 'Organization/1' }] },
    'error slice-prohibited Patient',
  ],
  [
    'an extension with its own definition',
    [
      element('Patient.extension', { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' } }),
      element('Patient.extension', {
        sliceName: 'birthPlace',
        min: 1,
        type: [{ code: 'Extension', profile: [`${base}patient-birthPlace`] }],
      }),
    ],
    {},
    'error slice-too-few Patient',
  ],
];

describe('profiling.html: profiles', () => {
  before(() => {
    definitions = openDefinitions();
  });

  for (const [sentence, elements, resource, ...said] of rows) {
    it(`${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      const validator = validatorOf(profile({ name: 'p', type: 'Patient', elements }));
      expect(saidOf(validator, patient({ ...resource, meta: { profile: [`${own}p`] } }))).to.deep.equal(said);
    });
  }

  it('speaks of the profile that is broken', () => {
    const validator = validatorOf(profile({ name: 'p', type: 'Patient', elements: [element('Patient.name', { min: 1 })] }));
    const issue = validator.validate(patient({}), { profiles: [`${own}p`] }).find(({ severity }) => severity === 'error');
    expect(issue).to.include({ source: 'profile', profile: `${own}p`, code: 'required' });
  });

  it('is laid upon the profile it builds on', () => {
    const first = profile({ name: 'first', type: 'Patient', elements: sliced({}, { max: '1' }) });
    const second = profile({
      name: 'second',
      type: 'Patient',
      on: `${own}first`,
      elements: [element('Patient.identifier', { id: 'Patient.identifier:cf', sliceName: 'cf', min: 1 })],
    });
    const validator = validatorOf(first, second);
    expect(saidOf(validator, patient({}), { profiles: [`${own}second`] })).to.deep.equal(['error slice-too-few Patient']);
    expect(saidOf(validator, patient({ identifier: [cf, cf] }), { profiles: [`${own}second`] })).to.deep.equal([
      'error slice-too-many Patient',
    ]);
    expect(saidOf(validator, patient({}), { profiles: [`${own}first`] })).to.deep.equal([]);
  });

  it('warns of a profile that is not known, where it is claimed', () => {
    expect(saidOf(validatorOf(), patient({ meta: { profile: ['http://a.b/none'] } }))).to.deep.equal([
      'warning profile-unknown Patient.meta.profile[0]',
    ]);
  });

  it('refuses a profile of another type', () => {
    const validator = validatorOf(profile({ name: 'p', type: 'Observation', elements: [] }));
    expect(saidOf(validator, patient({ meta: { profile: [`${own}p`] } }))).to.deep.equal(['error profile-type Patient']);
  });

  it('reaches resources in Bundles and contained ones', () => {
    const validator = validatorOf(profile({ name: 'p', type: 'Patient', elements: [element('Patient.name', { min: 1 })] }));
    const inner: JsonValue = patient({ id: 'a', meta: { profile: [`${own}p`] } });
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'http://a.b/Patient/a', resource: inner }] };
    expect(saidOf(validator, bundle)).to.deep.equal(['error element-missing Bundle.entry[0].resource']);
    const basic = { resourceType: 'Basic', code: { text: 'x' }, contained: [inner], subject: { reference: '#a' } };
    expect(saidOf(validator, basic)).to.deep.equal(['error element-missing Basic.contained[0]']);
  });

  const stops: readonly (readonly [why: string, elements: readonly JsonObject[], message: RegExp])[] = [
    [
      'an element that is not there',
      [element('Patient.hat', { min: 1 })],
      /constrains Patient\.hat, and there is no such element/,
    ],
    [
      'a slice that nothing tells apart',
      [
        element('Patient.identifier', { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } }),
        element('Patient.identifier', { sliceName: 'a' }),
      ],
      /slice Patient\.identifier:a can't be told from others/,
    ],
    [
      'a constraint that is no FHIRPath',
      [element('Patient', { constraint: [{ key: 'x', severity: 'error', human: 'x', expression: 'name.(' }] })],
      /rule x on Patient can't be compiled/,
    ],
    [
      'an id and a path that differ',
      [element('Patient.active', { id: 'Patient.gender', min: 1 })],
      /id Patient\.gender and path Patient\.active differ/,
    ],
    [
      'a discriminator outside its subset',
      [
        element('Patient.identifier', { slicing: { discriminator: [{ type: 'value', path: "where(a='b')" }], rules: 'open' } }),
        element('Patient.identifier', { sliceName: 'a' }),
      ],
      /not in the subset of FHIRPath/,
    ],
  ];
  for (const [why, elements, message] of stops) {
    it(`does not start with ${why}`, () => {
      expect(() => validatorOf(profile({ name: 'p', type: 'Patient', elements }))).to.throw(message);
    });
  }

  it('keeps code that is put into a definition from running', () => {
    const evil = "x']; globalThis.broken = true; //";
    expect(() =>
      validatorOf(profile({ name: 'p', type: 'Patient', elements: [element(`Patient.${evil}`, { min: 1 })] })),
    ).to.throw(/no such element/);
    const fixed = profile({ name: 'p', type: 'Patient', elements: [element('Patient.name.family', { fixedString: evil })] });
    expect(saidOf(validatorOf(fixed), patient({ name: [{ family: 'x' }] }), { profiles: [`${own}p`] })).to.deep.equal([
      'error profile-fixed Patient.name[0].family',
    ]);
    expect(globalThis).to.not.have.property('broken');
  });

  describe('R4’s own', () => {
    /** Those that R4 itself imposes. */
    const imposed = readServerRules().impose.filter((rule) => rule.profile.startsWith(base));
    let validator: Validator;
    before(() => {
      validator = openTestValidator({ mode: 'fse', rules: { impose: imposed, values: [], pairs: [] } });
    });
    const pressure = (...components: readonly JsonObject[]): JsonObject => ({
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
      subject: { reference: 'Patient/1' },
      effectiveDateTime: '2026-01-01',
      component: components,
    });
    const component = (code: string, unit = 'mm[Hg]'): JsonObject => ({
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value: 1, unit: 'x', system: 'http://unitsofmeasure.org', code: unit },
    });

    const errorsIn = (resource: JsonObject) => saidOf(validator, resource).filter((one) => one.startsWith('error'));

    it('vital signs are told by their LOINC code: a blood pressure has both values', () => {
      expect(errorsIn(pressure(component('8480-6'), component('8462-4')))).to.deep.equal([]);
      expect(errorsIn(pressure(component('8480-6'), component('8867-4')))).to.deep.equal(['error slice-too-few Observation']);
      expect(errorsIn(pressure(component('8480-6'), component('8462-4', 'kPa')))).to.deep.equal([
        'error profile-fixed Observation.component[1].value.ofType(Quantity).code',
      ]);
    });

    for (const { profile: canonical, coded } of readServerRules().impose) {
      if (coded === undefined) continue;
      it(`${canonical.replace(base, '')} is asked of ${coded.codes.join(' and ')}`, () => {
        const code = { coding: coded.codes.map((one) => ({ system: coded.system, code: one })) };
        const issues = validator.validate({ ...pressure(), code, category: [{ text: 'x' }] });
        expect(issues.filter((issue) => issue.profile === canonical && isError(issue))).to.not.deep.equal([]);
        const other = validator.validate({
          ...pressure(),
          code: { coding: [{ system: 'http://a.b', code: coded.codes[0] ?? '' }] },
        });
        expect(other.filter((issue) => issue.source === 'profile')).to.deep.equal([]);
      });
    }
  });
});
