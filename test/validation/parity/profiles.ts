/** Parity table, rows 10 and 60 to 64: what profiles ask for, by profiles made for the purpose. https://hl7.org/fhir/R4/profiling.html */
import type { JsonObject, JsonValue, Resource } from '../../../src/fhir/types.ts';
import { cases, claiming, observation, patient } from './case.ts';

const own = 'http://test.example/';
const base = 'http://hl7.org/fhir/StructureDefinition/';

function profile(name: string, type: string, element: readonly JsonObject[], rest: JsonObject = {}): Resource {
  return {
    resourceType: 'StructureDefinition',
    url: own + name,
    name,
    status: 'active',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: base + type,
    derivation: 'constraint',
    differential: { element },
    ...rest,
  };
}

const meters = (value: number): JsonObject => ({ value, system: 'http://unitsofmeasure.org', code: 'm' });
export const limitsProfile = `${own}limits`;
export const referencesProfile = `${own}references`;
export const bindingsProfile = `${own}bindings`;

const bySystem = (rules: string, ordered = false): JsonObject => ({
  discriminator: [{ type: 'value', path: 'system' }],
  rules,
  ordered,
});
const slice = (sliceName: string, system: string, rest: JsonObject = {}): readonly JsonObject[] => [
  { id: `Patient.identifier:${sliceName}`, path: 'Patient.identifier', sliceName, ...rest },
  { id: `Patient.identifier:${sliceName}.system`, path: 'Patient.identifier.system', min: 1, fixedUri: system },
];
const a = 'http://a.example';
const b = 'http://b.example';

/** What the cases of all files claim. */
export const definitionsMade: readonly Resource[] = [
  profile('limits', 'Observation', [
    { path: 'Observation.valueString', maxLength: 4 },
    { path: 'Observation.valueInteger', minValueInteger: 1, maxValueInteger: 10 },
    { path: 'Observation.valueQuantity', minValueQuantity: { ...meters(0.01) }, maxValueQuantity: meters(2) },
  ]),
  profile('references', 'Observation', [
    { path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [`${own}named`], aggregation: ['contained'] }] },
    { path: 'Observation.focus', type: [{ code: 'Reference', targetProfile: [`${own}named`] }] },
  ]),
  profile('bindings', 'Observation', [
    {
      path: 'Observation.code',
      binding: {
        strength: 'extensible',
        valueSet: 'http://hl7.org/fhir/ValueSet/name-use',
        extension: [
          { url: `${base}elementdefinition-maxValueSet`, valueCanonical: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
        ],
      },
    },
    {
      path: 'Observation.valueQuantity',
      binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/age-units' },
    },
    { path: 'Observation.method', binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/name-use' } },
  ]),
  profile('named', 'Patient', [
    { path: 'Patient.name', min: 1, max: '2' },
    { path: 'Patient.photo', max: '0' },
    { path: 'Patient.active', fixedBoolean: true },
    { path: 'Patient.maritalStatus', patternCodeableConcept: { text: 'x' } },
    { path: 'Patient.deceased[x]', type: [{ code: 'dateTime' }] },
    {
      path: 'Patient.contact',
      constraint: [
        { key: 'own-1', severity: 'error', human: 'Say the name.', expression: 'name.exists()' },
        { key: 'own-2', severity: 'warning', human: 'Say the number.', expression: 'telecom.exists()' },
      ],
    },
  ]),
  profile('closed', 'Patient', [
    { path: 'Patient.identifier', slicing: bySystem('closed') },
    ...slice('a', a, { min: 1, max: '1' }),
    ...slice('b', b, { max: '1' }),
  ]),
  profile('ordered', 'Patient', [
    { path: 'Patient.identifier', slicing: bySystem('open', true) },
    ...slice('a', a),
    ...slice('b', b),
  ]),
  profile('ended', 'Patient', [{ path: 'Patient.identifier', slicing: bySystem('openAtEnd') }, ...slice('a', a)]),
  profile('overlapping', 'Patient', [
    { path: 'Patient.identifier', slicing: { discriminator: [{ type: 'pattern', path: 'type' }], rules: 'open' } },
    { path: 'Patient.identifier', sliceName: 'a' },
    {
      id: 'Patient.identifier:a.type',
      path: 'Patient.identifier.type',
      min: 1,
      patternCodeableConcept: { coding: [{ system: a, code: 'x' }] },
    },
    { path: 'Patient.identifier', sliceName: 'b' },
    {
      id: 'Patient.identifier:b.type',
      path: 'Patient.identifier.type',
      min: 1,
      patternCodeableConcept: { coding: [{ system: b, code: 'x' }] },
    },
  ]),
  profile('again', 'Patient', [
    { path: 'Patient.identifier', slicing: bySystem('open') },
    ...slice('a', a),
    {
      id: 'Patient.identifier:a',
      path: 'Patient.identifier',
      slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' },
    },
    { id: 'Patient.identifier:a/old', path: 'Patient.identifier', sliceName: 'a/old', max: '1' },
    { id: 'Patient.identifier:a/old.use', path: 'Patient.identifier.use', min: 1, fixedCode: 'old' },
  ]),
  profile(
    'part',
    'Extension',
    [
      { path: 'Extension.url', fixedUri: `${own}part` },
      { path: 'Extension.value[x]', min: 1, type: [{ code: 'string' }] },
    ],
    { kind: 'complex-type', context: [{ type: 'element', expression: 'Patient.name' }] },
  ),
];

const named = (rest: JsonObject): JsonValue => claiming(`${own}named`, patient({ name: [{ text: 'x' }], active: true, ...rest }));
const sliced = (name: string, ...identifier: readonly JsonObject[]): JsonValue => claiming(own + name, patient({ identifier }));
const inA = { system: a, value: '1' };
const inB = { system: b, value: '1' };
const other = { system: 'http://c.example', value: '1' };
const typed = (...systems: readonly string[]): JsonObject => ({
  value: '1',
  type: { coding: systems.map((system) => ({ system, code: 'x' })) },
});

export const profileCases = cases([
  [
    10,
    'more than the most',
    named({ name: [{ text: 'x' }, { text: 'y' }, { text: 'z' }] }),
    'error structure too-many Patient',
    named({ name: [{ text: 'x' }, { text: 'y' }] }),
  ],
  [
    10,
    'two where base R4 has one',
    observation({ status: ['final', 'final'] }),
    'error structure single-expected Observation.status',
    observation({}),
  ],
  [
    60,
    'a profile that is not known',
    claiming('http://a.example/none', patient({})),
    'warning not-found profile-unknown Patient.meta.profile[0]',
    claiming(`${own}ended`, patient({})),
  ],
  [
    60,
    'a profile of another type',
    claiming(`${own}limits`, patient({})),
    'error structure profile-type Patient',
    claiming(`${own}limits`, observation({})),
  ],
  [
    60,
    'what a claimed profile asks for',
    claiming(`${own}named`, patient({ active: true })),
    'error required element-missing Patient',
    patient({}),
  ],
  [
    61,
    'another value than is fixed',
    named({ active: false }),
    'error value profile-fixed Patient.active',
    named({ active: true }),
  ],
  [
    61,
    'another value than the pattern',
    named({ maritalStatus: { text: 'y' } }),
    'error value profile-pattern Patient.maritalStatus',
    named({ maritalStatus: { text: 'x', id: 'a' } }),
  ],
  [
    62,
    'none of the slices',
    sliced('closed', inA, other),
    'error structure slice-closed Patient.identifier[1]',
    sliced('closed', inA, inB),
  ],
  [62, 'too few of a slice', sliced('closed', inB), 'error required slice-too-few Patient', sliced('closed', inA)],
  [
    62,
    'too many of a slice',
    sliced('closed', inA, inB, inB),
    'error structure slice-too-many Patient',
    sliced('closed', inA, inB),
  ],
  [
    62,
    'slices in another order',
    sliced('ordered', inB, inA),
    'error structure slice-order Patient.identifier[1]',
    sliced('ordered', inA, inB),
  ],
  [
    62,
    'no slice before one',
    sliced('ended', other, inA),
    'error structure slice-open-at-end Patient.identifier[1]',
    sliced('ended', inA, other),
  ],
  [
    62,
    'two slices at once',
    sliced('overlapping', typed(a, b)),
    'error structure slice-ambiguous Patient.identifier[0]',
    sliced('overlapping', typed(a), typed(b)),
  ],
  [
    62,
    'too many of a slice of a slice',
    sliced('again', { ...inA, use: 'old' }, { ...inA, use: 'old' }),
    'error structure slice-too-many Patient',
    sliced('again', { ...inA, use: 'old' }, { ...inB, use: 'old' }),
  ],
  [
    62,
    'none of the slices of a slice',
    sliced('again', { ...inA, use: 'usual' }),
    'error structure slice-closed Patient.identifier[0]',
    sliced('again', { ...inB, use: 'usual' }),
  ],
  [
    63,
    'a type that the profile takes away',
    named({ deceasedBoolean: true }),
    'error structure profile-type-narrowed Patient.deceased.ofType(boolean)',
    named({ deceasedDateTime: '2020' }),
  ],
  [
    63,
    'an element that must not be there',
    named({ photo: [{ url: 'http://a.example/b' }] }),
    'error structure element-prohibited Patient',
    named({}),
  ],
  [
    64,
    'an invariant of R4',
    observation({ valueString: 'x', dataAbsentReason: { text: 'x' } }),
    'error invariant obs-6 Observation',
    observation({ dataAbsentReason: { text: 'x' } }),
  ],
  [
    64,
    'an invariant of a datatype',
    patient({ address: [{ period: { start: '2026-02', end: '2026-01' } }] }),
    'error invariant per-1 Patient.address[0].period',
    patient({ address: [{ period: { start: '2026-02', end: '2026-02' } }] }),
  ],
  [
    64,
    'an invariant of a profile',
    named({ contact: [{ telecom: [{ system: 'phone', value: '1' }] }] }),
    'error invariant own-1 Patient.contact[0]',
    named({ contact: [{ name: { text: 'x' }, telecom: [{ system: 'phone', value: '1' }] }] }),
  ],
  [
    64,
    'an invariant that is a warning',
    named({ contact: [{ name: { text: 'x' } }] }),
    'warning invariant own-2 Patient.contact[0]',
    named({ contact: [{ name: { text: 'x' }, telecom: [{ system: 'phone', value: '1' }] }] }),
  ],
]);
