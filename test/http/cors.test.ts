import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

const app = 'https://app.example';

describe('CORS (https://fetch.spec.whatwg.org/#http-cors-protocol)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { CORS_ORIGINS: `${app},http://localhost:3000` } });
  });
  after(() => server.close());

  const preflight = (path: string, origin: string) =>
    server.fetchFhir(path, { method: 'OPTIONS', token: null, headers: { origin, 'access-control-request-method': 'PUT' } });

  it('answers the preflight of a registered origin, without a token', async () => {
    const answer = await preflight('Patient/1', app);
    expect(answer.status).to.equal(204);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(app);
    expect(answer.headers.get('access-control-allow-methods')).to.include('PUT');
    expect(answer.headers.get('access-control-allow-headers')).to.match(/Authorization.*If-Match.*If-None-Exist/);
  });

  it('lets its pages read the answer and the headers of FHIR, without credentials', async () => {
    const answer = await server.fetchFhir('Patient', { headers: { origin: app } });
    expect(answer.headers.get('access-control-allow-origin')).to.equal(app);
    expect(answer.headers.get('access-control-expose-headers')).to.equal(
      'ETag, Location, Content-Location, Content-Disposition, Last-Modified, WWW-Authenticate, X-Request-Id, X-Security-Context, X-Progress, Retry-After',
    );
    expect(answer.headers.get('access-control-allow-credentials')).to.equal(null);
    expect(answer.headers.get('vary')).to.include('Origin');
  });

  it('lets its pages read refusals too', async () => {
    const answer = await server.fetchFhir('Patient/1', { token: null, headers: { origin: app } });
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(app);
  });

  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null']) {
    it(`gives nothing to ${origin}`, async () => {
      const answers = [await preflight('Patient/1', origin), await server.fetchFhir('Patient', { headers: { origin } })];
      for (const { headers } of answers) {
        expect(headers.get('access-control-allow-origin')).to.equal(null);
        expect(headers.get('access-control-allow-methods')).to.equal(null);
        expect(headers.get('vary')).to.include('Origin');
      }
    });
  }

  for (const path of ['metadata', 'openapi.json', '.well-known/smart-configuration', '/.well-known/jwks.json']) {
    it(`opens ${path} to every origin (R5)`, async () => {
      const get = await server.fetchFhir(path, { token: null, headers: { origin: 'https://anyone.example' } });
      expect(get.headers.get('access-control-allow-origin')).to.equal('*');
      expect((await preflight(path, 'https://anyone.example')).status).to.equal(204);
    });
  }

  it('OPTIONS that is no preflight tells the methods of the path', async () => {
    const answer = await server.fetchFhir('Patient/1', { method: 'OPTIONS' });
    expect(answer.status).to.equal(204);
    expect(answer.headers.get('allow')).to.equal('GET, HEAD, PUT, PATCH, DELETE');
  });
});
