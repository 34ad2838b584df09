/** Italian identifier systems and well-formed synthetic values. */
import type { Random } from './random.ts';

const oid = 'urn:oid:2.16.840.1.113883.2.9';

export const systems = {
  codiceFiscale: `${oid}.4.3.2`,
  nre: `${oid}.4.3.9`,
  aic: `${oid}.6.1.5`,
  exemption: `${oid}.6.1.22`,
  noExemption: `${oid}.5.2.2`,
  asl: `${oid}.4.1.1`,
  hospital: `${oid}.4.1.2`,
  diseases: `${oid}.6.1.56.4`,
  documentClass: `${oid}.3.3.6.1.5`,
  documentFormat: `${oid}.3.3.6.1.6`,
  facilityType: `${oid}.3.3.6.1.1`,
  practiceSetting: `${oid}.3.3.6.1.2`,
  loinc: 'http://loinc.org',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
} as const;

/** Documents of a region's affinity domain: `…2.9.2.<region>.4.4`, the region without its leading zero. */
export function documentSystem(region: string): string {
  return `${oid}.2.${Number(region)}.4.4`;
}

/** The number of an electronic prescription: 15 characters, region first. */
export function prescriptionNumber(random: Random, region: string): string {
  return `${region}A0${random.digits(10)}`;
}

/** A medicine's AIC: eight digits and a check digit. The product does not exist. */
export function aicCode(random: Random): string {
  const body = `0${random.digits(7)}`;
  const values = [...body].map(Number);
  const doubled = values.filter((_, index) => index % 2 === 1).map((digit) => (digit * 2 > 9 ? digit * 2 - 9 : digit * 2));
  const plain = values.filter((_, index) => index % 2 === 0);
  const sum = [...doubled, ...plain].reduce((total, digit) => total + digit, 0);
  return `${body}${sum % 10}`;
}

/** Documents the stories write: LOINC type, class, title, and the format: the template of the document. */
export const documents = {
  prescription: {
    loinc: '57833-6',
    classCode: 'PRS',
    title: 'Prescrizione farmaceutica',
    format: '2.16.840.1.113883.2.9.10.1.2.1',
  },
  vaccination: {
    loinc: '87273-9',
    classCode: 'VAC',
    title: 'Scheda della singola vaccinazione',
    format: '2.16.840.1.113883.2.9.10.1.11.1.1',
  },
  certificate: {
    loinc: '82593-5',
    classCode: 'VAC',
    title: 'Certificato vaccinale',
    format: '2.16.840.1.113883.2.9.10.1.11.1.2',
  },
} as const;

export type DocumentKind = (typeof documents)[keyof typeof documents];
