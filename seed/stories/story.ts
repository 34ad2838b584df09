/** A story: what a kind of person has in the Fascicolo. */
import { aicCode, prescriptionNumber, systems } from '../identifiers.ts';
import type { RecordBuilder, Reference } from '../record.ts';

export interface Story {
  readonly name: string;
  readonly bornFrom: number;
  readonly bornTo: number;
  /** Fills the record. */
  tell(record: RecordBuilder): void;
}

export interface Medicine {
  readonly text: string;
  readonly dose: string;
}

/** Who holds the pad that a ricetta is written on: here the family doctor's own. */
const padHolder = 'http://hl7.it/fhir/dossier-pharma/StructureDefinition/medicationRequest-medicoTitolare';

/** A prescription of the national health service with its NRE, and the exemption it is under. */
export function prescribe(record: RecordBuilder, medicine: Medicine, daysAgo: number, exemption?: Reference): Reference {
  const number = prescriptionNumber(record.random, record.person.place.region);
  return record.add({
    resourceType: 'MedicationRequest',
    extension: [{ url: padHolder, valueReference: record.doctor }],
    identifier: [{ system: systems.nre, value: number }],
    status: daysAgo > 60 ? 'completed' : 'active',
    intent: 'order',
    medicationCodeableConcept: { coding: [{ system: systems.aic, code: aicCode(record.random) }], text: medicine.text },
    subject: record.patient,
    authoredOn: record.dateTime(daysAgo),
    requester: record.doctor,
    reasonCode: [{ text: 'Terapia in corso' }],
    groupIdentifier: { system: systems.nre, value: number },
    ...(exemption === undefined ? {} : { insurance: [exemption] }),
    dosageInstruction: [{ text: medicine.dose }],
    dispenseRequest: { quantity: { value: record.random.between(1, 3), unit: 'confezioni' } },
  });
}

/** A co-payment exemption, or with the code NE the statement that there is none; the code stands where the Ministry puts it: in `type`. */
export function exempt(record: RecordBuilder, code: string, text: string, daysAgo: number): Reference {
  const system = code === 'NE' ? systems.noExemption : systems.exemption;
  return record.add({
    resourceType: 'Coverage',
    identifier: [
      { system: `${systems.exemption}.${Number(record.person.place.region)}`, value: `${record.person.taxCode}-${code}` },
    ],
    status: 'active',
    type: { coding: [{ system, code }], text },
    beneficiary: record.patient,
    period: { start: record.dateTime(daysAgo).slice(0, 10) },
    payor: [record.organization],
  });
}

export interface Vaccine {
  readonly text: string;
  /** AVN code of the disease. */
  readonly disease: string;
}

/** A vaccination that was done. */
export function vaccinate(record: RecordBuilder, vaccine: Vaccine, dose: number, daysAgo: number): Reference {
  const day = record.dateTime(daysAgo);
  return record.add({
    resourceType: 'Immunization',
    identifier: [
      {
        system: `${systems.diseases}.${Number(record.person.place.region)}`,
        value: `${record.person.taxCode}-${vaccine.disease}-${dose}`,
      },
    ],
    status: 'completed',
    vaccineCode: { coding: [{ system: systems.aic, code: aicCode(record.random) }], text: vaccine.text },
    patient: record.patient,
    occurrenceDateTime: day,
    primarySource: true,
    lotNumber: `L${record.random.digits(6)}`,
    performer: [{ actor: record.doctor }],
    protocolApplied: [
      { targetDisease: [{ coding: [{ system: systems.diseases, code: vaccine.disease }] }], doseNumberPositiveInt: dose },
    ],
  });
}
