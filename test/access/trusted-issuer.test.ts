import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { forgeToken, signedBy } from '../support/forge-token.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const issuer = 'https://id.example.it';

describe('TRUSTED_ISSUERS: tokens of another authorization server', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let keys: Server;
  let server: TestServer;
  let keysUp = true;

  before(async () => {
    keys = createServer((_request, response) => {
      if (!keysUp) response.writeHead(500).end();
      else
        response.end(
          JSON.stringify({ keys: [{ ...createPublicKey(pair.privateKey).export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] }),
        );
    }).listen(0, '127.0.0.1');
    await once(keys, 'listening');
    server = await startTrusting(keys);
  });
  after(async () => {
    keys.closeAllConnections();
    keys.close();
    await server.close();
  });

  function tokenOf(
    claims: Readonly<Record<string, unknown>> = {},
    header: object = {},
    key: KeyObject = pair.privateKey,
  ): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: issuer,
      aud: server.baseUrl,
      sub: 'u',
      jti: `${Math.random()}`,
      azp: 'portal',
      iat: now,
      exp: now + 300,
      scope: 'system/*.rs',
    };
    return forgeToken({ alg: 'ES256', typ: 'JWT', kid: 'k1', ...header }, { ...payload, ...claims }, signedBy(key));
  }

  // First: nothing is fetched yet.
  it('503 with Retry-After while its keys cannot be had, and the server does not ask again at once', async () => {
    keysUp = false;
    const answer = await server.fetchFhir('Patient', { token: tokenOf() });
    keysUp = true;
    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    expect(answer.body.issue[0].code).to.equal('transient');
  });

  it('are accepted with their keys, for the access they give', async () => {
    // A server without the memory of the failed fetch.
    const fresh = await startTrusting(keys);
    try {
      const make = (claims = {}, header = {}, key?: KeyObject) => tokenOf({ aud: fresh.baseUrl, ...claims }, header, key);
      const rows: readonly (readonly [what: string, token: string, status: number])[] = [
        ['a plain JWT', make(), 200],
        ['RFC 9068', make({}, { typ: 'at+jwt' }), 200],
        ['no scope for the type', make({ scope: 'system/Observation.rs' }), 403],
        ['a patient/ scope without a patient', make({ scope: 'patient/*.rs' }), 401],
        ['an id token', make({ nonce: 'n' }), 401],
        ['a key of its own', make({}, {}, other.privateKey), 401],
        ['the name of the server itself', make({ iss: new URL(fresh.baseUrl).origin }), 401],
        ['another issuer', make({ iss: 'https://evil.example' }), 401],
        ['another algorithm for the key', make({}, { alg: 'ES384' }), 401],
      ];
      for (const [what, token, status] of rows) {
        expect((await fresh.fetchFhir('Patient', { token })).status, what).to.equal(status);
      }
      expect(fresh.log.at(-1)).to.include({ message: 'request', client: '' });
      expect(fresh.log.some((line) => line['client'] === 'portal')).to.equal(true);
    } finally {
      await fresh.close();
    }
  });

  it('the server itself cannot be impersonated by a trusted issuer', async () => {
    const token = tokenOf({ iss: new URL(server.baseUrl).origin }, { typ: 'at+jwt' });
    expect((await server.fetchFhir('Patient', { token })).status).to.equal(401);
  });
});

function startTrusting(keys: Server): Promise<TestServer> {
  const { port } = keys.address() as AddressInfo; // Listening on TCP.
  return startTestServer({
    environment: { TRUSTED_ISSUERS: JSON.stringify([{ issuer, jwks: `http://127.0.0.1:${port}/jwks` }]) },
  });
}
