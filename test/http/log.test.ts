import { expect } from 'chai';
import { logFailure } from '../../src/fhir/log-failure.ts';
import { openLog } from '../../src/http/log.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('The log', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' }, logLevel: 'debug' });
  });
  after(() => server.close());

  async function lineOf(requestId: string) {
    const line = server.log.find((one) => one['requestId'] === requestId && one['message'] === 'request');
    if (line === undefined) throw new Error(`No line has the request id ${requestId}.`);
    return line;
  }

  it('has one line for each request: id, client, token, interaction, type, status, time', async () => {
    const token = await server.token('system/*.cruds', { clientId: 'app-7' });
    await server.fetchFhir('Patient?family=Rossi', { token, headers: { 'x-request-id': 'req-1' } });
    const line = await lineOf('req-1');
    expect(Object.keys(line)).to.deep.equal([
      'time',
      'level',
      'message',
      'requestId',
      'client',
      'token',
      'method',
      'interaction',
      'type',
      'status',
      'ms',
    ]);
    expect(line).to.include({ client: 'app-7', interaction: 'search-type', type: 'Patient', status: 200, level: 'info' });
    expect(line['token']).to.match(/^[0-9a-f]{16}$/);
    expect(line['ms']).to.be.a('number');
  });

  it('has neither personal data nor tokens', async () => {
    const secret = 'RSSMRA80A01H501U';
    const token = await server.token('system/*.cruds');
    const patient = { resourceType: 'Patient', identifier: [{ value: secret }], gender: secret };
    await server.fetchFhir(`Patient?identifier=${secret}`, { token });
    await server.fetchFhir(`Patient/${secret}`, { token });
    await server.fetchFhir(`Patient/${secret}/_history/${secret}`, { token });
    await server.fetchFhir(secret, { token });
    await server.fetchFhir(`/${secret}`, { token });
    await server.fetchFhir('Patient', { token, method: 'POST', body: patient });
    await server.fetchFhir('Patient', { token: secret });
    await server.fetchFhir('Patient', { token, method: 'POST', body: `{"resourceType":"Patient","x":"${secret}` });
    await server.fetchFhir('Patient', { token, headers: { 'x-request-id': `${secret}/${secret}` } });
    const text = JSON.stringify(server.log);
    expect(text).not.to.include(secret);
    expect(text).not.to.include(token);
    expect(text).not.to.include(token.split('.')[2]);
  });

  it('echoes a fitting X-Request-Id, and makes one otherwise', async () => {
    const echoed = await server.fetchFhir('Patient/none', { headers: { 'x-request-id': 'trace-42.a' } });
    expect(echoed.headers.get('x-request-id')).to.equal('trace-42.a');
    expect(echoed.body.id).to.equal('trace-42.a');
    const made = await server.fetchFhir('Patient/none', { headers: { 'x-request-id': 'a b\tc' } });
    expect(made.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
  });

  it('keeps probes to the debug level', async () => {
    await server.fetchFhir('/livez', { headers: { 'x-request-id': 'probe-1' } });
    expect(await lineOf('probe-1')).to.include({ level: 'debug' });
  });

  const levels: readonly (readonly [level: 'error' | 'warn' | 'info' | 'debug', shown: number])[] = [
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ];
  for (const [level, shown] of levels) {
    it(`LOG_LEVEL=${level} shows ${shown} of the four levels`, () => {
      const lines: string[] = [];
      const log = openLog(
        level,
        (line) => lines.push(line),
        () => 0,
      );
      for (const one of ['debug', 'info', 'warn', 'error'] as const) log(one, 'line');
      expect(lines).to.have.length(shown);
      expect(lines.at(-1)).to.equal('{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"line"}\n');
    });
  }

  it('tells where a failure came from, not the data in its message', () => {
    const lines: string[] = [];
    const log = openLog(
      'info',
      (line) => lines.push(line),
      () => 0,
    );
    logFailure(log, 'incident', new SyntaxError('Unexpected token in "Rossi"'), { incident: 'i1' });
    expect(lines).to.have.length(1);
    expect(lines[0])
      .to.match(/"failure":"SyntaxError"/)
      .and.to.match(/log\.test\.ts/);
    expect(lines[0]).not.to.include('Rossi');
  });
});
