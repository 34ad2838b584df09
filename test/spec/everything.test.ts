/** https://hl7.org/fhir/R4/patient-operation-everything.html over HTTP */
import { expect } from 'chai';
import type { Answer, TestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from './on-stores.ts';

const namesOf = (answer: Answer, mode?: string): readonly string[] =>
  (answer.body.entry ?? [])
    .filter(
      ({ search }: { search: { mode: string } }) => search.mode !== 'outcome' && (mode === undefined || search.mode === mode),
    )
    .map(({ resource }: { resource: { resourceType: string; id: string } }) => `${resource.resourceType}/${resource.id}`);

async function allPages(server: TestServer, path: string, token?: string): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let target: string | undefined = path;
  while (target !== undefined) {
    const page: Answer = await server.fetchFhir(target, token === undefined ? {} : { token });
    expect(page.status, page.text).to.equal(200);
    pages.push(namesOf(page));
    const next = page.body.link.find((link: { relation: string }) => link.relation === 'next')?.url;
    target = next === undefined ? undefined : `${new URL(next).pathname}${new URL(next).search}`;
  }
  return pages;
}

const put = (type: string, id: string, resource: object) => entry(`PUT ${type}/${id}`, { resourceType: type, id, ...resource });
const eva = { reference: 'Patient/eva' };
const other = { reference: 'Patient/other' };

const record = [
  'Patient/eva',
  'Condition/ec1',
  'Encounter/ee1',
  'MedicationRequest/em1',
  'Observation/eo1',
  'Observation/eo2',
  'RelatedPerson/er1',
];
const shared = ['Medication/med1', 'Organization/eorg1', 'Organization/eorg2', 'Practitioner/edoc'];

describeOnStores(
  'Patient/[id]/$everything',
  (server) => {
    before(async () => {
      const answer = await server().fetchFhir('', {
        method: 'POST',
        body: bundle(
          'transaction',
          put('Organization', 'eorg1', organization(unique(), { partOf: { reference: 'Organization/eorg2' } })),
          put('Organization', 'eorg2', organization(unique())),
          put('Organization', 'eorg3', organization(unique())),
          put('Practitioner', 'edoc', { name: [{ family: 'Curante' }] }),
          put('Medication', 'med1', { code: { text: 'x' } }),
          put('Patient', 'other', patient(unique())),
          put(
            'Patient',
            'eva',
            patient(unique(), { managingOrganization: { reference: 'Organization/eorg1' }, link: [{ other, type: 'seealso' }] }),
          ),
          put(
            'Observation',
            'eo1',
            observation('Patient/eva', { effectiveDateTime: '2024-03-01', performer: [{ reference: 'Practitioner/edoc' }] }),
          ),
          put(
            'Observation',
            'eo2',
            observation('Patient/eva', {
              effectiveDateTime: '2026-03-01',
              performer: [{ reference: 'Practitioner/edoc' }],
              encounter: { reference: 'Encounter/ee1' },
            }),
          ),
          put('Observation', 'eo-other', observation('Patient/other', { effectiveDateTime: '2026-03-01' })),
          put('Encounter', 'ee1', {
            status: 'finished',
            class: { code: 'AMB' },
            subject: eva,
            period: { start: '2026-03-01', end: '2026-03-02' },
          }),
          put('Condition', 'ec1', { subject: eva, code: { text: 'x' } }),
          put('RelatedPerson', 'er1', { patient: eva, birthDate: '1950-01-01' }),
          put('MedicationRequest', 'em1', {
            status: 'active',
            intent: 'order',
            subject: eva,
            medicationReference: { reference: 'Medication/med1' },
            authoredOn: '2025-06-01',
            requester: { reference: 'Practitioner/edoc' },
          }),
        ),
      });
      expect(answer.status, answer.text).to.equal(200);
    });

    it('gives the patient first, the compartment, and what those refer to, each once', async () => {
      const answer = await server().fetchFhir('Patient/eva/$everything');
      expect([...namesOf(answer, 'match')]).to.deep.equal(record);
      expect([...namesOf(answer, 'include')]).to.deep.equal(shared);
      expect(answer.body).to.include({ type: 'searchset', total: record.length });
      expect(answer.body.link.map((link: { relation: string }) => link.relation)).to.deep.equal(['self']);
    });

    it('never follows Patient.link, and holds nothing of another patient', async () => {
      const names = namesOf(await server().fetchFhir('Patient/eva/$everything'));
      expect(names).not.to.include.members(['Patient/other']);
      expect(names).not.to.include.members(['Observation/eo-other']);
    });

    it('leaves no reference to this server dangling but that to the linked patient', async () => {
      const answer = await server().fetchFhir('Patient/eva/$everything');
      const references = [...answer.text.matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference);
      const dangling = references.filter((reference) => !namesOf(answer).includes(String(reference)));
      expect([...new Set(dangling)]).to.deep.equal(['Patient/other']);
    });

    for (const count of [1, 2, 3, 5, 100]) {
      it(`pages by ${count} without losing or repeating any`, async () => {
        const pages = await allPages(server(), `Patient/eva/$everything?_count=${count}`);
        expect(pages.flat()).to.deep.equal([...record, ...shared]);
        expect(pages.every((page) => page.length > 0 && page.length <= count)).to.equal(true);
      });
    }

    it('start and end: "all records relating to care provided in a certain date range", undated ones kept', async () => {
      const within = async (range: string) => namesOf(await server().fetchFhir(`Patient/eva/$everything?${range}`), 'match');
      const undated = ['Condition/ec1', 'RelatedPerson/er1'];
      expect(await within('start=2026-01-01')).to.have.members(['Patient/eva', 'Encounter/ee1', 'Observation/eo2', ...undated]);
      expect(await within('end=2024')).to.have.members(['Patient/eva', 'Observation/eo1', ...undated]);
      expect(await within('start=2025-01-01&end=2025-12-31')).to.have.members([
        'Patient/eva',
        'MedicationRequest/em1',
        ...undated,
      ]);
    });

    it('gives of shared resources only those that the records in the range refer to', async () => {
      const answer = await server().fetchFhir('Patient/eva/$everything?start=2026-01-01');
      expect(namesOf(answer, 'include')).to.deep.equal(['Organization/eorg1', 'Organization/eorg2', 'Practitioner/edoc']);
    });

    it('_type: of the record and of what it refers to', async () => {
      expect(namesOf(await server().fetchFhir('Patient/eva/$everything?_type=Observation,Practitioner'))).to.deep.equal([
        'Observation/eo1',
        'Observation/eo2',
        'Practitioner/edoc',
      ]);
      expect(namesOf(await server().fetchFhir('Patient/eva/$everything?_type=Organization'))).to.deep.equal([
        'Organization/eorg1',
        'Organization/eorg2',
      ]);
      expect(
        (await allPages(server(), 'Patient/eva/$everything?_type=Patient&_type=Organization&_count=2')).flat(),
      ).to.deep.equal(['Patient/eva', 'Organization/eorg1', 'Organization/eorg2']);
    });

    it('_since: "only records that have changed since the last request"', async () => {
      const { headers } = await server().fetchFhir('Patient/eva');
      const changed = Date.parse(headers.get('last-modified') ?? '');
      const later = new Date(changed + 3_600_000).toISOString();
      expect(namesOf(await server().fetchFhir(`Patient/eva/$everything?_since=${later}`))).to.deep.equal([]);
      const before = new Date(changed - 3_600_000).toISOString();
      expect(namesOf(await server().fetchFhir(`Patient/eva/$everything?_since=${before}`))).to.deep.equal([...record, ...shared]);
    });

    it('takes its parameters from a Parameters resource too', async () => {
      const body = {
        resourceType: 'Parameters',
        parameter: [
          { name: '_type', valueCode: 'Observation' },
          { name: '_count', valueInteger: 1 },
          { name: 'start', valueDate: '2026-01-01' },
        ],
      };
      expect(namesOf(await server().fetchFhir('Patient/eva/$everything', { method: 'POST', body }))).to.deep.equal([
        'Observation/eo2',
      ]);
    });

    const refusals: readonly (readonly [path: string, status: number])[] = [
      ['Patient/nobody/$everything', 404],
      ['Patient/eva/$everything?_count=0', 400],
      ['Patient/eva/$everything?_count=x', 400],
      ['Patient/eva/$everything?start=yesterday', 400],
      ['Patient/eva/$everything?start=2026-01-02&end=2026-01-01', 400],
      ['Patient/eva/$everything?_type=Patinet', 400],
      ['Patient/eva/$everything?_cursor=AAAA', 400],
      ['Observation/eo1/$everything', 404],
    ];
    for (const [path, status] of refusals) {
      it(`answers ${path} with ${status}`, async () => expect((await server().fetchFhir(path)).status).to.equal(status));
    }

    it('names parameters that it does not know, and refuses them under handling=strict', async () => {
      const answer = await server().fetchFhir('Patient/eva/$everything?_sinse=2026');
      expect(answer.body.entry.at(-1).resource.issue[0].details.text).to.equal(
        "$everything has no parameter '_sinse'. Did you mean '_since'? It was left out.",
      );
      expect(
        (await server().fetchFhir('Patient/eva/$everything?_sinse=2026', { headers: { prefer: 'handling=strict' } })).status,
      ).to.equal(400);
    });

    it('answers 410 for a deleted patient', async () => {
      await server().fetchFhir('Patient/egone', { method: 'PUT', body: { id: 'egone', ...patient(unique()) } });
      await server().fetchFhir('Patient/egone', { method: 'DELETE' });
      expect((await server().fetchFhir('Patient/egone/$everything')).status).to.equal(410);
    });

    describe('access', () => {
      const asEva = (scope: string) => server().token(scope, { patient: 'eva' });
      it("gives a patient's app the own record", async () => {
        const answer = await server().fetchFhir('Patient/eva/$everything', { token: await asEva('patient/*.rs') });
        expect(namesOf(answer, 'match')).to.deep.equal(record);
      });
      it("gives a patient's app the own record without an id too, page by page", async () => {
        const token = await asEva('patient/*.rs');
        const pages = await allPages(server(), 'Patient/$everything?_count=3', token);
        expect(pages.flat()).to.deep.equal([...record, ...shared]);
        expect(Math.max(...pages.map(({ length }) => length))).to.equal(3);
      });
      it('refuses it without an id to whom no patient is the own: all records are an export', async () => {
        const { status, body } = await server().fetchFhir('Patient/$everything');
        expect(status).to.equal(400);
        expect(body.issue[0].details.text).to.include('Patient/$export');
      });
      it("answers 404 for another's", async () => {
        const token = await asEva('patient/*.rs');
        const [others, nobodys] = await Promise.all(
          ['Patient/other/$everything', 'Patient/nobody/$everything'].map((path) => server().fetchFhir(path, { token })),
        );
        expect([others?.status, nobodys?.status]).to.deep.equal([404, 404]);
      });
      it('gives only the types in scope', async () => {
        const token = await asEva('patient/Patient.r patient/Observation.s');
        expect(namesOf(await server().fetchFhir('Patient/eva/$everything', { token }))).to.deep.equal([
          'Patient/eva',
          'Observation/eo1',
          'Observation/eo2',
        ]);
      });
      it('is refused without a scope on Patient', async () => {
        expect(
          (await server().fetchFhir('Patient/eva/$everything', { token: await asEva('patient/Observation.rs') })).status,
        ).to.equal(403);
      });
    });
  },
  { environment: { VALIDATION: 'base' } },
);
