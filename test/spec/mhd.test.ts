/** IHE MHD 4.2, Mobile access to Health Documents, as it is: https://profiles.ihe.net/ITI/MHD. Names in FHIR's words; facts are the profile's. */
import { expect } from 'chai';
import { rawRequest } from '../support/raw-request.ts';
import type { Answer } from '../support/server.ts';
import { describeOnEveryStore } from './on-every-store.ts';
import { bundle, entry, patient, system, unique } from './on-stores.ts';

const mhd = 'https://profiles.ihe.net/ITI/MHD';
const profile = (name: string) => ({ profile: [`${mhd}/StructureDefinition/IHE.MHD.${name}`] });
const concept = (of: string, code: string) => ({ coding: [{ system: of, code }] });
const loinc = 'http://loinc.org';
const snomed = 'http://snomed.info/sct';
/** Not text, so that nothing takes it for text. */
const pdf = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x2d, 0x31, 0x2e, 0x37, 0x0a, 0x00, 0xff, 0xfe, 0x80]);

/** What a Document Source sends: one document of one patient in a SubmissionSet, all by urn:uuid. */
function provideBundle(values: { readonly patient: string; readonly document: string; readonly submission: string }): object {
  const [list, reference, binary, subject] = [1, 2, 3, 4].map((part) => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${part}`);
  const submissionSet = {
    resourceType: 'List',
    meta: profile('Minimal.SubmissionSet'),
    extension: [
      {
        url: `${mhd}/StructureDefinition/ihe-sourceId`,
        valueIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.3.6.1.4.1.21367.2017.1' },
      },
      { url: `${mhd}/StructureDefinition/ihe-designationType`, valueCodeableConcept: concept(snomed, '225728007') },
    ],
    identifier: [{ use: 'usual', system, value: values.submission }],
    status: 'current',
    mode: 'working',
    code: concept(`${mhd}/CodeSystem/MHDlistTypes`, 'submissionset'),
    subject: { reference: subject },
    date: '2026-05-04T10:00:00+02:00',
    source: { reference: 'Practitioner/mhd-author' },
    entry: [{ item: { reference } }],
  };
  const documentReference = {
    resourceType: 'DocumentReference',
    meta: profile('Minimal.DocumentReference'),
    masterIdentifier: { system, value: values.document },
    identifier: [{ use: 'official', system, value: `${values.document}-entry` }],
    status: 'current',
    type: concept(loinc, '34133-9'),
    category: [concept(loinc, '11369-6')],
    subject: { reference: subject },
    date: '2026-05-04T09:00:00+02:00',
    author: [{ reference: 'Practitioner/mhd-author' }],
    securityLabel: [concept('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N')],
    content: [
      {
        attachment: { contentType: 'application/pdf', language: 'it-IT', url: binary, size: pdf.length, creation: '2026-05-03' },
        format: {
          system: 'http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode',
          code: 'urn:ihe:iti:xds:2017:mimeTypeSufficient',
        },
      },
    ],
    context: {
      event: [concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'PATDOC')],
      period: { start: '2026-05-01', end: '2026-05-02' },
      facilityType: concept(snomed, '82242000'),
      practiceSetting: concept(snomed, '394802001'),
      related: [{ reference: 'Encounter/mhd-visit' }],
    },
  };
  const content = { resourceType: 'Binary', contentType: 'application/pdf', data: pdf.toString('base64') };
  const ifNoneExist = `identifier=${system}|${values.patient}`;
  const transaction = bundle(
    'transaction',
    entry('POST List', submissionSet, { fullUrl: String(list) }),
    entry('POST DocumentReference', documentReference, { fullUrl: String(reference) }),
    entry('POST Binary', content, { fullUrl: String(binary) }),
    entry('POST Patient', patient(values.patient), { fullUrl: String(subject), ifNoneExist }),
  );
  return { ...transaction, meta: profile('Minimal.ProvideBundle') };
}

describeOnEveryStore('IHE MHD', (server) => {
  const values = { patient: unique('mhd-patient'), document: unique('mhd-document'), submission: unique('mhd-submission') };
  let provided: Answer;
  /** `Patient/1` and the like, in the order of the Bundle's entries. */
  let keys: readonly string[];

  before(async () => {
    const author = {
      resourceType: 'Practitioner',
      id: 'mhd-author',
      identifier: [{ system, value: 'mhd-author' }],
      name: [{ family: 'Bianchi', given: ['Elena'] }],
    };
    const visit = {
      resourceType: 'Encounter',
      id: 'mhd-visit',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      identifier: [{ system, value: 'mhd-visit' }],
    };
    for (const one of [author, visit]) {
      const answer = await server().fetchFhir(`${one.resourceType}/${one.id}`, { method: 'PUT', body: one });
      expect(answer.status, answer.text).to.equal(201);
    }
    provided = await server().fetchFhir('', { method: 'POST', body: provideBundle(values) });
    expect(provided.status, provided.text).to.equal(200);
    keys = provided.body.entry.map(({ response }: { response: { location: string } }) => response.location.split('/_history')[0]);
  });

  const read = async (path: string | undefined) => (await server().fetchFhir(String(path))).body;

  it('ITI-65, Provide Document Bundle: all is stored, and each link leads to what is stored', async () => {
    expect(provided.body.type).to.equal('transaction-response');
    const statuses = provided.body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));
    expect(statuses).to.deep.equal(['201', '201', '201', '201']);
    const [list, document, binary, subject] = keys;
    expect(await read(list)).to.deep.include({ subject: { reference: subject }, entry: [{ item: { reference: document } }] });
    const stored = await read(document);
    expect(stored.subject).to.deep.equal({ reference: subject });
    expect(stored.content[0].attachment.url).to.equal(binary);
    expect(stored.meta.profile).to.deep.equal(profile('Minimal.DocumentReference').profile);
  });

  it('ITI-65: the next document of the same patient is of the same Patient', async () => {
    const next = { ...values, document: unique('mhd-document'), submission: unique('mhd-submission') };
    const answer = await server().fetchFhir('', { method: 'POST', body: provideBundle(next) });
    const last = answer.body.entry[3].response;
    expect([last.status.slice(0, 3), last.location.split('/_history')[0]]).to.deep.equal(['200', keys[3]]);
  });

  const identified = () => `patient.identifier=${system}|${values.patient}`;
  const lists: readonly string[] = [
    'code=https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset',
    'date=ge2026-05-04&date=lt2026-05-05',
    `designationType=${snomed}|225728007`,
    'source.given=Elena',
    'source.family=Bianchi',
    'sourceId=urn:ietf:rfc:3986|urn:oid:1.3.6.1.4.1.21367.2017.1',
    'status=current',
  ];
  it('ITI-66, Find Document Lists: by every parameter', async () => {
    await finds('List', lists, `identifier=${system}|${values.submission}`, keys[0]);
  });

  const documents: readonly string[] = [
    'author.given=Elena',
    'author.family=Bianchi',
    `category=${loinc}|11369-6`,
    'creation=2026-05-03',
    'date=ge2026-05-04T07:00:00Z&date=le2026-05-04',
    'event=http://terminology.hl7.org/CodeSystem/v3-ActCode|PATDOC',
    `facility=${snomed}|82242000`,
    'format=http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode|urn:ihe:iti:xds:2017:mimeTypeSufficient',
    'period=ge2026-05-01&period=le2026-05-31',
    'related=Encounter/mhd-visit',
    `related.identifier=${system}|mhd-visit`,
    'security-label=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N',
    `setting=${snomed}|394802001`,
    'status=current',
    `type=${loinc}|34133-9`,
  ];
  it('ITI-67, Find Document References: by every parameter', async () => {
    await finds('DocumentReference', documents, `identifier=${system}|${values.document}`, keys[1]);
  });

  /** Each query finds the resource, by GET and by POST, with the patient's reference or identifier; and the same of another value finds nothing. */
  async function finds(type: string, queries: readonly string[], own: string, key: string | undefined): Promise<void> {
    const all = [...queries, own, `_id=${key?.split('/')[1]}`, '_lastUpdated=gt2026-01-01'];
    for (const query of all) {
      for (const who of [identified(), `patient=${keys[3]}`]) {
        const text = `${who}&${query.replaceAll('|', '%7C')}`;
        const found = await server().fetchFhir(`${type}?${text}`, { headers: { prefer: 'handling=strict' } });
        expect(idsOf(found), `${type}?${text} ${found.text.slice(0, 300)}`).to.include(key);
      }
      const posted = await server().fetchFhir(`${type}/_search`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `${identified()}&${query.replaceAll('|', '%7C')}`,
      });
      expect(idsOf(posted), query).to.include(key);
    }
    const other = await server().fetchFhir(`${type}?patient.identifier=${system}|nobody&status=current`);
    expect(idsOf(other)).to.deep.equal([]);
  }

  it('ITI-68, Retrieve Document: the bytes, at the address that the attachment gives', async () => {
    const { content } = await read(keys[1]);
    const raw = await rawRequest(server(), content[0].attachment.url, { headers: { accept: 'application/pdf' } });
    expect([raw.status, raw.headers['content-type'], raw.body.equals(pdf)]).to.deep.equal([200, 'application/pdf', true]);
    const any = await rawRequest(server(), content[0].attachment.url);
    expect([any.headers['content-type'], any.body.equals(pdf)]).to.deep.equal(['application/pdf', true]);
  });

  it('ITI-66 to ITI-68 under a patient/ token: the own documents, and nothing of others', async () => {
    const [list, document, binary, subject] = keys;
    const own = await server().token('patient/*.rs', { patient: String(subject).split('/')[1] ?? '' });
    const stranger = await server().token('patient/*.rs', { patient: 'nobody' });
    const look = async (token: string) => [
      idsOf(await server().fetchFhir('List?status=current', { token })).includes(String(list)),
      idsOf(await server().fetchFhir('DocumentReference?status=current', { token })).includes(String(document)),
      (await rawRequest(server(), String(binary), { token })).status,
    ];
    expect([await look(own), await look(stranger)]).to.deep.equal([
      [true, true, 200],
      [false, false, 404],
    ]);
  });
});

const idsOf = (answer: Answer): readonly string[] =>
  (answer.body.entry ?? []).map(
    ({ resource }: { resource: { resourceType: string; id: string } }) => `${resource.resourceType}/${resource.id}`,
  );
