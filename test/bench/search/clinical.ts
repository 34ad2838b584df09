/** What the search benchmark adds to a seeded record: measurements, a visit, a diagnosis, a risk; and now and then something many share. */
import type { Person } from '../../../seed/person.ts';
import type { Random } from '../../../seed/random.ts';
import type { JsonObject, Resource } from '../../../src/fhir/types.ts';

export interface Subject {
  readonly index: number;
  readonly person: Person;
  readonly patientId: string;
  readonly random: Random;
  /** A dateTime so many days before the record's last. */
  readonly dayOf: (daysAgo: number) => string;
}

/** People who share a place of care, and people who share a value set. */
export const peoplePerPlace = 50;

const loinc = 'http://loinc.org';
const units = 'http://unitsofmeasure.org';
const taxCodes = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';
const vitalSigns = 'http://terminology.hl7.org/CodeSystem/observation-category';
const identifierTypes = 'http://terminology.hl7.org/CodeSystem/v2-0203';

type Diagnosis = readonly [code: string, text: string, onset: number];

const diagnoses: readonly [Diagnosis, ...Diagnosis[]] = [
  ['44054006', 'Diabete mellito di tipo 2', 40],
  ['38341003', 'Ipertensione arteriosa', 45],
  ['195967001', 'Asma bronchiale', 20],
  ['73211009', 'Diabete mellito', 35],
  ['13645005', 'Broncopneumopatia cronica ostruttiva', 55],
  ['84114007', 'Scompenso cardiaco', 60],
  ['709044004', 'Malattia renale cronica', 58],
  ['35489007', 'Disturbo depressivo', 30],
];

export function clinicalOf(subject: Subject): readonly Resource[] {
  const { index, patientId, random, dayOf, person } = subject;
  const id = (name: string) => `${index.toString(36).padStart(5, '0')}-${name}`;
  const patient = { reference: `Patient/${patientId}` };
  const place = { reference: `Location/place-${Math.floor(index / peoplePerPlace)}` };
  const [code, text, onset] = random.pick(diagnoses);
  const encounter: Resource = {
    resourceType: 'Encounter',
    id: id('visit'),
    identifier: [{ type: { coding: [{ system: identifierTypes, code: 'VN' }] }, system: 'urn:bench:visits', value: `V${index}` }],
    status: 'finished',
    class: {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: random.pick(['AMB', 'AMB', 'EMER', 'IMP', 'ACUTE']),
    },
    subject: patient,
    period: { start: dayOf(40), end: dayOf(random.between(30, 39)) },
    location: [{ location: place }],
  };
  const condition: Resource = {
    resourceType: 'Condition',
    id: id('diagnosis'),
    text: narrative(`${text}, seguito dal medico curante`),
    clinicalStatus: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
          code: random.pick(['active', 'active', 'resolved']),
        },
      ],
    },
    code: { coding: [{ system: 'http://snomed.info/sct', code, display: text }], text },
    subject: { ...patient, identifier: { system: taxCodes, value: person.taxCode } },
    encounter: { reference: `Encounter/${encounter['id']}` },
    onsetAge: { value: onset + random.between(0, 20), unit: 'anni', system: units, code: 'a' },
    recordedDate: dayOf(30),
  };
  const risk: Resource = {
    resourceType: 'RiskAssessment',
    id: id('risk'),
    status: 'final',
    subject: patient,
    occurrenceDateTime: dayOf(20),
    prediction: [{ outcome: { text: 'Evento cardiovascolare a dieci anni' }, probabilityDecimal: random.between(1, 999) / 1000 }],
  };
  return [encounter, condition, ...(index % 2 === 0 ? [risk] : []), ...measurementsOf(subject, patient, id)];
}

/** What many people share: a place of care, a value set of a ward. */
export function sharedOf(index: number): readonly Resource[] {
  if (index % peoplePerPlace !== 0) return [];
  const number = index / peoplePerPlace;
  // Spread over Italy, without chance: a place is the same whoever asks for it.
  const [latitude, longitude] = [37 + ((number * 7919) % 9000) / 1000, 7.5 + ((number * 104_729) % 10_000) / 1000];
  return [
    {
      resourceType: 'Location',
      id: `place-${number}`,
      status: 'active',
      name: `Ambulatorio ${number}`,
      position: { longitude, latitude },
    },
    {
      resourceType: 'ValueSet',
      id: `ward-${number}`,
      url: `http://bench.example.org/fhir/ValueSet/${number % 20}/${number}`,
      version: '1.0.0',
      name: `Reparto${number}`,
      status: 'active',
    },
  ];
}

function measurementsOf({ random, dayOf }: Subject, patient: JsonObject, id: (name: string) => string): readonly Resource[] {
  const measured = (name: string, code: string, text: string, daysAgo: number, value: JsonObject): Resource => ({
    resourceType: 'Observation',
    id: id(name),
    meta: { source: 'urn:bench:device', profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] },
    text: narrative(`${text} misurata in ambulatorio`),
    status: random.pick(['final', 'final', 'final', 'amended']),
    category: [{ coding: [{ system: vitalSigns, code: 'vital-signs' }] }],
    code: { coding: [{ system: loinc, code, display: text }], text },
    subject: patient,
    effectiveDateTime: dayOf(daysAgo),
    ...value,
  });
  const quantity = (low: number, high: number, unit: string) => ({
    value: random.between(low, high) / 10,
    unit,
    system: units,
    code: unit,
  });
  const component = (code: string, low: number, high: number) => ({
    code: { coding: [{ system: loinc, code }] },
    valueQuantity: { ...quantity(low, high, 'mm[Hg]') },
  });
  return [
    measured('weight', '29463-7', 'Peso corporeo', 30, { valueQuantity: quantity(400, 1200, 'kg') }),
    measured('glucose', '2339-0', 'Glicemia', 25, { valueQuantity: quantity(600, 2500, 'mg/dL') }),
    measured('rate', '8867-4', 'Frequenza cardiaca', 20, { valueQuantity: quantity(500, 1100, '/min') }),
    measured('pressure', '85354-9', 'Pressione arteriosa', 20, {
      component: [component('8480-6', 950, 1900), component('8462-4', 550, 1100)],
    }),
  ];
}

function narrative(text: string): JsonObject {
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` };
}
