/** One person's record under construction: entries of an FSE-shaped transaction Bundle, and the references between them. */
import { createHash } from 'node:crypto';
import { codiceFiscale } from './codice-fiscale.ts';
import { type DocumentKind, documentSystem, systems } from './identifiers.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';

export type Json = string | number | boolean | { readonly [name: string]: Json } | readonly Json[];
export type Draft = { readonly resourceType: string } & { readonly [name: string]: Json };

export interface Entry {
  readonly fullUrl: string;
  readonly resource: Draft;
  readonly request: { readonly method: 'POST' | 'PUT'; readonly url: string; readonly ifNoneExist?: string };
}

export interface Reference {
  readonly [name: string]: Json;
  readonly reference: string;
}

export interface RecordBuilder {
  readonly random: Random;
  readonly person: Person;
  readonly patient: Reference;
  /** The family doctor's role. */
  readonly doctor: Reference;
  readonly organization: Reference;
  /** Day `daysAgo` before the seed's fixed day, as a dateTime in Rome. */
  dateTime(daysAgo: number): string;
  /** Adds a resource that the server keeps once, however often the seed runs: its first identifier says which it is. */
  add(resource: Draft): Reference;
  /** Adds a document (Composition and DocumentReference) over the references. */
  addDocument(kind: DocumentKind, daysAgo: number, entries: readonly Reference[]): void;
  bundle(): Draft;
}

/** The day the seed's stories end: fixed, so that its data never change. */
const today = Date.UTC(2026, 10, 20, 9, 0, 0);
const dayMs = 24 * 60 * 60 * 1000;

/** Opens a record with its patient, family doctor and local health authority, as conditional updates. */
export function openRecord(random: Random, person: Person): RecordBuilder {
  const entries: Entry[] = [];
  const put = (resource: Draft, system: string, value: string): Reference => {
    const fullUrl = `urn:uuid:${random.uuid()}`;
    const url = `${resource.resourceType}?identifier=${system}|${value}`;
    entries.push({ fullUrl, resource, request: { method: 'PUT', url } });
    return { reference: fullUrl };
  };
  const add = (resource: Draft): Reference => {
    const fullUrl = `urn:uuid:${random.uuid()}`;
    const ifNoneExist = criterionOf(resource);
    const request = {
      method: 'POST',
      url: resource.resourceType,
      ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
    } as const;
    entries.push({ fullUrl, resource, request });
    return { reference: fullUrl };
  };
  const dateTime = (daysAgo: number) => formatRome(today - daysAgo * dayMs + random.between(0, 8 * 60) * 60_000);

  const asl = `${person.place.region}201`;
  const organization = put(organizationOf(person, asl), systems.asl, asl);
  const doctorCode = doctorTaxCode(person);
  const practitioner = put(practitionerOf(doctorCode), systems.codiceFiscale, doctorCode);
  const patient = put(patientOf(person), systems.codiceFiscale, person.taxCode);
  const doctor = add({
    resourceType: 'PractitionerRole',
    identifier: [{ system: documentSystem(person.place.region), value: `MMG-${doctorCode}` }],
    practitioner,
    organization,
    code: [{ coding: [{ system: 'https://www.hl7.it/fhir/terminology/CodeSystem/it-V3RoleCode', code: 'MMG' }] }],
  });
  const documentId = (loinc: string) => `${person.taxCode}.${loinc}.${random.digits(8)}`;
  const builder: RecordBuilder = {
    random,
    person,
    patient,
    doctor,
    organization,
    dateTime,
    add,
    addDocument: (kind, daysAgo, entries) => {
      const identifier = { system: documentSystem(person.place.region), value: documentId(kind.loinc) };
      for (const draft of documentDrafts(builder, { ...kind, daysAgo, entries }, identifier)) add(draft);
    },
    bundle: () => ({
      resourceType: 'Bundle',
      identifier: { system: documentSystem(person.place.region), value: `seed.${person.taxCode}` },
      type: 'transaction',
      timestamp: formatRome(today),
      entry: entries as unknown as Json, // Entries are JSON; an interface has no index signature to say so.
    }),
  };
  return builder;
}

function criterionOf(resource: Draft): string | undefined {
  const identifiers = resource['identifier'];
  const first = (Array.isArray(identifiers) ? identifiers[0] : identifiers) as { system?: string; value?: string } | undefined; // As drafts are written.
  return first?.system === undefined ? undefined : `identifier=${first.system}|${first.value}`;
}

function formatRome(utcMs: number): string {
  // The seed's day is in winter; a fixed offset is enough for dates that only have to be valid.
  return `${new Date(utcMs + 60 * 60 * 1000).toISOString().slice(0, 19)}+01:00`;
}

function patientOf(person: Person): Draft {
  const { place } = person;
  return {
    resourceType: 'Patient',
    identifier: [{ system: systems.codiceFiscale, value: person.taxCode, assigner: { display: 'MEF' } }],
    name: [{ use: 'official', family: person.family, given: [person.given] }],
    gender: person.gender,
    birthDate: person.birthDate,
    address: [
      {
        use: 'home',
        line: [person.street],
        city: place.city,
        district: place.province,
        state: place.region,
        postalCode: place.postalCode,
        country: '100',
      },
    ],
  };
}

/** Each region has one family doctor in the seed: a made-up person too. */
function doctorTaxCode(person: Person): string {
  return codiceFiscale({
    family: 'Curanti',
    given: 'Medico',
    gender: 'male',
    birthDate: '1965-03-14',
    place: person.place.cadastral,
  });
}

function practitionerOf(taxCode: string): Draft {
  return {
    resourceType: 'Practitioner',
    identifier: [{ system: systems.codiceFiscale, value: taxCode, assigner: { display: 'MEF' } }],
    name: [{ family: 'Curanti', given: ['Medico'], prefix: ['Dott.'] }],
  };
}

function organizationOf(person: Person, asl: string): Draft {
  return {
    resourceType: 'Organization',
    identifier: [{ system: systems.asl, value: asl }],
    name: `ASL ${person.place.city}`,
    address: [{ city: person.place.city, state: person.place.region, country: '100' }],
  };
}

type DocumentParts = DocumentKind & { readonly daysAgo: number; readonly entries: readonly Reference[] };

function documentDrafts(
  builder: RecordBuilder,
  document: DocumentParts,
  identifier: { system: string; value: string },
): readonly Draft[] {
  const type = { coding: [{ system: systems.loinc, code: document.loinc }], text: document.title };
  const date = builder.dateTime(document.daysAgo);
  const masterIdentifier = { system: identifier.system, value: identifier.value };
  return [
    {
      resourceType: 'Composition',
      language: 'it-IT',
      identifier: { ...identifier, value: `${identifier.value}.composition` },
      status: 'final',
      type,
      subject: builder.patient,
      date,
      author: [builder.doctor],
      title: document.title,
      confidentiality: 'N',
      attester: [{ mode: 'legal', time: date, party: builder.doctor }],
      custodian: builder.organization,
      section: [{ title: document.title, entry: document.entries }],
    },
    {
      resourceType: 'DocumentReference',
      masterIdentifier,
      identifier: [masterIdentifier],
      status: 'current',
      type,
      category: [{ coding: [{ system: systems.documentClass, code: document.classCode }] }],
      subject: builder.patient,
      date,
      author: [builder.doctor],
      custodian: builder.organization,
      securityLabel: [{ coding: [{ system: systems.confidentiality, code: 'N' }] }],
      content: [{ attachment: attachmentOf(document.title), format: { system: systems.documentFormat, code: document.format } }],
      context: {
        facilityType: { coding: [{ system: systems.facilityType, code: 'Territorio' }] },
        practiceSetting: { coding: [{ system: systems.practiceSetting, code: 'AD_PSC999' }] },
        related: document.entries,
      },
    },
  ];
}

/** The document itself: a line of text, with its size and its hash as R4 wants it (the bytes of the SHA-1, in base64). */
function attachmentOf(title: string): Json {
  const content = Buffer.from(`${title}: documento sintetico, generato per prova.\n`);
  return {
    contentType: 'text/plain',
    language: 'it-IT',
    data: content.toString('base64'),
    size: content.length,
    hash: createHash('sha1').update(content).digest('base64'),
    title,
  };
}
