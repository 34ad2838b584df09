/** src/decisions/0013-referential-integrity.md */
import { expect } from 'chai';
import { jsonPatch } from '../support/patches.ts';
import { type Answer, type FetchOptions, startTestServer, type TestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from './on-stores.ts';

const nowhere = 'Patient/nowhere';
const places = ({ body }: Answer): readonly string[] =>
  (body.issue ?? [])
    .filter(({ severity }: { severity: string }) => severity === 'error')
    .flatMap(({ expression }: { expression?: readonly string[] }) => expression ?? []);
const post = (body: object): FetchOptions => ({ method: 'POST', body });
const typeOf = (resource: object) => (resource as { resourceType: string }).resourceType; // The factories' resources have one.

const creator = (server: () => TestServer) => async (body: object) => {
  const answer = await server().fetchFhir(typeOf(body), post(body));
  expect(answer.status, answer.text).to.equal(201);
  return answer.body;
};

describeOnStores(
  'REFERENCES=checked: what a write refers to',
  (server) => {
    const create = creator(server);
    const send = (...entries: readonly object[]) => server().fetchFhir('', post(bundle('transaction', ...entries)));
    let subject = '';
    let deleted = '';
    before(async () => {
      subject = `Patient/${(await create(patient(unique()))).id}`;
      deleted = `Patient/${(await create(patient(unique()))).id}`;
      await server().fetchFhir(deleted, { method: 'DELETE' });
    });

    const refused: readonly (readonly [what: string, resource: () => object, places: readonly string[]])[] = [
      ['what never was', () => observation(nowhere), ['Observation.subject.reference']],
      ['what was deleted', () => observation(deleted), ['Observation.subject.reference']],
      ['an absolute URL of this server', () => observation(`${server().baseUrl}/${nowhere}`), ['Observation.subject.reference']],
      ['a version that is not there', () => observation(`${subject}/_history/7`), ['Observation.subject.reference']],
      ['a version that is a deletion', () => observation(`${deleted}/_history/2`), ['Observation.subject.reference']],
      ['a version of what was deleted', () => observation(`${deleted}/_history/1`), ['Observation.subject.reference']],
      [
        'several things that are not there',
        () => observation(nowhere, { performer: [{ reference: 'Practitioner/x' }, { reference: 'Organization/y' }] }),
        ['Observation.subject.reference', 'Observation.performer[0].reference', 'Observation.performer[1].reference'],
      ],
      [
        'something in an extension',
        () => observation(subject, { extension: [{ url: 'urn:x', valueReference: { reference: 'Basic/x' } }] }),
        ['Observation.extension[0].value.ofType(Reference).reference'],
      ],
      [
        'something in a contained resource',
        () =>
          observation(subject, {
            contained: [{ resourceType: 'Specimen', id: 's', subject: { reference: nowhere } }],
            specimen: { reference: '#s' },
          }),
        ['Observation.contained[0].subject.reference'],
      ],
      [
        'a Binary that an attachment names',
        () => ({ resourceType: 'Media', status: 'completed', content: { url: 'Binary/nowhere', contentType: 'text/plain' } }),
        ['Media.content.url'],
      ],
    ];
    for (const [what, resource, expected] of refused) {
      it(`${what}: 422 with the place of each reference, and nothing is stored`, async () => {
        const body = resource();
        const type = typeOf(body);
        const count = async () => (await server().fetchFhir(`${type}?_summary=count`)).body.total;
        const before = await count();
        const answer = await server().fetchFhir(type, post(body));
        expect(answer.status, answer.text).to.equal(422);
        expect(answer.body.issue[0].code).to.equal('not-found');
        expect(places(answer)).to.deep.equal(expected);
        expect(await count()).to.equal(before);
      });
    }

    const passing: readonly (readonly [what: string, resource: () => object])[] = [
      ['a resource that is there', () => observation(subject)],
      ['its absolute URL', () => observation(`${server().baseUrl}/${subject}`)],
      ['one of its versions', () => observation(`${subject}/_history/1`)],
      ['a foreign URL', () => observation('https://elsewhere.example/fhir/Patient/1')],
      ['an identifier alone', () => observation(subject, { performer: [{ identifier: { value: 'x' } }] })],
      ['a contained resource', () => observation('#p', { contained: [{ resourceType: 'Patient', id: 'p', active: true }] })],
      ['a canonical', () => ({ resourceType: 'Basic', code: { text: 'x' }, meta: { profile: ['Profile/nowhere'] } })],
      [
        'a foreign attachment',
        () => ({
          resourceType: 'Media',
          status: 'completed',
          content: { url: 'https://elsewhere.example/a.pdf', contentType: 'application/pdf' },
        }),
      ],
      [
        'entries of a stored Bundle',
        () => ({
          resourceType: 'Bundle',
          type: 'collection',
          entry: [{ fullUrl: 'urn:uuid:6f9b0a3e-1111-4222-8333-444455556666', resource: observation(nowhere) }],
        }),
      ],
      [
        'anything, from a Provenance',
        () => ({
          resourceType: 'Provenance',
          target: [{ reference: nowhere }],
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ who: { reference: 'Device/x' } }],
        }),
      ],
      [
        'anything, from an AuditEvent',
        () => ({
          resourceType: 'AuditEvent',
          type: { code: 'rest' },
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ requestor: true, who: { reference: 'Practitioner/x' } }],
          source: { observer: { reference: 'Device/x' } },
          entity: [{ what: { reference: nowhere } }],
        }),
      ],
    ];
    for (const [what, resource] of passing) {
      it(`${what}: passes`, async () => {
        const body = resource();
        const answer = await server().fetchFhir(typeOf(body), post(body));
        expect(answer.status, answer.text).to.equal(201);
      });
    }

    it('updates, update-as-create, patches and $meta-add are held to it too', async () => {
      const { id, ...rest } = await create(observation(subject));
      const changed = { ...rest, id, subject: { reference: nowhere } };
      const put = (to: string) => server().fetchFhir(`Observation/${to}`, { method: 'PUT', body: { ...changed, id: to } });
      expect([(await put(id)).status, (await put(unique('new'))).status]).to.deep.equal([422, 422]);
      const patched = await server().fetchFhir(
        `Observation/${id}`,
        jsonPatch({ op: 'replace', path: '/subject/reference', value: nowhere }),
      );
      expect(patched.status).to.equal(422);
      expect((await server().fetchFhir(`Observation/${id}`)).body.meta.versionId).to.equal('1');
    });

    it('a resource may refer to itself, also when it comes with the reference', async () => {
      const id = unique('self');
      const body = organization(unique(), { id, partOf: { reference: `Organization/${id}` } });
      expect((await server().fetchFhir(`Organization/${id}`, { method: 'PUT', body })).status).to.equal(201);
    });

    it('a reference that the stored version has is not held against a new one, even when its target is gone', async () => {
      const gone = `Practitioner/${(await create({ resourceType: 'Practitioner', active: true })).id}`;
      const before = await create(observation(subject, { performer: [{ reference: gone }] }));
      await server().fetchFhir(`${gone}?_references=free`, { method: 'DELETE' });
      const put = (more: object) =>
        server().fetchFhir(`Observation/${before.id}`, { method: 'PUT', body: { ...before, ...more } });
      expect((await put({ status: 'amended' })).status).to.equal(200);
      const other = await put({ status: 'amended', performer: [{ reference: gone }, { reference: nowhere }] });
      expect(places(other)).to.deep.equal(['Observation.performer[1].reference']);
    });

    it('names references and what validation finds in one answer', async () => {
      const answer = await server().fetchFhir('Observation', post(observation(nowhere, { status: 'finito' })));
      expect(answer.status).to.equal(400);
      expect(places(answer)).to.have.members(['Observation.status', 'Observation.subject.reference']);
    });

    describe('in a transaction', () => {
      it('the state after it counts: cycles and forward references pass', async () => {
        const [one, other] = [unique('cycle'), unique('cycle')];
        const link = (to: string) => [{ other: { reference: `Patient/${to}` }, type: 'seealso' }];
        const answer = await send(
          entry(`PUT Patient/${one}`, patient(unique(), { id: one, link: link(other) })),
          entry(`PUT Patient/${other}`, patient(unique(), { id: other, link: link(one) })),
        );
        expect(answer.status, answer.text).to.equal(200);
      });

      it('what it deletes is not there', async () => {
        const { id } = await create(patient(unique()));
        const answer = await send(entry(`DELETE Patient/${id}`), entry('POST Observation', observation(`Patient/${id}`)));
        expect(answer.status).to.equal(422);
        expect(places(answer)).to.deep.equal(['Bundle.entry[1].resource.subject.reference']);
        expect((await server().fetchFhir(`Patient/${id}`)).status).to.equal(200);
      });

      it('names each reference that leads nowhere, with everything else that is wrong', async () => {
        const answer = await send(
          entry('POST Observation', observation(nowhere)),
          entry('POST Patient', patient(unique(), { gender: 'donna' })),
          entry('POST Observation', observation(subject, { performer: [{ reference: 'Practitioner/x' }] })),
        );
        expect(answer.status).to.equal(400);
        expect(places(answer)).to.have.members([
          'Bundle.entry[0].resource.subject.reference',
          'Bundle.entry[1].resource.gender',
          'Bundle.entry[2].resource.performer[0].reference',
        ]);
      });
    });
  },
  { environment: { VALIDATION: 'base' } },
);

describeOnStores(
  'REFERENCES=checked: deleting what is referred to',
  (server) => {
    const create = creator(server);
    const send = (...entries: readonly object[]) => server().fetchFhir('', post(bundle('transaction', ...entries)));
    const remove = (path: string) => server().fetchFhir(path, { method: 'DELETE' });
    const pair = async () => {
      const { id } = await create(patient(unique()));
      const referring = await create(observation(`Patient/${id}`));
      return { target: `Patient/${id}`, referring: `Observation/${referring.id}` };
    };

    it('is refused with 409, naming what refers to it; once that is gone it passes', async () => {
      const { target, referring } = await pair();
      const answer = await remove(target);
      expect([answer.status, answer.body.issue[0].code]).to.deep.equal([409, 'conflict']);
      expect(answer.body.issue[0].diagnostics).to.include(referring);
      expect((await server().fetchFhir(target)).status).to.equal(200);
      expect((await remove(referring)).status).to.equal(204);
      expect((await remove(target)).status).to.equal(204);
    });

    it('passes when the reference was taken away by an update', async () => {
      const { target, referring } = await pair();
      const other = (await pair()).target;
      const { body } = await server().fetchFhir(referring);
      await server().fetchFhir(referring, { method: 'PUT', body: { ...body, subject: { reference: other } } });
      expect((await remove(target)).status).to.equal(204);
    });

    it('is refused for what only an element without a search parameter names', async () => {
      const { id } = await create(organization(unique()));
      const contact = [{ organization: { reference: `Organization/${id}` } }];
      await create(patient(unique(), { contact }));
      expect((await remove(`Organization/${id}`)).status).to.equal(409);
    });

    it('Provenance and AuditEvent hold nothing', async () => {
      const { id } = await create(patient(unique()));
      await create({
        resourceType: 'Provenance',
        target: [{ reference: `Patient/${id}` }],
        recorded: '2026-01-01T00:00:00Z',
        agent: [{ who: { reference: `Patient/${id}` } }],
      });
      expect((await remove(`Patient/${id}`)).status).to.equal(204);
    });

    it('both in one transaction pass, in either order', async () => {
      for (const reversed of [false, true]) {
        const { target, referring } = await pair();
        const entries = [entry(`DELETE ${target}`), entry(`DELETE ${referring}`)];
        expect((await send(...(reversed ? entries.reverse() : entries))).status).to.equal(200);
        expect((await server().fetchFhir(target)).status).to.equal(410);
      }
    });

    it('one of several in a transaction fails it, with the entry of each', async () => {
      const [one, other] = [await pair(), await pair()];
      const answer = await send(entry(`DELETE ${one.target}`), entry('DELETE Patient/nobody'), entry(`DELETE ${other.target}`));
      expect(answer.status).to.equal(409);
      expect(places(answer)).to.deep.equal(['Bundle.entry[0]', 'Bundle.entry[2]']);
      expect((await server().fetchFhir(one.target)).status).to.equal(200);
    });

    it('?_references=free deletes it all the same, for a client with a system/ scope only', async () => {
      const { target } = await pair();
      const url = `${target}?_references=free`;
      const fetchAs = async (scope: string, options = {}) =>
        (await server().fetchFhir(url, { method: 'DELETE', token: await server().token(scope, options) })).status;
      expect(await fetchAs('user/*.cruds', { fhirUser: 'Practitioner/x' })).to.equal(403);
      expect(await fetchAs('system/Observation.d user/Patient.d', { fhirUser: 'Practitioner/x' })).to.equal(403);
      expect((await remove(`${target}?_references=no`)).status).to.equal(400);
      expect(await fetchAs('system/Patient.d')).to.equal(204);
      const inBundle = (await pair()).target;
      expect((await send(entry(`DELETE ${inBundle}?_references=free`))).status).to.equal(200);
    });

    it('the capability statement claims that references are enforced', async () => {
      const { body } = await server().fetchFhir('metadata');
      expect(body.rest[0].resource[0].referencePolicy).to.deep.equal(['literal', 'logical', 'enforced']);
    });
  },
  { environment: { VALIDATION: 'base' } },
);

describe('REFERENCES=free', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { REFERENCES: 'free' } });
  });
  after(() => server.close());

  it('asks of no reference where it leads, and holds no delete', async () => {
    expect((await server.fetchFhir('Observation', post(observation(nowhere)))).status).to.equal(201);
    const { body } = await server.fetchFhir('Patient', post(patient(unique())));
    await server.fetchFhir('Observation', post(observation(`Patient/${body.id}`)));
    expect((await server.fetchFhir(`Patient/${body.id}`, { method: 'DELETE' })).status).to.equal(204);
    const metadata = await server.fetchFhir('metadata');
    expect(metadata.body.rest[0].resource[0].referencePolicy).to.deep.equal(['literal', 'logical']);
  });
});
