/** https://hl7.org/fhir/R4/binary.html#rest */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { type RawOptions, rawRequest } from '../support/raw-request.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openedFormat } from './xml/round-trip.ts';

/** Every byte there is, so that nothing takes it for text. */
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const base64 = Buffer.from(bytes).toString('base64');

for (const store of ['memory', 'embedded'] as const) {
  describe(`binary.html#rest (${store})`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ store, environment: { VALIDATION: 'base', REFERENCES: 'free' } });
    });
    after(() => server.close());

    const send = (method: string, path: string, type: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
      rawRequest(server, path, { method, body, headers: { 'content-type': type, ...headers } });
    const get = (path: string, headers: Record<string, string> = {}, options: RawOptions = {}) =>
      rawRequest(server, path, { ...options, headers });
    const stored = async (id: string) =>
      (await server.fetchFhir(`Binary/${id}`, { headers: { accept: 'application/fhir+json' } })).body;
    const idOf = (location: unknown) => /\/Binary\/([^/]+)\/_history\/1$/.exec(String(location))?.[1] ?? '';

    const types: readonly (readonly [sent: string, contentType: string])[] = [
      ['application/pdf', 'application/pdf'],
      ['image/png', 'image/png'],
      ['text/plain; charset=iso-8859-1', 'text/plain; charset=iso-8859-1'],
      ['application/octet-stream', 'application/octet-stream'],
      ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
      ['application/json', 'application/json'],
      ['application/xml', 'application/xml'],
    ];
    for (const [sent, contentType] of types) {
      it(`stores whatever comes as ${sent}, and gives the same bytes`, async () => {
        const created = await send('POST', 'Binary', sent, bytes);
        expect(created.status, created.body.toString()).to.equal(201);
        const id = idOf(created.headers.location);
        expect(await stored(id)).to.deep.include({ resourceType: 'Binary', id, contentType, data: base64 });
        const answer = await get(`Binary/${id}`);
        expect(answer.status).to.equal(200);
        expect(answer.headers['content-type']).to.equal(contentType);
        expect(answer.body.equals(bytes)).to.equal(true);
      });
    }

    it('answers a raw write with what stands where, and with the resource only when asked', async () => {
      const created = await send('POST', 'Binary', 'application/pdf', bytes);
      expect([created.status, created.body.length, created.headers.etag]).to.deep.equal([201, 0, 'W/"1"']);
      const asked = await send('POST', 'Binary', 'application/pdf', bytes, { prefer: 'return=representation' });
      expect(JSON.parse(asked.body.toString())).to.include({ resourceType: 'Binary', data: base64 });
    });

    it('PUT keeps the id of the URL, and makes versions', async () => {
      expect((await send('PUT', 'Binary/b1', 'text/plain', 'one')).status).to.equal(201);
      expect((await send('PUT', 'Binary/b1', 'text/html', '<p>two</p>')).status).to.equal(200);
      expect((await get('Binary/b1')).headers['content-type']).to.equal('text/html');
      const first = await get('Binary/b1/_history/1');
      expect([first.headers['content-type'], first.body.toString()]).to.deep.equal(['text/plain', 'one']);
    });

    it('If-Match and If-None-Exist hold for raw content', async () => {
      expect((await send('PUT', 'Binary/b1', 'text/plain', 'x', { 'if-match': 'W/"9"' })).status).to.equal(412);
      expect((await send('POST', 'Binary', 'text/plain', 'x', { 'if-none-exist': '_id=b1' })).status).to.equal(200);
    });

    describe('"except for the special case where the content is actually a Binary resource"', () => {
      const resource = JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'QUJD' });
      const inXml = '<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="QUJD"/></Binary>';
      const resources: readonly (readonly [type: string, body: string])[] = [
        ['application/fhir+json', resource],
        ['application/json', resource],
        ['application/fhir+xml', inXml],
        ['text/xml', inXml],
      ];
      for (const [type, body] of resources) {
        it(`a Binary sent as ${type} is the resource`, async () => {
          const created = await send('POST', 'Binary', type, body, { accept: 'application/fhir+json' });
          expect(created.status, created.body.toString()).to.equal(201);
          expect(JSON.parse(created.body.toString())).to.include({ contentType: 'text/plain', data: 'QUJD' });
        });
      }

      const cda = '<?xml version="1.0"?><?xml-stylesheet href="x"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>';
      const contents: readonly (readonly [what: string, type: string, body: string])[] = [
        ['another resource in JSON', 'application/fhir+json', '{"resourceType":"Patient","active":true}'],
        ['another resource in XML', 'application/fhir+xml', '<Patient xmlns="http://hl7.org/fhir"/>'],
        ['JSON that is no FHIR', 'application/json', '[1, 2]'],
        ['what calls itself JSON and is none', 'application/json', '{'],
        ['a CDA document', 'application/xml', cda],
        ['XML with a DTD', 'text/xml', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
        ['a Binary of another namespace', 'application/xml', '<Binary/>'],
      ];
      for (const [what, type, body] of contents) {
        it(`${what} is content`, async () => {
          const created = await send('POST', 'Binary', type, body);
          expect(created.status, created.body.toString()).to.equal(201);
          const answer = await get(`Binary/${idOf(created.headers.location)}`);
          expect([answer.headers['content-type'], answer.body.toString()]).to.deep.equal([type, body]);
        });
      }

      for (const [type, body] of [
        ['application/fhir+json', '{"resourceType":"Binary"'],
        ['application/fhir+xml', '<Binary xmlns="http://hl7.org/fhir"><data/></Binary>'],
        ['application/fhir+json', '{"resourceType":"Binary","data":"QUJD"}'],
      ] as const) {
        it(`a broken Binary sent as ${type} is refused (400): ${body}`, async () =>
          expect((await send('POST', 'Binary', type, body)).status).to.equal(400));
      }
    });

    describe('reading: "unless specifically requested, the FHIR XML/JSON representation is not returned"', () => {
      before(() => send('PUT', 'Binary/pdf', 'application/pdf', bytes));

      const raw: readonly (string | undefined)[] = [
        undefined,
        '*/*',
        'application/pdf',
        'application/*',
        'image/png',
        'application/json',
        'application/pdf, application/fhir+json;q=0.5',
        'application/fhir+json;q=0, */*',
      ];
      for (const accept of raw) {
        it(`Accept: ${accept ?? '(absent)'} gets the bytes`, async () => {
          const answer = await get('Binary/pdf', accept === undefined ? {} : { accept });
          expect([answer.status, answer.headers['content-type']]).to.deep.equal([200, 'application/pdf']);
          expect(answer.body.equals(bytes)).to.equal(true);
        });
      }

      const fhir: readonly (readonly [accept: string, query: string, type: string])[] = [
        ['application/fhir+json', '', 'application/fhir+json; charset=utf-8'],
        ['application/fhir+xml', '', 'application/fhir+xml; charset=utf-8'],
        ['application/fhir+json, */*', '', 'application/fhir+json; charset=utf-8'],
        ['application/pdf;q=0.5, application/fhir+xml', '', 'application/fhir+xml; charset=utf-8'],
        ['application/pdf', '?_format=json', 'application/fhir+json; charset=utf-8'],
        ['application/pdf', '?_format=xml', 'application/fhir+xml; charset=utf-8'],
      ];
      for (const [accept, query, type] of fhir) {
        it(`Accept: ${accept} ${query} gets the resource as ${type}`, async () => {
          const answer = await get(`Binary/pdf${query}`, { accept });
          expect(answer.headers['content-type']).to.equal(type);
          const text = answer.body.toString();
          const resource = type.includes('xml') ? openedFormat().parse(text) : JSON.parse(text);
          expect(resource).to.include({ resourceType: 'Binary', contentType: 'application/pdf', data: base64 });
        });
      }

      it('_format of another type gets the bytes', async () =>
        expect(
          (await get('Binary/pdf?_format=application/pdf', { accept: 'application/fhir+json' })).headers['content-type'],
        ).to.equal('application/pdf'));

      it('a part of the resource is the resource', async () =>
        expect(JSON.parse((await get('Binary/pdf?_elements=contentType')).body.toString())).to.include({
          resourceType: 'Binary',
        }));

      it('is never shown as a page of this address', async () => {
        const { headers } = await get('Binary/pdf');
        expect(headers['content-disposition']).to.equal('attachment');
        expect(headers['x-content-type-options']).to.equal('nosniff');
        expect(headers['content-security-policy']).to.match(/default-src 'none'.*sandbox/);
        expect(headers['cache-control']).to.equal('no-store');
      });

      it('has the version and time in its headers, and knows conditions', async () => {
        const { headers } = await get('Binary/pdf');
        expect(headers.etag).to.equal('W/"1"');
        expect(headers['last-modified']).to.match(/GMT$/);
        const known = await get('Binary/pdf', { 'if-none-match': 'W/"1"' });
        expect([known.status, known.body.length]).to.deep.equal([304, 0]);
      });

      it('HEAD has the headers of the bytes', async () => {
        const head = await get('Binary/pdf', {}, { method: 'HEAD' });
        expect([head.headers['content-type'], head.headers['content-length'], head.body.length]).to.deep.equal([
          'application/pdf',
          '256',
          0,
        ]);
      });

      it('what is not there, or not any more, is told as an OperationOutcome', async () => {
        await send('PUT', 'Binary/gone', 'text/plain', 'x');
        await server.fetchFhir('Binary/gone', { method: 'DELETE' });
        for (const [path, status] of [
          ['Binary/none', 404],
          ['Binary/gone', 410],
        ] as const) {
          const answer = await get(path, { accept: 'application/pdf' });
          expect([answer.status, answer.headers['content-type']]).to.deep.equal([status, 'application/fhir+json; charset=utf-8']);
        }
        expect((await get('Binary/none', { accept: 'application/fhir+xml' })).headers['content-type']).to.match(/fhir\+xml/);
      });

      it('a search gives resources, whatever they hold', async () => {
        const answer = await server.fetchFhir('Binary?_id=pdf');
        expect(answer.body.entry[0].resource).to.include({ resourceType: 'Binary', data: base64 });
      });

      it('without data there are no bytes', async () => {
        await server.fetchFhir('Binary/empty', {
          method: 'PUT',
          body: { resourceType: 'Binary', id: 'empty', contentType: 'text/plain' },
        });
        const answer = await get('Binary/empty');
        expect([answer.status, answer.headers['content-type'], answer.body.length]).to.deep.equal([200, 'text/plain', 0]);
      });
    });

    describe('X-Security-Context', () => {
      it('becomes securityContext, and is told with the bytes', async () => {
        const created = await send('POST', 'Binary', 'text/plain', 'x', { 'x-security-context': 'Patient/1' });
        const id = idOf(created.headers.location);
        expect((await stored(id)).securityContext).to.deep.equal({ reference: 'Patient/1' });
        expect((await get(`Binary/${id}`)).headers['x-security-context']).to.equal('Patient/1');
      });

      for (const value of ['nonsense', 'Patient', '#p', 'Patient?identifier=x', '']) {
        it(`"${value}" is no literal reference (400)`, async () => {
          const answer = await send('POST', 'Binary', 'text/plain', 'x', { 'x-security-context': value });
          expect(answer.status).to.equal(400);
          expect(answer.body.toString()).to.include('X-Security-Context');
        });
      }

      it('is refused with a Binary resource, which says it itself', async () => {
        const body = JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'QUJD' });
        const answer = await send('POST', 'Binary', 'application/fhir+json', body, { 'x-security-context': 'Patient/1' });
        expect(answer.status).to.equal(400);
      });
    });

    describe('limits', () => {
      it('content needs a media type (415) and bytes (400)', async () => {
        for (const type of ['', 'nonsense', 'text/plain, text/html'])
          expect((await send('POST', 'Binary', type, 'x')).status, type).to.equal(415);
        expect((await send('POST', 'Binary', 'text/plain', '')).status).to.equal(400);
      });

      it('takes 12 MB, and not more than the limit', async () => {
        const large = new Uint8Array(12 * 1024 * 1024).fill(7);
        const created = await send('PUT', 'Binary/large', 'application/octet-stream', large);
        expect(created.status, created.body.toString()).to.equal(201);
        expect((await get('Binary/large')).body.equals(large)).to.equal(true);
        const over = await send('PUT', 'Binary/over', 'application/octet-stream', new Uint8Array(limits.bundleBodyBytesMax + 1));
        expect(over.status).to.equal(413);
      });

      it('the limit is told in the capability statement', async () =>
        expect((await server.fetchFhir('metadata')).body.rest[0].documentation).to.include(
          `${limits.bundleBodyBytesMax / 1024 / 1024} MB`,
        ));
    });
  });
}
