import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { issueToken } from '../../src/access/issue-token.ts';
import { deriveSecret, openSigningKey, ownKeys, remoteKeys } from '../../src/access/keys.ts';
import { openTokenVerifier } from '../../src/access/verify-token.ts';
import { startTestServer } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';

describe("access/keys.ts: the server's own key", () => {
  it('is made at the first start, readable by its owner alone, and kept', () =>
    withFolder(async (folder) => {
      const first = await openSigningKey(join(folder, 'data'));
      const file = await stat(join(folder, 'data', 'keys', 'signing-key.pem'));
      expect(file.mode & 0o777).to.equal(0o600);
      expect((await openSigningKey(join(folder, 'data'))).kid).to.equal(first.kid);
      expect(await readdir(join(folder, 'data', 'keys'))).to.deep.equal(['signing-key.pem']);
    }));

  it('is known to be exposed when others may read it, as after a copy, and the server warns', () =>
    withFolder(async (folder) => {
      expect((await openSigningKey(folder)).exposed).to.equal(false);
      await chmod(join(folder, 'keys', 'signing-key.pem'), 0o640);
      expect((await openSigningKey(folder)).exposed).to.equal(true);
      const server = await startTestServer({ dataDir: folder });
      await server.close();
      expect(server.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal([
        'Users other than the owner may read keys/signing-key.pem in DATA_DIR, and sign tokens: chmod 600.',
      ]);
    }));

  it('is one, even when server and command line make it at the same moment', () =>
    withFolder(async (folder) => {
      const keys = await Promise.all(Array.from({ length: 4 }, () => openSigningKey(folder)));
      expect(new Set(keys.map(({ kid }) => kid))).to.have.property('size', 1);
      expect(await readdir(join(folder, 'keys'))).to.deep.equal(['signing-key.pem']);
    }));

  it('publishes no private member', () =>
    withFolder(async (folder) => {
      const { jwk } = await openSigningKey(folder);
      expect(Object.keys(jwk).sort()).to.deep.equal(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    }));

  it('gives each purpose its own secret, the same at each start', () =>
    withFolder(async (folder) => {
      const cursor = deriveSecret(await openSigningKey(folder), 'paging cursor');
      expect(cursor).to.have.length(32);
      expect(cursor).to.deep.equal(deriveSecret(await openSigningKey(folder), 'paging cursor'));
      expect(cursor).not.to.deep.equal(deriveSecret(await openSigningKey(folder), 'session'));
    }));

  it('refuses a file that holds none, and says what to do', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'keys'));
      await writeFile(join(folder, 'keys', 'signing-key.pem'), 'no key');
      const error = await openSigningKey(folder).catch((reason: unknown) => reason);
      expect(String(error)).to.match(/holds no private key in PEM form\. Restore it, or remove it/);
    }));

  it('refuses a short key', () =>
    withFolder(async (folder) => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
      await mkdir(join(folder, 'keys'));
      await writeFile(join(folder, 'keys', 'signing-key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      expect(String(await openSigningKey(folder).catch((reason: unknown) => reason))).to.match(/at least 2048 bits/);
    }));

  it('says which folder cannot be used', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'data'), 'a file where the folder should be');
      const error = await openSigningKey(join(folder, 'data')).catch((reason: unknown) => reason);
      expect(String(error)).to.match(/A file stands where a folder is needed for .*signing-key\.pem\. Check DATA_DIR\./);
    }));

  it('signs tokens that the verifier accepts', () =>
    withFolder(async (folder) => {
      const key = await openSigningKey(folder);
      const token = await issueToken(key, {
        issuer: 'http://localhost:8080',
        audience: 'http://localhost:8080/fhir',
        subject: 'cli',
        clientId: 'cli',
        scope: 'patient/*.rs',
        patient: 'p1',
        tokenId: 't1',
        issuedAt: 1_000,
        expiresAt: 1_600,
      });
      const verify = openTokenVerifier({
        issuers: [{ issuer: 'http://localhost:8080', keys: ownKeys(key), types: ['at+jwt'] }],
        audience: 'http://localhost:8080/fhir',
        isResourceType: () => true,
        patientReach: () => undefined,
        now: () => 1_200_000,
      });
      expect(await verify(token)).to.include({ patient: 'p1', clientId: 'cli', expiresAt: 1_600 });
      expect(await readFile(join(folder, 'keys', 'signing-key.pem'), 'utf8')).not.to.include(token);
    }));
});

describe('access/keys.ts: the keys of trusted issuers', () => {
  const first = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = (key: KeyObject, kid: string) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid, use: 'sig' });
  const settings = { cooldownMs: 0, timeoutMs: 200, now: Date.now };

  it('are found by kid and algorithm, and fetched again for a kid not seen before', () => {
    const keys = [jwk(first.privateKey, 'one')];
    let fetched = 0;
    return serving(
      (_request, response) => {
        fetched += 1;
        response.end(JSON.stringify({ keys }));
      },
      async (url) => {
        const source = remoteKeys(url, settings);
        expect((await source.find({ alg: 'RS256', kid: 'one' }))?.asymmetricKeyType).to.equal('rsa');
        expect(await source.find({ alg: 'ES256', kid: 'one' })).to.equal(undefined);
        keys.push(jwk(second.privateKey, 'two'));
        expect((await source.find({ alg: 'ES256', kid: 'two' }))?.asymmetricKeyType).to.equal('ec');
        expect(fetched).to.be.at.least(2);
      },
    );
  });

  it('are not fetched again for every unknown kid', () => {
    let fetched = 0;
    return serving(
      (_request, response) => {
        fetched += 1;
        response.end(JSON.stringify({ keys: [jwk(first.privateKey, 'one')] }));
      },
      async (url) => {
        const source = remoteKeys(url, { ...settings, cooldownMs: 60_000 });
        for (const kid of ['a', 'b', 'c', '../../../etc/passwd', "' or 1=1"]) {
          expect(await source.find({ alg: 'RS256', kid })).to.equal(undefined);
        }
        expect(fetched).to.equal(1);
      },
    );
  });

  it('a set that names two keys alike gives neither', () =>
    serving(
      (_request, response) =>
        response.end(JSON.stringify({ keys: [jwk(first.privateKey, 'one'), jwk(first.privateKey, 'one')] })),
      async (url) => expect(await remoteKeys(url, settings).find({ alg: 'RS256', kid: 'one' })).to.equal(undefined),
    ));

  const broken: readonly (readonly [what: string, listener: RequestListener])[] = [
    ['answers 500', (_request, response) => response.writeHead(500).end()],
    ['redirects', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['is no JSON', (_request, response) => response.end('<html>')],
    ['is larger than 64 kB', (_request, response) => response.end(JSON.stringify({ keys: [], padding: 'x'.repeat(65 * 1024) }))],
    ['never answers', () => undefined],
  ];
  for (const [what, listener] of broken) {
    it(`503, not 401, when the key set ${what}`, () =>
      serving(listener, async (url) => {
        const error = await remoteKeys(url, settings)
          .find({ alg: 'RS256', kid: 'one' })
          .catch((reason: unknown) => reason);
        expect(error).to.include({ status: 503 });
      }));
  }

  it('are not asked for again at once after a failure', () => {
    let fetched = 0;
    return serving(
      (_request, response) => {
        fetched += 1;
        response.writeHead(500).end();
      },
      async (url) => {
        let now = 0;
        const source = remoteKeys(url, { cooldownMs: 1_000, timeoutMs: 200, now: () => now });
        const ask = () => source.find({ alg: 'RS256', kid: 'one' }).catch((reason: unknown) => reason);
        await ask();
        await ask();
        expect(fetched).to.equal(1);
        now = 1_000;
        await ask();
        expect(fetched).to.equal(2);
      },
    );
  });
});

async function serving(listener: RequestListener, body: (url: string) => Promise<unknown>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // Listening on TCP.
  try {
    await body(`http://127.0.0.1:${port}/jwks`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
