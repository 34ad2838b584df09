import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type Answer, type FetchOptions, startTestServer, type TestServer } from '../support/server.ts';

const patient = '{"resourceType":"Patient","name":[{"family":"Prova"}]}';
const megabyte = 1024 * 1024;

describe('What no client may do to the server', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
  });
  after(() => server.close());

  /** A status and an OperationOutcome that says why; never a stack, never 500. */
  function expectRefusal(answer: Answer, status: number, code: string, text: RegExp): void {
    expect(answer.status).to.equal(status);
    expect(answer.headers.get('content-type')).to.equal('application/fhir+json; charset=utf-8');
    expect(answer.body.resourceType).to.equal('OperationOutcome');
    expect(answer.body.issue[0].severity).to.be.oneOf(['error', 'fatal']);
    expect(answer.body.issue[0].code).to.equal(code);
    expect(answer.body.issue[0].details.text).to.match(text);
    expect(answer.body.id).to.equal(answer.headers.get('x-request-id'));
    expect(answer.text).not.to.match(/\bat .*\.ts:\d+/);
  }

  const post = (body: unknown, headers = {}): FetchOptions => ({ method: 'POST', body, headers });
  const nested = (depth: number) => `{"resourceType":"Patient","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const padded = (bytes: number) => `{"resourceType":"Bundle","type":"batch","x":"${'x'.repeat(bytes)}"}`;

  const bodies: readonly (readonly [
    what: string,
    path: string,
    options: FetchOptions,
    status: number,
    code: string,
    text: RegExp,
  ])[] = [
    ['malformed JSON', 'Patient', post('{"resourceType":"Patient",'), 400, 'structure', /line 1, column/],
    ['an empty body', 'Patient', { method: 'POST' }, 400, 'required', /body/i],
    ['white space for a body', 'Patient', post('  \n'), 400, 'required', /body/i],
    ['a list', 'Patient', post('[1]'), 400, 'structure', /./],
    ['a text', 'Patient', post('"Patient"'), 400, 'structure', /./],
    ['a member twice', 'Patient', post('{"resourceType":"Patient","active":true,"active":false}'), 400, 'structure', /active/],
    ['__proto__', 'Patient', post('{"resourceType":"Patient","__proto__":{"admin":true}}'), 400, 'structure', /member name/],
    ['nesting over 64 levels', 'Patient', post(nested(64)), 400, 'structure', /64/],
    ['nesting without end', 'Patient', post(nested(100_000)), 400, 'structure', /64/],
    ['bytes that are not UTF-8', 'Patient', post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), 400, 'structure', /UTF-8/],
    ['an overlong UTF-8 slash', 'Patient', post(new Uint8Array([0x22, 0xc0, 0xaf, 0x22])), 400, 'structure', /UTF-8/],
    [
      'Turtle',
      'Patient',
      post('<a> a <b>.', { 'content-type': 'text/turtle' }),
      415,
      'not-supported',
      /application\/fhir\+json or application\/fhir\+xml/,
    ],
    [
      'XML with a DTD',
      'Patient',
      post('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient>&e;</Patient>', {
        'content-type': 'application/fhir+xml',
        accept: 'application/fhir+json',
      }),
      400,
      'structure',
      /\(DTD\) is not allowed/,
    ],
    [
      'XML nested without end',
      'Patient',
      post('<Patient xmlns="http://hl7.org/fhir"><extension>'.repeat(100_000), {
        'content-type': 'application/fhir+xml',
        accept: 'application/fhir+json',
      }),
      400,
      'structure',
      /line 1, column/,
    ],
    [
      'a form',
      'Patient',
      post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'not-supported',
      /Content-Type/,
    ],
    ['JSON as a form', 'Patient/_search', post('{}'), 415, 'not-supported', /x-www-form-urlencoded/],
    [
      'another charset',
      'Patient',
      post(patient, { 'content-type': 'application/fhir+json; charset=latin1' }),
      415,
      'not-supported',
      /UTF-8/,
    ],
    ['an unknown encoding', 'Patient', post(patient, { 'content-encoding': 'zip' }), 415, 'not-supported', /Content-Encoding/],
    ['gzip that is none', 'Patient', post(patient, { 'content-encoding': 'gzip' }), 400, 'value', /Content-Encoding/],
    ['a body of 11 MB to a type', 'Patient', post(padded(11 * megabyte)), 413, 'too-long', /10 MB/],
    ['a body of 60 MB to the base', '', post(padded(60 * megabyte)), 413, 'too-long', /50 MB/],
    [
      'a bomb of 60 MB in 60 kB',
      '',
      post(gzipSync(padded(60 * megabyte)), { 'content-encoding': 'gzip' }),
      413,
      'too-long',
      /50 MB/,
    ],
  ];
  for (const [what, path, options, status, code, text] of bodies) {
    it(`answers ${what} with ${status}`, async () => expectRefusal(await server.fetchFhir(path, options), status, code, text));
  }

  it('takes a gzipped body within the limit', async () => {
    const answer = await server.fetchFhir('Patient', post(gzipSync(patient), { 'content-encoding': 'gzip' }));
    expect(answer.status).to.equal(201);
  });

  it('takes a body of 11 MB to the base and to Binary', async () => {
    const binary = `{"resourceType":"Binary","contentType":"text/plain","data":"${'QUJD'.repeat(3 * megabyte)}"}`;
    expect((await server.fetchFhir('Binary', post(binary))).status).to.equal(201);
    expect((await server.fetchFhir('', post(padded(11 * megabyte)))).status).not.to.equal(413);
  });

  it('counts the bytes that come, not those that Content-Length announces', async () => {
    const token = await server.token('system/*.cruds');
    const answer = await rawRequest(
      server,
      [
        'POST /fhir/Patient HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/fhir+json',
        'Transfer-Encoding: chunked',
        'Connection: close',
      ],
      [...Array.from({ length: 11 }, () => chunk('x'.repeat(megabyte))), '0\r\n\r\n'],
    );
    expect(answer).to.match(/^HTTP\/1\.1 413 /);
    expect(answer).to.include('"too-long"');
  });

  const paths: readonly (readonly [what: string, method: string, path: string, status: number, code: string])[] = [
    ['an id that none can have', 'GET', 'Patient/a_b', 400, 'value'],
    ['an id of 65 characters', 'GET', `Patient/${'a'.repeat(65)}`, 400, 'value'],
    ['an id that climbs', 'GET', 'Patient/B%2f..%2fA', 400, 'value'],
    ['a session id', 'GET', 'Patient/A;jsessionid=1', 400, 'value'],
    ['a lone percent sign', 'GET', 'Patient/%', 400, 'value'],
    ['an overlong UTF-8 dot', 'GET', 'Patient/%C0%AE', 400, 'value'],
    ['an unknown type', 'GET', 'Unicorn', 404, 'not-found'],
    ['an unknown type with an id', 'PUT', 'Unicorn/1', 404, 'not-found'],
    ['a type in lower case', 'GET', 'patient/1', 404, 'not-found'],
    ['an empty part', 'GET', '/fhir//Patient/1', 404, 'not-found'],
    ['a path of no interaction', 'GET', 'Patient/1/2/3', 404, 'not-found'],
    ['a path outside FHIR', 'GET', '/admin', 404, 'not-found'],
    ['a method that the path has not', 'DELETE', '', 405, 'not-supported'],
    ['PUT on a version', 'PUT', 'Patient/1/_history/1', 405, 'not-supported'],
    ['POST on /metadata', 'POST', 'metadata', 405, 'not-supported'],
    ['a method of another protocol', 'PROPFIND', 'Patient/1', 405, 'not-supported'],
  ];
  for (const [what, method, path, status, code] of paths) {
    it(`answers ${what} with ${status}`, async () => {
      const answer = await server.fetchFhir(path, { method });
      expectRefusal(answer, status, code, /./);
      if (status === 405) expect(answer.headers.get('allow')).to.match(/GET|POST|PUT/);
    });
  }

  it('helps with the case of a type', async () => {
    expect((await server.fetchFhir('patient/1')).body.issue[0].details.text).to.include('Did you mean Patient?');
  });

  it('ignores headers and parameters that would make it another method', async () => {
    const created = await server.fetchFhir('Patient', post(patient));
    const path = `Patient/${created.body.id}`;
    const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE' };
    await server.fetchFhir(`${path}?_method=DELETE`, { headers });
    expect((await server.fetchFhir(path)).status).to.equal(200);
  });

  it('builds every link from its own base, whatever the request says of its host', async () => {
    const headers = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/evil',
      Forwarded: 'host=evil.example',
    };
    const created = await server.fetchFhir('Patient', post(patient, headers));
    expect(created.headers.get('location')).to.equal(`${server.baseUrl}/Patient/${created.body.id}/_history/1`);
    const answers = [
      await server.fetchFhir('Patient?_count=1', { headers }),
      await server.fetchFhir('metadata', { headers }),
      await server.fetchFhir('.well-known/smart-configuration', { headers }),
    ];
    for (const answer of answers) expect(answer.text).not.to.include('evil');
  });

  it('takes the query as text: no objects, no prototypes', async () => {
    const queries = [
      'Patient?name[$ne]=x',
      'Patient?__proto__[a]=1',
      'Patient?constructor=1',
      'Patient?name=$where',
      'Patient?name=%00',
    ];
    for (const query of queries) {
      const answer = await server.fetchFhir(query);
      expect(answer.status, query).to.be.oneOf([200, 400]);
    }
  });

  it('answers bytes that are no HTTP, and goes on', async () => {
    const answer = await rawRequest(server, ['NONSENSE'], []);
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
    expect(answer).to.include('OperationOutcome');
    expect((await server.fetchFhir('/livez')).status).to.equal(200);
  });

  it('answers a head of more than 32 kB with 431', async () => {
    const answer = await rawRequest(server, ['GET /livez HTTP/1.1', 'Host: localhost', `X-Long: ${'x'.repeat(33 * 1024)}`], []);
    expect(answer).to.match(/^HTTP\/1\.1 431 /);
    expect(answer).to.include('OperationOutcome');
  });

  it('gives what it refuses before there is a request an id too, in the answer and in the log', async () => {
    const answer = await rawRequest(server, ['RSSMRA80A01H501U'], []);
    const [, requestId = 'none'] = /\r\nX-Request-Id: ([0-9a-f-]{36})\r\n/.exec(answer) ?? [];
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).to.include({ resourceType: 'OperationOutcome', id: requestId });
    const lines = server.log.filter((line) => line['requestId'] === requestId);
    expect(lines.map(({ time, ...line }) => line)).to.deep.equal([
      { level: 'info', message: 'refused', requestId, status: 400, failure: 'HPE_INVALID_METHOD' },
    ]);
  });

  it('answers a query over 16 kB with 414 and the way out', async () => {
    const answer = await server.fetchFhir(`Patient?name=${'x'.repeat(17 * 1024)}`);
    expectRefusal(answer, 414, 'too-long', /POST _search/);
  });

  it('sends the headers of an API', async () => {
    const { headers } = await server.fetchFhir('metadata');
    expect(headers.get('content-security-policy')).to.equal("default-src 'none';frame-ancestors 'none';sandbox");
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-frame-options')).to.equal('DENY');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
    expect(headers.get('strict-transport-security')).to.match(/max-age=31536000/);
    expect(headers.get('x-powered-by')).to.equal(null);
    expect(headers.get('etag')).to.equal(null);
  });

  it('is still there after all this', async () => {
    expect((await server.fetchFhir('/readyz')).body).to.deep.equal({ status: 'ok' });
    expect(server.log.filter((line) => line['message'] === 'incident')).to.deep.equal([]);
  });
});

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** What fetch would never send. */
async function rawRequest(server: TestServer, head: readonly string[], body: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (data) => {
    answer += data;
  });
  // The server may close while bytes are still under way, which is its right.
  socket.on('error', () => undefined);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.join('')}`);
  await once(socket, 'close');
  return answer;
}
