/** `Bundle.entry.request.ifMatch` and its like: https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request */
import { expect } from 'chai';
import { binaryPatch } from '../support/patches.ts';
import { bundle, describeOnStores, entry, organization, patient, unique } from './on-stores.ts';

interface Response {
  readonly status: string;
  readonly etag?: string;
}

const before2000 = '2000-01-01T00:00:00Z';
const after2090 = '2090-01-01T00:00:00Z';
const patch = binaryPatch({ op: 'add', path: '/active', value: true });

describeOnStores('http.html#trules: preconditions of entries', (server) => {
  const send = (kind: 'batch' | 'transaction', ...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle(kind, ...entries) });
  const create = async () => (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;
  const under = (one: object, more: object) => ({ ...one, request: { ...(one as { request: object }).request, ...more } });

  const writes: readonly (readonly [what: string, make: (id: string) => object, status: number])[] = [
    [
      'PUT with the current ifMatch',
      (id) => under(entry(`PUT Patient/${id}`, patient(unique(), { id })), { ifMatch: 'W/"1"' }),
      200,
    ],
    ['PUT with another ifMatch', (id) => under(entry(`PUT Patient/${id}`, patient(unique(), { id })), { ifMatch: 'W/"2"' }), 412],
    ['PUT with ifNoneMatch *', (id) => under(entry(`PUT Patient/${id}`, patient(unique(), { id })), { ifNoneMatch: '*' }), 412],
    [
      'PUT with another ifNoneMatch',
      (id) => under(entry(`PUT Patient/${id}`, patient(unique(), { id })), { ifNoneMatch: 'W/"2"' }),
      200,
    ],
    ['PATCH with the current ifMatch', (id) => under(entry(`PATCH Patient/${id}`, patch), { ifMatch: 'W/"1"' }), 200],
    ['PATCH with another ifMatch', (id) => under(entry(`PATCH Patient/${id}`, patch), { ifMatch: 'W/"2"' }), 412],
    ['DELETE with the current ifMatch', (id) => under(entry(`DELETE Patient/${id}`), { ifMatch: 'W/"1"' }), 204],
    ['DELETE with another ifMatch', (id) => under(entry(`DELETE Patient/${id}`), { ifMatch: 'W/"2"' }), 412],
    ['an ifMatch that is no entity tag', (id) => under(entry(`DELETE Patient/${id}`), { ifMatch: 'nonsense' }), 400],
  ];
  for (const kind of ['batch', 'transaction'] as const) {
    for (const [what, make, expected] of writes) {
      it(`${what} in a ${kind}: ${expected}`, async () => {
        const { id } = await create();
        const { status, body } = await send(kind, make(id));
        const of = status === 200 ? Number(body.entry[0].response.status.slice(0, 3)) : status;
        expect(of).to.equal(expected);
        if (expected >= 400) expect((await server().fetchFhir(`Patient/${id}`)).body.meta.versionId).to.equal('1');
      });
    }
  }

  it('ifNoneMatch * on PUT lets only the first version through, alone too', async () => {
    const id = unique('once');
    const put = () =>
      server().fetchFhir(`Patient/${id}`, { method: 'PUT', body: patient(unique(), { id }), headers: { 'if-none-match': '*' } });
    expect([(await put()).status, (await put()).status]).to.deep.equal([201, 412]);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => {
        const one = unique('race');
        return send(
          'transaction',
          under(entry(`PUT Organization/only-${id}`, organization(one, { id: `only-${id}` })), { ifNoneMatch: '*' }),
        );
      }),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, ...Array(7).fill(412)]);
  });

  const reads: readonly (readonly [what: string, more: object, status: string])[] = [
    ['ifNoneMatch of the current version', { ifNoneMatch: 'W/"1"' }, '304 Not Modified'],
    ['ifNoneMatch of another', { ifNoneMatch: 'W/"2"' }, '200 OK'],
    ['ifModifiedSince before', { ifModifiedSince: before2000 }, '200 OK'],
    ['ifModifiedSince after', { ifModifiedSince: after2090 }, '304 Not Modified'],
  ];
  for (const kind of ['batch', 'transaction'] as const) {
    for (const [what, more, expected] of reads) {
      it(`GET with ${what} in a ${kind}: ${expected}`, async () => {
        const { id } = await create();
        const { body } = await send(kind, under(entry(`GET Patient/${id}`), more));
        expect(body.entry[0].response).to.include({ status: expected, etag: 'W/"1"' });
        expect(body.entry[0].resource === undefined).to.equal(expected.startsWith('304'));
      });
    }
  }

  it('entries that read see what the transaction has written, HEAD without the resource; one that fails says so alone', async () => {
    const [id, value] = [unique('read'), unique()];
    const { status, body } = await send(
      'transaction',
      entry(`GET Patient/${id}`),
      entry(`HEAD Patient/${id}`),
      entry(`GET Patient/${id}/_history/1`),
      entry(`GET Patient?identifier=${value}`),
      entry('GET Patient/nobody'),
      entry(`PUT Patient/${id}`, patient(value, { id })),
    );
    expect(status).to.equal(200);
    const responses: readonly Response[] = body.entry.map((one: { response: Response }) => one.response);
    expect(responses.map((one) => one.status)).to.deep.equal([
      '200 OK',
      '200 OK',
      '200 OK',
      '200 OK',
      '404 Not Found',
      '201 Created',
    ]);
    expect(body.entry.map(({ resource }: { resource?: { resourceType: string } }) => resource?.resourceType)).to.deep.equal([
      'Patient',
      undefined,
      'Patient',
      'Bundle',
      undefined,
      undefined,
    ]);
    expect(body.entry[3].resource.entry).to.have.length(1);
  });

  it('no new version for what is stored already: the entry answers 200 with the version there is', async () => {
    const before = await create();
    const { body } = await send('transaction', entry(`PUT Patient/${before.id}`, before));
    expect(body.entry[0].response).to.include({ status: '200 OK', etag: 'W/"1"' });
    const touched = { ...before, meta: { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z' } };
    const again = await send('transaction', entry(`PUT Patient/${before.id}`, touched));
    expect(again.body.entry[0].response.etag).to.equal('W/"1"');
    expect((await server().fetchFhir(`Patient/${before.id}/_history`)).body.entry).to.have.length(1);
  });
});
