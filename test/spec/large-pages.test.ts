/** Pages of large resources: bounded by size too, so that no answer is longer than a server can hold. https://hl7.org/fhir/R4/http.html#paging */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import type { Answer } from '../support/server.ts';
import { bundle, describeOnStores, entry, patient, unique } from './on-stores.ts';

describeOnStores('http.html#paging: resources of many megabytes', (server) => {
  const ids = ['large-1', 'large-2', 'large-3'];
  // In base64 two of them reach the limit.
  const bytes = Buffer.alloc(Math.ceil((limits.pageCharactersMax * 0.6 * 3) / 4), 'a');
  let patientId = '';

  before(async function () {
    this.timeout(60_000);
    const created = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
    patientId = created.body.id;
    const headers = { 'content-type': 'text/plain' };
    for (const id of ids) {
      const stored = await server().fetchFhir(`Binary/${id}`, { method: 'PUT', headers, body: bytes });
      expect(stored.status).to.equal(201);
    }
    const content = ids.map((id) => ({ attachment: { contentType: 'text/plain', url: `Binary/${id}` } }));
    const document = {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: `Patient/${patientId}` },
      content,
    };
    expect((await server().fetchFhir('DocumentReference', { method: 'POST', body: document })).status).to.equal(201);
  });

  interface Bundle {
    readonly link: readonly { readonly relation: string; readonly url: string }[];
    readonly entry?: readonly { readonly resource: { readonly resourceType: string; readonly id: string } }[];
  }
  /** The ids on each page. */
  const pagesOf = async (path: string): Promise<readonly (readonly string[])[]> => {
    const pages: string[][] = [];
    for (let url: string | undefined = path; url !== undefined; ) {
      const answer: Answer = await server().fetchFhir(url);
      expect(answer.status).to.equal(200);
      expect(answer.text.length).to.be.lessThan(2 * limits.pageCharactersMax);
      const { link, entry: entries = [] } = answer.body as Bundle;
      pages.push(entries.map(({ resource }) => resource.id));
      url = link.find(({ relation }) => relation === 'next')?.url.slice(`${server().baseUrl}/`.length);
    }
    return pages;
  };

  it('a search ends its page with the resource that reaches the limit, and goes on behind it', async () => {
    expect(await pagesOf('Binary?_count=1000')).to.deep.equal([['large-1', 'large-2'], ['large-3']]);
  }).timeout(60_000);
  it('a history does', async () => {
    expect(await pagesOf('Binary/_history?_count=1000')).to.deep.equal([['large-3', 'large-2'], ['large-1']]);
  }).timeout(60_000);
  it('$everything gives each Binary of a record once', async () => {
    const [first = [], ...others] = await pagesOf(`Patient/${patientId}/$everything`);
    expect(first).to.include(patientId).and.to.include('large-1').and.to.include('large-2');
    expect(others).to.deep.equal([['large-3']]);
  }).timeout(60_000);
  /** One more than fit into one answer. */
  const fit = Math.ceil(limits.bundleBodyBytesMax / ((bytes.length * 4) / 3));
  const reads = Array.from({ length: fit + 1 }, (_, index) => entry(`GET Binary/${ids[index % ids.length]}`));
  const answered = [...Array.from({ length: fit }, () => '200'), '422'];
  const statusesOf = ({ body }: Answer): readonly string[] =>
    body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));

  it('entries that read behind the limit are refused one by one; what writes is done', async () => {
    const body = bundle('batch', ...reads, entry('GET metadata'), entry('POST Patient', patient(unique())));
    const answer = await server().fetchFhir('', { method: 'POST', body });
    expect(statusesOf(answer)).to.deep.equal([...answered, '422', '201']);
    const [issue] = answer.body.entry[fit].response.outcome.issue;
    expect([issue.code, issue.expression]).to.deep.equal(['too-costly', [`Bundle.entry[${fit}]`]]);
  }).timeout(60_000);
  it('in a transaction too', async () => {
    const body = bundle('transaction', ...reads, entry('POST Patient', patient(unique())));
    const answer = await server().fetchFhir('', { method: 'POST', body });
    expect(statusesOf(answer)).to.deep.equal([...answered, '201']);
  }).timeout(60_000);
});
