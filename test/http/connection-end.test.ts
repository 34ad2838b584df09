/** What becomes of an answer when its connection ends with it. https://www.rfc-editor.org/rfc/rfc9112#section-9.6 */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { openDrain } from '../../src/http/drain.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('The answer on a connection that ends', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const refused: readonly (readonly [what: string, status: number, line: string, headers: readonly string[]])[] = [
    ['no token', 401, 'POST /fhir/Patient HTTP/1.1', ['Content-Type: application/fhir+json']],
    ['another media type', 415, 'POST /fhir/Patient HTTP/1.1', ['Content-Type: text/plain', 'Authorization: TOKEN']],
    ['a path outside FHIR', 404, 'POST /admin HTTP/1.1', []],
    ['a method that the path has not', 405, 'PUT /fhir/metadata HTTP/1.1', ['Authorization: TOKEN']],
  ];
  for (const [what, status, line, headers] of refused) {
    it(`comes after the body (${what}, ${status}): a reset would take it from a client that still sends`, async () => {
      const token = await server.token('system/*.cruds');
      const head = [line, 'Host: localhost', 'Content-Length: 100000', 'Connection: close', ...headers].join('\r\n');
      const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (data) => {
        answer += data;
      });
      await once(socket, 'connect');
      socket.write(`${head.replace('TOKEN', `Bearer ${token}`)}\r\n\r\n${' '.repeat(50_000)}`);
      // The server has read the head once it has answered others that came later.
      for (let count = 0; count < 3; count++) await fetch(`${server.origin}/readyz`);
      expect(answer).to.equal('');
      socket.write(' '.repeat(50_000));
      await once(socket, 'close');
      expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).to.include('OperationOutcome');
    });
  }

  it('is not waited for by a client that goes away: the server answers others', async () => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n ');
    await fetch(`${server.origin}/readyz`);
    socket.destroy();
    expect((await fetch(`${server.origin}/readyz`)).status).to.equal(200);
  });

  describe('of a server that is closing', () => {
    it('says that it is the last, so that the client sends no more on this connection', async () => {
      const { http, drain, send } = await openPlainServer();
      const begun = once(http, 'request');
      const answered = send();
      const [, response] = await begun;
      const drained = drain();
      response.end('here');
      expect(await answered).to.equal('close');
      await drained;
    });

    it('comes also to a request that was on its way when the closing began', async () => {
      const { http, drain, send } = await openPlainServer();
      http.on('request', (_request, response) => response.end('here'));
      expect(await send()).to.equal('keep-alive');
      const drained = drain();
      expect(await send()).to.equal('close');
      await drained;
    });
  });
});

/** Without handlers; `send` makes a request on a connection that is kept, and gives what the answer says of it. */
async function openPlainServer() {
  const http = createServer();
  const drain = openDrain(http, 5000);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo; // Listening on TCP.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = async (): Promise<string | undefined> => {
    const [response] = await once(request({ port, host: '127.0.0.1', agent }).end(), 'response');
    const connection: string | undefined = response.headers.connection;
    response.resume();
    await once(response, 'close');
    return connection;
  };
  return { http, drain, send };
}
