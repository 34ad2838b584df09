/** https://hl7.org/fhir/R4/http.html#head, OPTIONS and conditions on reads */
import { expect } from 'chai';
import { rawRequest } from '../support/raw-request.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('http.html#head: "Any time a GET request can be made, a HEAD request can also be made"', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    const given = Array.from({ length: 300 }, (_, index) => `Ada${index}`);
    await server.fetchFhir('Patient/p', { method: 'PUT', body: { resourceType: 'Patient', id: 'p', name: [{ given }] } });
    await server.fetchFhir('Patient/gone', { method: 'PUT', body: { resourceType: 'Patient', id: 'gone' } });
    await server.fetchFhir('Patient/gone', { method: 'DELETE' });
    await rawRequest(server, 'Binary/b', { method: 'PUT', body: 'content', headers: { 'content-type': 'text/plain' } });
  });
  after(() => server.close());

  const paths = [
    ...[
      'metadata',
      'Patient/p',
      'Patient/p/_history',
      'Patient/p/_history/1',
      'Patient/_history',
      '_history',
      'Binary/b',
      'Binary/b/_history/1',
    ],
    ...['Patient', 'Patient?_id=p', '?_type=Patient', 'Patient/p/$everything', 'Patient/p/$meta', 'Patient/p?_summary=true'],
    ...[
      'Patient/gone',
      'Patient/none',
      'Patient/none/_history',
      'Nothing',
      'Patient?birthdate=x',
      '.well-known/smart-configuration',
    ],
  ];
  /** Made anew with each answer. */
  const own = new Set(['date', 'x-request-id']);
  const headersOf = async (method: string, path: string, headers: Record<string, string>) => {
    const answer = await rawRequest(server, path, { method, headers });
    const kept = Object.entries(answer.headers).filter(([name]) => !own.has(name));
    return { status: answer.status, headers: Object.fromEntries(kept), length: answer.body.length };
  };

  for (const path of paths) {
    it(`HEAD ${path} has the status and the headers of GET, without a body`, async () => {
      for (const headers of [{}, { accept: 'application/fhir+xml', 'accept-encoding': 'gzip' }]) {
        const get = await headersOf('GET', path, headers);
        const head = await headersOf('HEAD', path, headers);
        expect(get.headers['content-length']).to.equal(String(get.length));
        // A Bundle has a new id each time, which packs to another length.
        if (get.headers['content-encoding'] === 'gzip') head.headers['content-length'] = get.headers['content-length'];
        expect(head).to.deep.equal({ ...get, length: 0 });
      }
    });
  }

  it('HEAD is known when GET is', async () => {
    const answer = await rawRequest(server, 'Patient/p', { method: 'HEAD', headers: { 'if-none-match': 'W/"1"' } });
    expect([answer.status, answer.headers.etag]).to.deep.equal([304, 'W/"1"']);
  });
});

describe('OPTIONS tells the methods of a path', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const allowed: readonly (readonly [path: string, allow: string])[] = [
    ['', 'POST, GET, HEAD'],
    ['metadata', 'GET, HEAD'],
    ['_history', 'GET, HEAD'],
    ['_search', 'POST'],
    ['Patient', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['Patient/_search', 'POST'],
    ['Patient/_history', 'GET, HEAD'],
    ['Patient/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['Patient/1/_history', 'GET, HEAD'],
    ['Patient/1/_history/1', 'GET, HEAD'],
  ];
  for (const [path, allow] of allowed) {
    it(`of [base]/${path}: ${allow}`, async () => {
      const answer = await server.fetchFhir(path, { method: 'OPTIONS' });
      expect([answer.status, answer.text]).to.deep.equal([204, '']);
      expect(new Set(answer.headers.get('allow')?.split(', '))).to.deep.equal(new Set(allow.split(', ')));
      const other = await server.fetchFhir(path, { method: 'PROPFIND' });
      expect([other.status, other.headers.get('allow')]).to.deep.equal([405, answer.headers.get('allow')]);
    });
  }

  it('the same whether something is there or not, and 404 where nothing can be', async () => {
    expect((await server.fetchFhir('Patient/never', { method: 'OPTIONS' })).status).to.equal(204);
    expect((await server.fetchFhir('Nothing/1', { method: 'OPTIONS' })).status).to.equal(404);
  });

  it('needs a token as the path does', async () => {
    expect((await server.fetchFhir('Patient/1', { method: 'OPTIONS', token: null })).status).to.equal(401);
  });
});

describe('http.html#cread: conditions on GET', () => {
  let server: TestServer;
  let modified: string;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    for (const active of [true, false])
      await server.fetchFhir('Patient/p', { method: 'PUT', body: { resourceType: 'Patient', id: 'p', active } });
    modified = (await server.fetchFhir('Patient/p')).headers.get('last-modified') ?? '';
  });
  after(() => server.close());

  const conditions: readonly (readonly [headers: () => Record<string, string>, status: number])[] = [
    [() => ({ 'if-none-match': 'W/"2"' }), 304],
    [() => ({ 'if-none-match': '"2"' }), 304],
    [() => ({ 'if-none-match': 'W/"1", W/"2"' }), 304],
    [() => ({ 'if-none-match': '*' }), 304],
    [() => ({ 'if-none-match': 'W/"1"' }), 200],
    [() => ({ 'if-none-match': 'W/"3"' }), 200],
    [() => ({ 'if-modified-since': modified }), 304],
    [() => ({ 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' }), 304],
    [() => ({ 'if-modified-since': 'Thu, 01 Jan 1998 00:00:00 GMT' }), 200],
    [() => ({ 'if-modified-since': 'yesterday' }), 200],
    [() => ({ 'if-none-match': 'W/"1"', 'if-modified-since': modified }), 200],
    [() => ({ 'if-none-match': 'W/"2"', 'if-modified-since': 'Thu, 01 Jan 1998 00:00:00 GMT' }), 304],
  ];
  for (const [headers, status] of conditions) {
    it(`${headers.toString().slice(6)} is ${status}, in either format`, async () => {
      for (const accept of ['application/fhir+json', 'application/fhir+xml']) {
        const answer = await server.fetchFhir('Patient/p', { headers: { accept, ...headers() } });
        expect(answer.status).to.equal(status);
        expect(answer.headers.get('etag')).to.equal('W/"2"');
        if (status === 304) expect([answer.text, answer.headers.get('content-type')]).to.deep.equal(['', null]);
      }
    });
  }

  it('a vread knows its own version', async () => {
    const known = (path: string) => server.fetchFhir(path, { headers: { 'if-none-match': 'W/"1"' } });
    expect((await known('Patient/p/_history/1')).status).to.equal(304);
    expect((await known('Patient/p/_history/2')).status).to.equal(200);
  });

  for (const path of ['Patient?_id=p', 'Patient/p/_history', '_history', 'metadata', '?_type=Patient']) {
    it(`GET ${path} is answered whatever the conditions`, async () => {
      const headers = { 'if-none-match': '*', 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' };
      const answer = await server.fetchFhir(path, { headers });
      expect(answer.status).to.equal(200);
      expect(answer.body.resourceType).to.be.oneOf(['Bundle', 'CapabilityStatement']);
    });
  }
});
