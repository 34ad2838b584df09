import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import type { KeySource } from '../../src/access/keys.ts';
import { openTokenVerifier } from '../../src/access/verify-token.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { forgeToken, hmacBy, type Part, signedBy } from '../support/forge-token.ts';

const now = Date.UTC(2026, 10, 23, 9);
const seconds = now / 1000;
const audience = 'https://fse.example/fhir';
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Gives the key it has for any header, so that what is tested is the verifier's own care. */
function keys(byAlgorithm: Readonly<Record<string, KeyObject>>): KeySource {
  return { find: async ({ alg, kid }) => (kid === 'unknown' ? undefined : byAlgorithm[alg]) };
}

const issuers = [
  { issuer: 'https://fse.example', keys: keys({ RS256: own.publicKey, HS256: own.publicKey }), types: ['at+jwt'] },
  { issuer: 'https://idp.example', keys: keys({ RS256: foreign.publicKey, ES256: curve.publicKey }), types: ['at+jwt', 'jwt'] },
  { issuer: 'https://short.example', keys: keys({ RS256: short.publicKey }), types: ['at+jwt'] },
];

const header = { alg: 'RS256', typ: 'at+jwt', kid: '1' };
const payload = {
  iss: 'https://fse.example',
  aud: audience,
  sub: 'app',
  jti: 'token-1',
  client_id: 'app',
  iat: seconds,
  exp: seconds + 3600,
  scope: 'system/*.rs',
};

function without(name: keyof typeof payload): Part {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));
}

function verifierAt(time: () => number) {
  return openTokenVerifier({
    issuers,
    audience,
    isResourceType: (name) => name === 'Patient',
    patientReach: () => undefined,
    now: time,
  });
}

async function refusal(token: string): Promise<FhirError> {
  try {
    await verifierAt(() => now)(token);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('The token was accepted.');
}

const valid = (head: Part = header, body: Part = payload, key = own.privateKey) => forgeToken(head, body, signedBy(key));

describe('access/verify-token.ts', () => {
  describe('accepts', () => {
    const accepted: readonly (readonly [what: string, token: () => string])[] = [
      ['a token of the server itself', () => valid()],
      ['the media type in full, in any case', () => valid({ ...header, typ: 'application/AT+JWT' })],
      ['an audience among several', () => valid(header, { ...payload, aud: ['https://other.example', audience] })],
      ['a token that expired half a minute ago: clocks differ', () => valid(header, { ...payload, exp: seconds - 30 })],
      ['a token from half a minute ahead', () => valid(header, { ...payload, iat: seconds + 30, nbf: seconds + 30 })],
      ['an issuer that does not follow RFC 9068', () => valid({ ...header, typ: 'JWT' }, idp(), foreign.privateKey)],
      ['an elliptic curve', () => valid({ ...header, alg: 'ES256' }, idp(), curve.privateKey)],
    ];
    for (const [what, token] of accepted) {
      it(what, async () => {
        const access = await verifierAt(() => now)(token());
        expect(access.kind).to.equal('token');
        expect(access.scopes.map(({ level, type }) => `${level}/${type}`)).to.deep.equal(['system/*']);
      });
    }
  });

  describe('refuses with 401', () => {
    const publicPem = own.publicKey.export({ type: 'spki', format: 'pem' });
    const refused: readonly (readonly [what: string, token: () => string, text: RegExp])[] = [
      ['nothing', () => '', /signed JWT/],
      ['an unsigned token (none)', () => forgeToken({ ...header, alg: 'none' }, payload, () => ''), /signed JWT/],
      ['none with a signature', () => valid({ ...header, alg: 'none' }), /must be signed with/],
      ['nOnE', () => valid({ ...header, alg: 'nOnE' }), /must be signed with/],
      [
        'HS256 with the public key as its secret',
        () => forgeToken({ ...header, alg: 'HS256' }, payload, hmacBy(publicPem)),
        /must be signed/,
      ],
      ['alg as a list', () => valid({ ...header, alg: ['RS256'] }), /must be signed with/],
      [
        'a signature by an embedded key',
        () => valid({ ...header, jwk: publicJwk(foreign.publicKey) }, payload, foreign.privateKey),
        /signature/,
      ],
      [
        'a signature of another text',
        () => `${valid().split('.').slice(0, 2).join('.')}.${valid(header, {}).split('.')[2]}`,
        /signature/,
      ],
      ['a key id that climbs', () => valid({ ...header, kid: '../../etc/passwd' }, payload, foreign.privateKey), /signature/],
      ['a key id nobody has', () => valid({ ...header, kid: 'unknown' }), /No key/],
      ['a key id that is a list', () => valid({ ...header, kid: ['1'] }), /kid/],
      ['critical extensions', () => valid({ ...header, crit: ['b64'], b64: false }), /crit/],
      ['an algorithm of another key type', () => valid({ ...header, alg: 'ES256' }), /No key|signature/],
      ['an RSA key of 1024 bits', () => valid(header, { ...payload, iss: 'https://short.example' }, short.privateKey), /2048/],
      ['an issuer nobody trusts', () => valid(header, { ...payload, iss: 'https://evil.example' }), /issuer/],
      ["an issuer's name with another issuer's key", () => valid(header, payload, foreign.privateKey), /signature/],
      ['no issuer', () => valid(header, without('iss')), /issuer/],
      ['another audience', () => valid(header, { ...payload, aud: 'https://other.example/fhir' }), /audience/],
      ['the audience and more', () => valid(header, { ...payload, aud: `${audience}/Patient` }), /audience/],
      ['no audience', () => valid(header, without('aud')), /audience/],
      ['no expiry', () => valid(header, without('exp')), /expiry/],
      ['an expiry as text', () => valid(header, { ...payload, exp: String(seconds + 60) }), /signature|expiry/],
      ['an expired token', () => valid(header, { ...payload, exp: seconds - 61 }), /expired/],
      ['an expiry in milliseconds', () => valid(header, { ...payload, exp: now + 3_600_000 }), /longer than a day/],
      ['iat far in the future', () => valid(header, { ...payload, iat: seconds + 61 }), /future/],
      ['iat as text', () => valid(header, { ...payload, iat: 'now' }), /iat/],
      ['not before', () => valid(header, { ...payload, nbf: seconds + 61 }), /not valid yet/],
      ['no token id', () => valid(header, without('jti')), /jti/],
      ['an empty token id', () => valid(header, { ...payload, jti: '' }), /jti/],
      ['no subject', () => valid(header, without('sub')), /sub/],
      ['an id token of the server', () => valid({ ...header, typ: 'JWT' }), /typ/],
      ['no typ', () => valid({ alg: 'RS256', kid: '1' }), /typ/],
      [
        'an id token of another issuer',
        () => valid({ ...header, typ: 'JWT' }, { ...idp(), nonce: 'n' }, foreign.privateKey),
        /access token/,
      ],
      ['alg twice in the header', () => valid('{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"1"}'), /repeated/],
      ['scope twice', () => valid(header, JSON.stringify(payload).replace('{', '{"scope":"system/*.cruds",')), /repeated/],
      ['a header that is a list', () => valid('["RS256"]'), /JSON objects/],
      ['three parts of garbage', () => 'abc.def.ghi', /JSON objects/],
      ['an encrypted token (five parts)', () => 'a.b.c.d.e', /signed JWT/],
      ['characters outside base64url', () => `${valid()}=`, /signed JWT/],
      ['more than 10 kB', () => valid(header, { ...payload, padding: 'x'.repeat(10_000) }), /10240 bytes/],
      ['201 scopes', () => valid(header, { ...payload, scope: 'system/*.r '.repeat(201) }), /200 scopes/],
      ['scopes as a list', () => valid(header, { ...payload, scope: ['system/*.r'] }), /scope/],
      ['a patient/ scope without a patient', () => valid(header, { ...payload, scope: 'patient/*.rs' }), /names no patient/],
      [
        'patient/ and system/ scopes without a patient',
        () => valid(header, { ...payload, scope: 'system/*.r patient/*.r' }),
        /no patient/,
      ],
      ['a user/ scope without a user', () => valid(header, { ...payload, scope: 'user/*.rs' }), /no fhirUser/],
      ['a list of patients', () => valid(header, { ...payload, scope: 'patient/*.rs', patient: ['A', 'B'] }), /one Patient's id/],
      ['patients separated by commas', () => valid(header, { ...payload, patient: 'A,B' }), /one Patient's id/],
      ['a reference as patient', () => valid(header, { ...payload, patient: 'Patient/A' }), /one Patient's id/],
      ['an empty patient', () => valid(header, { ...payload, patient: '' }), /one Patient's id/],
      ['a user of no type that signs in', () => valid(header, { ...payload, fhirUser: 'Device/1' }), /fhirUser/],
    ];
    for (const [what, token, text] of refused) {
      it(what, async () => {
        const error = await refusal(token());
        expect(error.status).to.equal(401);
        expect(error.issues[0]?.text).to.match(text);
        expect(error.issues[0]?.code).to.equal(what === 'an expired token' ? 'expired' : 'login');
        expect(error.headers['WWW-Authenticate']).to.equal('Bearer realm="fhir", error="invalid_token"');
      });
    }

    it('never repeats a claim in the answer', async () => {
      const error = await refusal(
        valid(header, { ...payload, iss: 'RSSMRA80A01H501U', sub: 'RSSMRA80A01H501U', aud: 'RSSMRA80A01H501U' }),
      );
      expect(JSON.stringify(error.issues)).not.to.include('RSSMRA');
    });
  });

  describe('user/ scopes reach what the user may see', () => {
    const rows: readonly (readonly [what: string, claims: object, held: string, patient: string | undefined])[] = [
      ['of a professional, everything', { fhirUser: 'Practitioner/1' }, 'user/*', undefined],
      ['of a professional in a role', { fhirUser: `${audience}/PractitionerRole/1` }, 'user/*', undefined],
      ['of a professional, beside a patient', { fhirUser: 'Practitioner/1', patient: 'A' }, 'user/*', 'A'],
      ['of a patient, the own record', { fhirUser: 'Patient/A' }, 'patient/*', 'A'],
      ['of a patient by URL, the own record', { fhirUser: `${audience}/Patient/A` }, 'patient/*', 'A'],
      ['of a patient whose token is about the same', { fhirUser: 'Patient/A', patient: 'A' }, 'patient/*', 'A'],
      ['of a patient whose token is about another, nothing', { fhirUser: 'Patient/A', patient: 'B' }, '', 'B'],
      ['of a patient of another server, nothing', { fhirUser: 'https://other.example/fhir/Patient/A' }, '', undefined],
      ['of a relative, nothing', { fhirUser: 'RelatedPerson/1' }, '', undefined],
      ['of a person, nothing', { fhirUser: 'Person/1', patient: 'A' }, '', 'A'],
    ];
    for (const [what, claims, held, patient] of rows) {
      it(what, async () => {
        const access = await verifierAt(() => now)(valid(header, { ...payload, scope: 'user/*.rs', ...claims }));
        expect(access.scopes.map(({ level, type }) => `${level}/${type}`).join()).to.equal(held);
        expect(access.patient).to.equal(patient);
      });
    }
  });

  describe('remembers a verified token', () => {
    it('for 30 seconds, and no longer than it lives', async () => {
      let time = now;
      let looked = 0;
      const counting: KeySource = {
        find: async () => {
          looked += 1;
          return own.publicKey;
        },
      };
      const verify = openTokenVerifier({
        issuers: [{ issuer: payload.iss, keys: counting, types: ['at+jwt'] }],
        audience,
        isResourceType: () => true,
        patientReach: () => undefined,
        now: () => time,
      });
      const token = valid();
      await verify(token);
      time += 29_999;
      await verify(token);
      expect(looked).to.equal(1);
      time += 1;
      await verify(token);
      expect(looked).to.equal(2);
      const dying = valid(header, { ...payload, exp: time / 1000 + 10 });
      await verify(dying);
      time += 71_000;
      expect((await verify(dying).catch((error: unknown) => error)) as FhirError).to.have.property('status', 401);
    });

    it('but never a refused one', async () => {
      let time = now - 120_000;
      const verify = verifierAt(() => time);
      const early = valid(header, { ...payload, nbf: seconds });
      expect(await verify(early).catch((error: unknown) => error)).to.have.property('status', 401);
      time = now;
      expect(await verify(early)).to.have.property('kind', 'token');
    });
  });

  it('names a token in the log by the hash of its id, not by the id', async () => {
    const access = await verifierAt(() => now)(valid());
    expect(access.tokenHash).to.match(/^[0-9a-f]{16}$/);
  });

  it('takes no client name that could forge a line of the log', async () => {
    const access = await verifierAt(() => now)(valid(header, { ...payload, client_id: 'app\n{"level":"error"}' }));
    expect(access.clientId).to.equal('unknown');
  });
});

function idp(): Readonly<Record<string, unknown>> {
  return { ...payload, iss: 'https://idp.example' };
}

function publicJwk(key: KeyObject) {
  return createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' });
}
