import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('Who may enter (RFC 6750, access.md R70 to R77)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('asks for a token', async () => {
    const answer = await server.fetchFhir('Patient/1', { token: null });
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="fhir"');
    expect(answer.body.issue[0].code).to.equal('login');
  });

  const elsewhere: readonly (readonly [what: string, path: string, headers: Record<string, string>])[] = [
    ['the query', 'Patient/1?access_token=', {}],
    ['a cookie', 'Patient/1', { cookie: 'access_token=' }],
    ['another scheme', 'Patient/1', { authorization: 'Basic ' }],
    ['a bare header', 'Patient/1', { authorization: '' }],
    ['another header', 'Patient/1', { 'x-access-token': '' }],
  ];
  for (const [what, path, headers] of elsewhere) {
    it(`takes no token from ${what}`, async () => {
      const token = await server.token('system/*.cruds');
      const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value + token]));
      const answer = await server.fetchFhir(path.endsWith('=') ? path + token : path, { token: null, headers: filled });
      expect(answer.status).to.equal(401);
    });
  }

  it('refuses two Authorization headers (R70)', async () => {
    const { request } = await import('node:http');
    const token = await server.token('system/*.cruds');
    const status = await new Promise((resolve, reject) => {
      request(`${server.origin}/fhir/Patient`, {
        headers: ['Host', 'x', 'Authorization', `Bearer ${token}`, 'Authorization', 'Bearer y'] as never,
      })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).to.equal(400);
  });

  const refused: readonly (readonly [what: string, make: () => Promise<string>])[] = [
    ['garbage', async () => 'abc.def.ghi'],
    ['an expired token', () => server.token('system/*.cruds', { expiresInSeconds: -61 })],
    ['a token for another server', () => server.token('system/*.cruds', { audience: 'https://other.example/fhir' })],
    ['a patient/ scope without a patient (D2)', () => server.token('patient/*.rs')],
    ['a user/ scope without a user (D2)', () => server.token('user/*.rs')],
  ];
  for (const [what, make] of refused) {
    it(`answers ${what} with 401 invalid_token`, async () => {
      const answer = await server.fetchFhir('Patient/1', { token: await make() });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="fhir", error="invalid_token"');
      expect(answer.body.issue[0].code).to.equal(what === 'an expired token' ? 'expired' : 'login');
    });
  }

  it('says 401 before it says what a path means', async () => {
    for (const path of ['Unicorn', 'Patient/1/2/3/4', 'Patient/a_b']) {
      expect((await server.fetchFhir(path, { token: null })).status, path).to.equal(401);
    }
  });

  it('answers a missing scope with 403 insufficient_scope', async () => {
    const token = await server.token('system/Observation.rs');
    const answer = await server.fetchFhir('Patient/1', { token });
    expect(answer.status).to.equal(403);
    expect(answer.headers.get('www-authenticate')).to.equal(
      'Bearer realm="fhir", error="insufficient_scope", scope="system/Patient.r"',
    );
    expect(answer.body.issue[0].code).to.equal('forbidden');
  });

  it('decides the scope before it asks the store: 403 whether the resource is there or not', async () => {
    const created = await server.fetchFhir('Patient', { method: 'POST', body: { resourceType: 'Patient', active: true } });
    const token = await server.token('system/Patient.s');
    const there = await server.fetchFhir(`Patient/${created.body.id}`, { token });
    const absent = await server.fetchFhir('Patient/absent', { token });
    expect([there.status, absent.status]).to.deep.equal([403, 403]);
  });

  const open = ['metadata', '.well-known/smart-configuration', '/.well-known/jwks.json', '/livez', '/readyz'];
  for (const path of open) {
    it(`needs no token for ${path}, by GET or HEAD (R7)`, async () => {
      const get = await server.fetchFhir(path, { token: null });
      const head = await server.fetchFhir(path, { token: null, method: 'HEAD' });
      expect([get.status, head.status]).to.deep.equal([200, 200]);
      expect(head.text).to.equal('');
      expect(head.headers.get('content-type')).to.equal(get.headers.get('content-type'));
    });
  }

  it('answers discovery as application/json whatever Accept says (R2), with URLs of its own base (R3)', async () => {
    const answer = await server.fetchFhir('.well-known/smart-configuration', {
      token: null,
      headers: { accept: 'application/fhir+xml' },
    });
    expect(answer.headers.get('content-type')).to.match(/^application\/json/);
    expect(answer.body.jwks_uri).to.equal(`${new URL(server.baseUrl).origin}/.well-known/jwks.json`);
  });

  it('advertises no endpoint and no capability that is not there (R9)', async () => {
    const { body } = await server.fetchFhir('.well-known/smart-configuration', { token: null });
    expect(Object.keys(body).sort()).to.deep.equal(['capabilities', 'grant_types_supported', 'jwks_uri', 'scopes_supported']);
    expect(body.grant_types_supported).to.deep.equal([]);
    expect(body.capabilities).to.deep.equal(['permission-patient', 'permission-user', 'permission-v1', 'permission-v2']);
  });

  it('publishes the public half of its key, and nothing of the private one', async () => {
    const { body } = await server.fetchFhir('/.well-known/jwks.json', { token: null });
    expect(body.keys).to.have.length(1);
    expect(Object.keys(body.keys[0]).sort()).to.deep.equal(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('every scope it advertises works', async () => {
    const { body } = await server.fetchFhir('.well-known/smart-configuration', { token: null });
    for (const scope of body.scopes_supported) {
      const token = await server.token(scope, { patient: 'p1', fhirUser: 'Practitioner/1' });
      expect((await server.fetchFhir('Observation', { token })).status, scope).to.equal(200);
    }
  });
});

describe('AUTH=none', () => {
  it('lets everyone on the machine do everything', async () => {
    const server = await startTestServer({ environment: { AUTH: 'none', VALIDATION: 'base' } });
    try {
      const created = await server.fetchFhir('Patient', {
        method: 'POST',
        token: null,
        body: { resourceType: 'Patient', active: true },
      });
      expect(created.status).to.equal(201);
      expect((await server.fetchFhir(`Patient/${created.body.id}`, { token: null })).status).to.equal(200);
    } finally {
      await server.close();
    }
  });
});
