/** Values that both the random resources and the random queries draw from: few, so that queries find something. */
import { codiceFiscaleOid, codiceFiscaleUrl, taxCode, variantOf } from '../../support/tax-codes.ts';

/** The types of the random resources, each with `perType` of them. */
export const types = [
  'Patient',
  'Practitioner',
  'Organization',
  'Encounter',
  'Observation',
  'Condition',
  'DocumentReference',
  'List',
  'Location',
  'RiskAssessment',
] as const;

export type PoolType = (typeof types)[number];

export const perType = 24;

export const names = ['Rossi', 'De Rossi', 'D’Angelo', 'Bianchi-Neri', 'Ùbaldo', 'rossi', 'Rossini', 'Van der Meer'];
export const words = ['fegato', 'metastasi', 'osso', 'nella', 'norma', 'è', 'già', 'controllo', 'fegatello'];
export const genders = ['male', 'female', 'other', 'unknown'];

export const loinc = 'http://loinc.org';
export const atcNames = ['http://www.whocc.no/atc', 'urn:oid:2.16.840.1.113883.6.73'];
export const systems = [loinc, 'http://snomed.info/sct', ...atcNames, 'http://example.org/s|x'];
export const codes = ['1234-5', '8480-6', '8462-4', 'ABC', 'abc', 'a,b|c$d'];

export const conditionClinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
export const clinicalCodes = ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'];

export const ucum = 'http://unitsofmeasure.org';
export const units = ['mg', 'g', 'kg', 'mmol/L', 'mol/L', 'Cel', '[degF]', '[pH]', 'm[IU]/mL', '[IU]/L', '%', 'foo'];
export const amounts = ['0', '0.001', '1', '5.4', '5400', '37', '98.6', '100', '1e3', '-3', '0.0054'];

export const dates = [
  '2026',
  '2026-01',
  '2026-01-15',
  '2026-01-15T10:30:00+01:00',
  '2026-01-15T09:30:00Z',
  '2026-02-28',
  '1980-02-29',
];

const people = [taxCode(1), taxCode(2), taxCode(3)];
export const taxSystems = [codiceFiscaleOid, codiceFiscaleUrl];
export const taxCodes = people.flatMap((code) => [code, variantOf(code, 14), variantOf(code, 6, 9), code.toLowerCase()]);

export const uris = [
  'http://example.org/a',
  'http://example.org/a/',
  'http://example.org/a/b',
  'http://example.org/a/b|1',
  'urn:oid:1.2.3',
];

export const places: readonly (readonly [latitude: number, longitude: number])[] = [
  [45.07, 7.69],
  [45.46, 9.19],
  [41.9, 12.5],
  [0, 179.99],
  [0, -179.99],
  [89.9, 10],
];
