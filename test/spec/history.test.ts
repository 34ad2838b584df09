import { expect } from 'chai';
import { describeOnStores, observation, patient, unique } from './on-stores.ts';

interface HistoryEntry {
  readonly fullUrl: string;
  readonly resource?: { readonly meta: { readonly versionId: string } };
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string };
}

describeOnStores('http.html#history', (server) => {
  const create = async () => (await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })).body;
  const changed = async () => {
    const first = await create();
    await server().fetchFhir(`Patient/${first.id}`, { method: 'PUT', body: { ...first, active: true } });
    await server().fetchFhir(`Patient/${first.id}`, { method: 'DELETE' });
    return first;
  };

  it('returns a Bundle with type set to history containing the versions sorted with newest versions first, deletions among them', async () => {
    const { id } = await changed();
    const { status, body } = await server().fetchFhir(`Patient/${id}/_history`);
    expect(status).to.equal(200);
    expect(body.type).to.equal('history');
    const entries: readonly HistoryEntry[] = body.entry;
    expect(entries.map(({ response }) => response.etag)).to.deep.equal(['W/"3"', 'W/"2"', 'W/"1"']);
    expect(entries.map(({ request }) => `${request.method} ${request.url}`)).to.deep.equal([
      `DELETE Patient/${id}`,
      `PUT Patient/${id}`,
      'POST Patient',
    ]);
    expect(entries.map(({ response }) => response.status.slice(0, 3))).to.deep.equal(['204', '200', '201']);
    expect(entries.map(({ resource }) => resource?.meta.versionId)).to.deep.equal([undefined, '2', '1']);
    for (const { fullUrl, response } of entries) {
      expect(fullUrl).to.equal(`${server().baseUrl}/Patient/${id}`);
      expect(Date.parse(response.lastModified)).to.be.above(0);
    }
  });

  it('_count limits a page; following next gives each version once', async () => {
    const { id } = await changed();
    const seen: string[] = [];
    let url: string | undefined = `${server().baseUrl}/Patient/${id}/_history?_count=1`;
    while (url !== undefined) {
      const { pathname, search } = new URL(url);
      const { body } = await server().fetchFhir(pathname + search);
      seen.push(...body.entry.map((one: HistoryEntry) => one.response.etag));
      expect(body.entry).to.have.length(1);
      url = body.link.find((link: { relation: string }) => link.relation === 'next')?.url;
    }
    expect(seen).to.deep.equal(['W/"3"', 'W/"2"', 'W/"1"']);
  });

  it('its links ask for the format that the first page was asked in', async () => {
    const { id } = await changed();
    const { body } = await server().fetchFhir(`Patient/${id}/_history?_count=1&_format=json&_pretty=true`);
    for (const { relation, url } of body.link) expect(url, relation).to.match(/[?&]_format=json&_pretty=true$/);
    expect(body.link).to.have.length(2);
  });

  it('a _count beyond every limit is that of the largest page', async () => {
    const { id } = await changed();
    expect((await server().fetchFhir(`Patient/${id}/_history?_count=99999999999`)).body.entry).to.have.length(3);
  });

  it('_since leaves out what was before it, _at what was not current then', async () => {
    const { id } = await changed();
    const path = `Patient/${id}/_history`;
    expect((await server().fetchFhir(`${path}?_since=2099-01-01T00:00:00Z`)).body.entry).to.equal(undefined);
    expect((await server().fetchFhir(`${path}?_since=2000-01-01T00:00:00Z`)).body.entry).to.have.length(3);
    expect((await server().fetchFhir(`${path}?_at=2000`)).body.entry).to.equal(undefined);
  });

  it('of a type and of the system has the versions of all resources', async () => {
    const { id } = await changed();
    for (const path of ['Patient/_history', '_history']) {
      const { body } = await server().fetchFhir(`${path}?_count=3`);
      const entries: readonly HistoryEntry[] = body.entry;
      expect(entries.map(({ fullUrl }) => fullUrl)).to.deep.equal(Array(3).fill(`${server().baseUrl}/Patient/${id}`));
    }
  });

  const refusals: readonly [query: string, status: number][] = [
    ['_count=0', 400],
    ['_count=many', 400],
    ['_since=yesterday', 400],
    ['_at=2026-13', 400],
    ['_count=1&_count=2', 400],
    ['_cursor=nonsense', 400],
  ];
  for (const [query, status] of refusals) {
    it(`refuses ?${query} with ${status}`, async () => {
      expect((await server().fetchFhir(`Patient/_history?${query}`)).status).to.equal(status);
    });
  }

  it('an unknown parameter is left out, or 400 under handling=strict', async () => {
    expect((await server().fetchFhir('Patient/_history?colour=blue')).status).to.equal(200);
    const headers = { prefer: 'handling=strict' };
    expect((await server().fetchFhir('Patient/_history?colour=blue', { headers })).status).to.equal(400);
  });

  it("with a patient's token holds that patient's versions alone, and answers 404 for another's instance", async () => {
    const [mine, other] = [(await create()).id, (await create()).id];
    const write = (id: string) => server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${id}`) });
    const [own, hidden] = [(await write(mine)).body.id, (await write(other)).body.id];
    const token = await server().token('patient/*.rs', { patient: mine });
    const all = (await server().fetchFhir('_history?_count=1000', { token })).text;
    expect(all).to.include(`Observation/${own}`);
    expect(all).not.to.include(hidden);
    expect(all).not.to.include(other);
    expect((await server().fetchFhir(`Observation/${hidden}/_history`, { token })).status).to.equal(404);
    expect((await server().fetchFhir(`Observation/${hidden}/_history/1`, { token })).status).to.equal(404);
    expect((await server().fetchFhir(`Observation/${own}/_history`, { token })).body.entry).to.have.length(1);
  });
});
