/** Rows for `base.test.ts`: resources of which base R4 says nothing, though it is tempting. */
import type { JsonObject } from '../../src/fhir/types.ts';

const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });
const observation = (rest: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...rest,
});

export const positives: readonly (readonly [sentence: string, resource: JsonObject])[] = [
  [
    'a primitive that has only an extension counts as there',
    patient({
      _birthDate: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] },
    }),
  ],
  [
    'null beside an extension',
    patient({
      name: [
        {
          given: ['A', null],
          _given: [
            null,
            { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] },
          ],
        },
      ],
    }),
  ],
  ['a leap second', observation({ effectiveInstant: '2016-12-31T23:59:60Z' })],
  ['29 February of a leap year', patient({ birthDate: '2000-02-29' })],
  ['an offset of fourteen hours', observation({ effectiveInstant: '2026-01-01T00:00:00.123+14:00' })],
  ['a reference by urn:uuid', observation({ subject: { reference: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' } })],
  [
    'a contained resource that is used',
    observation({ contained: [{ resourceType: 'Patient', id: 'p' }], subject: { reference: '#p' } }),
  ],
  [
    'a contained resource that refers to its container',
    patient({
      contained: [
        {
          resourceType: 'Provenance',
          id: 'v',
          target: [{ reference: '#' }],
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ who: { display: 'x' } }],
        },
      ],
    }),
  ],
  [
    'xml and json as formats',
    {
      resourceType: 'CapabilityStatement',
      status: 'draft',
      date: '2026',
      kind: 'requirements',
      description: 'x',
      fhirVersion: '4.0.1',
      format: ['json', 'application/fhir+json; fhirVersion=4.0'],
      rest: [{ mode: 'server' }],
    },
  ],
];
