/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { takesGzip } from '../../src/http/pack-body.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('gzip', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    const name = Array.from({ length: 200 }, (_, index) => ({ family: `Rossi${index}` }));
    await server.fetchFhir('Patient/large', { method: 'PUT', body: { resourceType: 'Patient', id: 'large', name } });
    await server.fetchFhir('Patient/small', { method: 'PUT', body: { resourceType: 'Patient', id: 'small' } });
  });
  after(() => server.close());

  const accepting = (encoding: string, more: Record<string, string> = {}) => ({
    headers: { 'accept-encoding': encoding, ...more },
  });

  for (const accept of ['application/fhir+json', 'application/fhir+xml']) {
    it(`packs ${accept} that is worth it`, async () => {
      const plain = await rawRequest(server, 'Patient/large', { headers: { accept } });
      const packed = await rawRequest(server, 'Patient/large', accepting('gzip, deflate, br', { accept }));
      expect(plain.headers['content-encoding']).to.equal(undefined);
      expect(packed.headers['content-encoding']).to.equal('gzip');
      expect(packed.headers['content-length']).to.equal(String(packed.body.length));
      expect(gunzipSync(packed.body).equals(plain.body)).to.equal(true);
      expect(packed.body.length).to.be.below(plain.body.length / 4);
      for (const { headers } of [plain, packed]) {
        expect(headers.vary).to.include('Accept-Encoding');
        expect(headers.etag).to.equal('W/"1"');
      }
    });
  }

  it('never packs what is small, or has no body', async () => {
    for (const path of ['Patient/small', 'Patient/none']) {
      const answer = await rawRequest(server, path, accepting('gzip'));
      expect(answer.headers['content-encoding']).to.equal(undefined);
      expect(answer.headers.vary).to.include('Accept-Encoding');
    }
    const known = await rawRequest(server, 'Patient/large', accepting('gzip', { 'if-none-match': 'W/"1"' }));
    expect([known.status, known.headers['content-encoding'], known.body.length]).to.deep.equal([304, undefined, 0]);
  });

  it('HEAD has the headers of the packed answer', async () => {
    const get = await rawRequest(server, 'Patient/large', accepting('gzip'));
    const head = await rawRequest(server, 'Patient/large', { method: 'HEAD', ...accepting('gzip') });
    expect(head.body).to.have.length(0);
    for (const name of ['content-encoding', 'content-length', 'content-type', 'vary', 'etag'])
      expect(head.headers[name], name).to.equal(get.headers[name]);
  });

  it('packs the capability statement', async () => {
    const answer = await rawRequest(server, 'metadata', accepting('gzip'));
    expect(answer.headers['content-encoding']).to.equal('gzip');
    expect(JSON.parse(gunzipSync(answer.body).toString()).resourceType).to.equal('CapabilityStatement');
  });

  describe('of bodies', () => {
    const resource = Buffer.from(JSON.stringify({ resourceType: 'Patient', active: true }));
    const packed = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
    for (const [encoding, pack] of Object.entries(packed)) {
      it(`takes ${encoding}, as FHIR and as content`, async () => {
        const post = (path: string, type: string) =>
          rawRequest(server, path, {
            method: 'POST',
            body: pack(resource),
            headers: { 'content-type': type, 'content-encoding': encoding, prefer: 'return=representation' },
          });
        const created = await post('Patient', 'application/fhir+json');
        expect([created.status, JSON.parse(created.body.toString()).active]).to.deep.equal([201, true]);
        const content = await post('Binary', 'text/plain');
        expect(JSON.parse(content.body.toString()).data).to.equal(resource.toString('base64'));
      });
    }

    const bombs = ['Patient', 'Binary'].flatMap((path) => Object.entries(packed).map((entry) => [path, ...entry] as const));
    for (const [path, encoding, pack] of bombs) {
      it(`a bomb in ${encoding} for ${path} is 413: the limit holds for what comes out`, async () => {
        const bomb = pack(Buffer.alloc(51 * 1024 * 1024));
        expect(bomb.length).to.be.below(100_000);
        const headers = {
          'content-type': path === 'Binary' ? 'text/plain' : 'application/fhir+xml',
          'content-encoding': encoding,
        };
        expect((await rawRequest(server, path, { method: 'POST', body: bomb, headers })).status).to.equal(413);
      });
    }
  });

  const headers: readonly (readonly [header: string, takes: boolean])[] = [
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['*;q=0.1', true],
    ['gzip;q=0', false],
    ['*, gzip;q=0', false],
    ['*;q=0', false],
    ['identity', false],
    ['br', false],
    ['', false],
    ['gzip;q=x', false],
  ];
  for (const [header, takes] of headers) {
    it(`Accept-Encoding: ${header || '(empty)'} ${takes ? 'takes' : 'does not take'} gzip`, () =>
      expect(takesGzip(header)).to.equal(takes));
  }
});
