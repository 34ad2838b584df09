/** The search parameters that the server is shipped with, beside R4's own: each finds a resource. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import { sharedDefinitions, startTestServer, type TestServer } from '../support/server.ts';
import { observation } from './on-stores.ts';

const practitioner = 'Practitioner/author';
const note = [{ authorReference: { reference: practitioner }, text: 'A note.' }];
const subject = { reference: 'Patient/p' };
const code = { text: 'Prova' };
const active = (list: string) => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${list}`, code: 'active' }] });
const clinicalStatus = active('allergyintolerance-clinical');
const section = { title: 'Outer', section: [{ title: 'Inner', entry: [{ reference: 'Observation/recursive' }] }] };
const composition = {
  status: 'final',
  type: code,
  date: '2026-01-01',
  author: [{ reference: practitioner }],
  title: 'Prova',
  subject,
};
const attachment = { contentType: 'text/plain', url: 'Binary/b', creation: '2026-02-03T10:00:00+01:00' };
const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition';

/** By canonical: the type and content of a resource, and the query that has to find it and nothing else. */
const cases: Readonly<Record<string, readonly [type: string, members: object, query: string]>> = {
  'AllergyIntolerance-author': ['AllergyIntolerance', { clinicalStatus, patient: subject, note }, `author=${practitioner}`],
  'AllergyIntolerance-encounter': [
    'AllergyIntolerance',
    { clinicalStatus, patient: subject, encounter: { reference: 'Encounter/e' } },
    'encounter=Encounter/e',
  ],
  'CarePlan-author': ['CarePlan', { status: 'active', intent: 'plan', subject, note }, `author=${practitioner}`],
  'CarePlan-outcomeReference': [
    'CarePlan',
    { status: 'active', intent: 'plan', subject, activity: [{ outcomeReference: [{ reference: 'Observation/outcome' }] }] },
    'outcomeReference=Observation/outcome',
  ],
  'CarePlan-reasonReference': [
    'CarePlan',
    {
      status: 'active',
      intent: 'plan',
      subject,
      activity: [{ detail: { status: 'completed', reasonReference: [{ reference: 'Condition/reason' }] } }],
    },
    'reasonReference=Condition/reason',
  ],
  'Composition-custodian': [
    'Composition',
    { ...composition, custodian: { reference: 'Organization/keeps' } },
    'custodian=Organization/keeps',
  ],
  'Composition-detail': [
    'Composition',
    { ...composition, event: [{ detail: [{ reference: 'Procedure/event' }] }] },
    'detail=Procedure/event',
  ],
  'Composition-recursive-entry': ['Composition', { ...composition, section: [section] }, 'recursive_entry=Observation/recursive'],
  'Condition-author': ['Condition', { subject, note }, `author=${practitioner}`],
  'DiagnosticReport-imagingStudy': [
    'DiagnosticReport',
    { status: 'final', code, imagingStudy: [{ reference: 'ImagingStudy/i' }] },
    'imagingStudy=ImagingStudy/i',
  ],
  'DocumentReference-creation': [
    'DocumentReference',
    { status: 'current', content: [{ attachment }] },
    'creation=2026-02-03T09:00:00Z',
  ],
  'FamilyMemberHistory-author': [
    'FamilyMemberHistory',
    { status: 'completed', patient: subject, relationship: code, note },
    `author=${practitioner}`,
  ],
  'List-designationType': [
    'List',
    {
      status: 'current',
      mode: 'working',
      extension: [
        {
          url: `${mhd}/ihe-designationType`,
          valueCodeableConcept: { coding: [{ system: 'http://loinc.org', code: '60591-5' }] },
        },
      ],
    },
    'designationType=http://loinc.org|60591-5',
  ],
  'List-sourceId': [
    'List',
    {
      status: 'current',
      mode: 'working',
      extension: [{ url: `${mhd}/ihe-sourceId`, valueIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' } }],
    },
    'sourceId=urn:oid:1.2.3',
  ],
  'MedicationRequest-author': [
    'MedicationRequest',
    { status: 'active', intent: 'order', medicationCodeableConcept: code, subject, note },
    `author=${practitioner}`,
  ],
  'MedicationStatement-author': [
    'MedicationStatement',
    { status: 'active', medicationCodeableConcept: code, subject, note },
    `author=${practitioner}`,
  ],
  'Observation-author': ['Observation', { ...observation('Patient/p'), note }, `author=${practitioner}`],
  'Procedure-usedReference': [
    'Procedure',
    { status: 'completed', subject, usedReference: [{ reference: 'Device/used' }] },
    'usedReference=Device/used',
  ],
};

describe('search parameters beside R4', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base', REFERENCES: 'free' } });
    for (const [type, members] of Object.values(cases)) {
      const { status, text } = await server.fetchFhir(type, { method: 'POST', body: { resourceType: type, ...members } });
      expect(status, text).to.equal(201);
      // One that the query must not find.
      await server.fetchFhir(type, { method: 'POST', body: without(members) });
    }
  });
  after(() => server.close());

  it('every one that is shipped has a case here', () => {
    const names = sharedDefinitions().ownSearchParameters.map(({ url }) =>
      url.replace('https://fascicolo.example/fhir/SearchParameter/', ''),
    );
    expect(names.toSorted()).to.deep.equal(Object.keys(cases).toSorted());
  });

  for (const [name, [type, members, query]] of Object.entries(cases)) {
    it(`${name} finds it`, async () => {
      const { status, body } = await server.fetchFhir(`${type}?${query}`, { headers: { prefer: 'handling=strict' } });
      const found = (body.entry ?? []).map(
        ({ resource: { id: _id, meta: _meta, ...resource } }: { resource: JsonObject }) => resource,
      );
      expect([status, found]).to.deep.equal([200, [{ resourceType: type, ...members }]]);
    });
  }

  /** What the parameters look at is left out. */
  function without(members: object): object {
    const looked = [
      'note',
      'encounter',
      'activity',
      'custodian',
      'event',
      'section',
      'imagingStudy',
      'extension',
      'usedReference',
    ];
    const kept = Object.entries(members).filter(([name]) => !looked.includes(name));
    const type = Object.values(cases).find(([, other]) => other === members)?.[0];
    const rest = Object.fromEntries(kept) as { content?: unknown };
    return {
      resourceType: type,
      ...rest,
      ...(rest.content === undefined ? {} : { content: [{ attachment: { url: 'Binary/other' } }] }),
    };
  }
});
