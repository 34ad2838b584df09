/** Conditional interactions with none, one and several matches, alone, in a batch and in a transaction. https://hl7.org/fhir/R4/http.html#ccreate */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { binaryPatch } from '../support/patches.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, system, unique } from './on-stores.ts';

type Kind = 'batch' | 'transaction';
const kinds: readonly Kind[] = ['batch', 'transaction'];

describeOnStores('http.html: conditional interactions in Bundles', (server) => {
  const send = (kind: Kind, ...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle(kind, ...entries) });
  /** The status of an entry: of a transaction that fails as a whole, the one it fails with. */
  const statusOf = async (kind: Kind, one: object): Promise<number> => {
    const { status, body } = await send(kind, one);
    return status === 200 ? Number(body.entry[0].response.status.slice(0, 3)) : status;
  };
  const create = async (value: string) => (await server().fetchFhir('Patient', { method: 'POST', body: patient(value) })).body;
  const patch = binaryPatch({ op: 'add', path: '/active', value: true });

  const cases: readonly (readonly [what: string, make: (value: string) => object, none: number, one: number, several: number])[] =
    [
      [
        'create',
        (value) => entry('POST Patient', patient(value), { ifNoneExist: `identifier=${system}|${value}` }),
        201,
        200,
        412,
      ],
      ['update', (value) => entry(`PUT Patient?identifier=${system}|${value}`, patient(value, { active: true })), 201, 200, 412],
      ['patch', (value) => entry(`PATCH Patient?identifier=${system}|${value}`, patch), 404, 200, 412],
      ['delete', (value) => entry(`DELETE Patient?identifier=${system}|${value}`), 204, 204, 412],
      ['delete of at most two', (value) => entry(`DELETE Patient?identifier=${system}|${value}&_count=2`), 204, 204, 204],
    ];
  for (const kind of kinds) {
    for (const [what, make, ...expected] of cases) {
      for (const [matches, status] of expected.entries()) {
        it(`a conditional ${what} in a ${kind}, ${['none matches', 'one matches', 'several match'][matches]}: ${status}`, async () => {
          const value = unique();
          for (let made = 0; made < matches; made += 1) await create(value);
          expect(await statusOf(kind, make(value))).to.equal(status);
        });
      }
    }
  }

  it('two conditional deletes of one transaction that mean the same resource overlap', async () => {
    const [value, other] = [unique(), unique()];
    const both = patient(value, { identifier: [value, other].map((one) => ({ system, value: one })) });
    const { body: made } = await server().fetchFhir('Patient', { method: 'POST', body: both });
    const answer = await send(
      'transaction',
      entry(`DELETE Patient?identifier=${value}&_count=5`),
      entry(`DELETE Patient?identifier=${other}&_count=5`),
    );
    expect([answer.status, answer.body.issue[0].code]).to.deep.equal([400, 'duplicate']);
    expect((await server().fetchFhir(`Patient/${made.id}`)).status).to.equal(200);
  });
});

describeOnStores('a conditional delete of many', (server) => {
  const create = async (value: string) => (await server().fetchFhir('Patient', { method: 'POST', body: patient(value) })).body.id;
  const several = async (value: string) => [await create(value), await create(value), await create(value)];
  const remove = (query: string, headers: Record<string, string> = {}) =>
    server().fetchFhir(`Patient?${query}`, { method: 'DELETE', headers });
  const left = async (value: string) => (await server().fetchFhir(`Patient?identifier=${value}&_summary=count`)).body.total;

  it('happens only when asked for with _count: all matches go, in one step', async () => {
    const value = unique();
    const ids = await several(value);
    expect((await remove(`identifier=${value}`)).status).to.equal(412);
    expect(await left(value)).to.equal(3);
    expect((await remove(`identifier=${value}&_count=3`)).status).to.equal(204);
    for (const id of ids) expect((await server().fetchFhir(`Patient/${id}`)).status).to.equal(410);
  });

  it('more matches than _count says: 412, and nothing is deleted', async () => {
    const value = unique();
    await several(value);
    const answer = await remove(`identifier=${value}&_count=2`);
    expect([answer.status, answer.body.issue[0].code]).to.deep.equal([412, 'multiple-matches']);
    expect(answer.body.issue[0].details.text).to.include('more than 2');
    expect(await left(value)).to.equal(3);
  });

  it('Prefer: return=OperationOutcome tells how many went', async () => {
    const value = unique();
    await several(value);
    const prefer = 'return=OperationOutcome';
    const answer = await remove(`identifier=${value}&_count=100`, { prefer });
    expect([answer.status, answer.body.issue[0].details.text]).to.deep.equal([200, '3 resources are deleted.']);
    const none = await remove(`identifier=${value}&_count=100`, { prefer });
    expect(none.body.issue[0].details.text).to.equal('There was nothing to delete.');
  });

  it('what refers to each other among the matches goes together; what others refer to stays, and all with it', async () => {
    const value = unique();
    const [one, other, third] = await several(value);
    const link = [{ other: { reference: `Patient/${other}` }, type: 'seealso' }];
    await server().fetchFhir(`Patient/${one}`, { method: 'PUT', body: patient(value, { id: one, link }) });
    const { body } = await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${third}`) });
    expect((await remove(`identifier=${value}&_count=3`)).status).to.equal(409);
    expect(await left(value)).to.equal(3);
    await server().fetchFhir(`Observation/${body.id}`, { method: 'DELETE' });
    expect((await remove(`identifier=${value}&_count=3`)).status).to.equal(204);
    expect(await left(value)).to.equal(0);
  });

  for (const count of ['0', '-1', 'many', '1.5', String(limits.conditionalDeletesMax + 1), '2&_count=3']) {
    it(`refuses _count=${count} with 400`, async () => {
      const answer = await remove(`identifier=x&_count=${count}`);
      expect([answer.status, answer.body.issue[0].expression]).to.deep.equal([400, ['http._count']]);
    });
  }

  it('still needs a condition', async () => {
    expect((await remove('_count=10')).status).to.equal(400);
  });

  it('the capability statement claims it', async () => {
    const { body } = await server().fetchFhir('metadata');
    expect(body.rest[0].resource[0].conditionalDelete).to.equal('multiple');
  });

  it("with a patient's token means what the token reaches", async () => {
    const value = unique();
    const [mine, other] = [await create(unique()), await create(unique())];
    const made = async (subject: string) =>
      (
        await server().fetchFhir('Observation', {
          method: 'POST',
          body: observation(`Patient/${subject}`, { identifier: [{ system, value }] }),
        })
      ).body.id;
    const [own, hidden] = [await made(mine), await made(other)];
    const token = await server().token('patient/*.cruds', { patient: mine });
    const answer = await server().fetchFhir(`Observation?identifier=${value}&_count=10`, { method: 'DELETE', token });
    expect(answer.status).to.equal(204);
    expect((await server().fetchFhir(`Observation/${own}`)).status).to.equal(410);
    expect((await server().fetchFhir(`Observation/${hidden}`)).status).to.equal(200);
  });
});

describeOnStores('a transaction after a delete', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });

  it('PUT brings a deleted resource back, inside a Bundle as outside: 201, its versions count on', async () => {
    const id = unique('back');
    const put = (more: object) => entry(`PUT Patient/${id}`, patient(unique(), { id, ...more }));
    await send(put({}));
    await send(entry(`DELETE Patient/${id}`));
    const { status, body } = await send(put({ active: true }));
    expect(status).to.equal(200);
    expect(body.entry[0].response).to.include({ status: '201 Created', etag: 'W/"3"', location: `Patient/${id}/_history/3` });
    expect((await server().fetchFhir(`Patient/${id}`)).body.active).to.equal(true);
    expect((await server().fetchFhir(`Patient/${id}/_history`)).body.entry).to.have.length(3);
  });

  it('a conditional PUT does so too, under the id of the resource', async () => {
    const [id, value] = [unique('back'), unique()];
    await send(entry(`PUT Organization/${id}`, organization(value, { id })));
    await send(entry(`DELETE Organization/${id}`));
    const { body } = await send(entry(`PUT Organization?identifier=${value}`, organization(value, { id })));
    expect(body.entry[0].response).to.include({ status: '201 Created', location: `Organization/${id}/_history/3` });
  });

  it('deleting what is deleted already succeeds and makes no version', async () => {
    const id = unique('gone');
    await send(entry(`PUT Patient/${id}`, patient(unique(), { id })));
    await send(entry(`DELETE Patient/${id}`));
    const { status, body } = await send(entry(`DELETE Patient/${id}`));
    expect([status, body.entry[0].response.status]).to.deep.equal([200, '204 No Content']);
    expect((await server().fetchFhir(`Patient/${id}/_history`)).body.entry).to.have.length(2);
  });
});
