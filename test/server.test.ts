import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { withFolder } from './support/temporary-folder.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

class Run {
  readonly child: ChildProcess;
  out = '';
  err = '';

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    this.child = spawn(process.execPath, ['--import', 'tsx/esm', main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data) => {
      this.out += data;
    });
    this.child.stderr?.on('data', (data) => {
      this.err += data;
    });
  }

  async ended(): Promise<Ended> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, out: this.out, err: this.err };
  }

  /** Resolves with the FHIR base once the banner is there. */
  async ready(): Promise<string> {
    for (;;) {
      const [, base] = /FHIR base +(\S+)/.exec(this.err) ?? [];
      if (base !== undefined && this.err.includes('Ready')) return base;
      if (this.child.exitCode !== null) throw new Error(`The server ended: ${this.err}`);
      await Promise.race([once(this.child.stderr ?? this.child, 'data'), once(this.child, 'exit')]);
    }
  }
}

describe('The server as a process', function () {
  this.timeout(60_000);

  it('starts on an empty folder, gives a token, drains on SIGTERM and exits 0', () =>
    withFolder(async (folder) => {
      const environment = { PORT: '0', DATA_DIR: `${folder}/data` };
      const server = new Run([], environment);
      try {
        const base = await server.ready();
        expect(server.err).to.match(/new: data folder and signing key made in/);
        expect(server.err).to.match(/npm run -s cli -- token --scope "system\/\*\.cruds"/);
        expect(server.err).to.match(/npm run seed -- --patients 20/);
        const token = await new Run(['token', '--scope', 'system/*.cruds'], environment).ended();
        expect(token.code).to.equal(0);
        expect(token.out).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
        const answer = await finishAfter(() => server.child.kill('SIGTERM'), base, token.out.trim(), server);
        expect(answer).to.equal(201);
        const { code, out } = await server.ended();
        expect(code).to.equal(0);
        for (const line of out.trim().split('\n')) expect(JSON.parse(line)).to.have.property('level');
      } finally {
        server.child.kill('SIGKILL');
      }
    }));

  it('killed with SIGKILL during a load of creates, it has every acknowledged one at the next start', () =>
    withFolder(async (folder) => {
      const environment = { PORT: '0', DATA_DIR: folder, AUTH: 'none', LOG_LEVEL: 'error' };
      const acknowledged: string[] = [];
      const first = new Run([], environment);
      const base = await first.ready();
      const load = Array.from({ length: 8 }, async () => {
        for (;;) {
          acknowledged.push(await create(base));
          if (acknowledged.length === 200) first.child.kill('SIGKILL');
        }
      });
      expect((await Promise.allSettled(load)).map(({ status }) => status)).to.deep.equal(Array(8).fill('rejected'));
      expect(acknowledged.length).to.be.at.least(200);
      const second = new Run([], environment);
      try {
        const again = await second.ready();
        const statuses = new Set<number>();
        for (const id of acknowledged) statuses.add((await fetch(`${again}/Basic/${id}`)).status);
        expect([...statuses]).to.deep.equal([200]);
      } finally {
        second.child.kill('SIGKILL');
        await second.ended();
      }
    }));

  for (const script of ['start', 'cli']) {
    it(`gets the SIGTERM that npm run ${script} is sent: the shell that npm starts gives its place to it`, async () => {
      const { scripts } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
      expect(scripts[script]).to.match(/ && exec node \S+ dist\/src\/main\.js$/);
    });
  }

  it('says in one sentence that the port is taken, and exits 3', () =>
    withFolder(async (folder) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo; // Listening on TCP.
      const { code, err } = await new Run(['serve'], { PORT: String(port), DATA_DIR: folder }).ended();
      other.close();
      expect(code).to.equal(3);
      expect(err).to.equal(
        `Port ${port} on 127.0.0.1 is taken by another program (PORT). Choose another, or 0 for a free one.\n`,
      );
    }));

  it('names a bad setting on stderr, and exits 2', async () => {
    const { code, out, err } = await new Run([], { PORT: '80a' }).ended();
    expect([code, out, err]).to.deep.equal([2, '', 'PORT is "80a"; it must be a number from 0 to 65535.\n']);
  });

  it('helps with an unknown command, and exits 2', async () => {
    const { code, err } = await new Run(['sed'], {}).ended();
    expect([code, err]).to.deep.equal([2, 'Unknown command "sed". Did you mean "seed"? See npm run -s cli -- --help.\n']);
  });
});

/** Creates a resource and gives its id once the server has acknowledged it. */
async function create(base: string): Promise<string> {
  const headers = { 'content-type': 'application/fhir+json' };
  const body = '{"resourceType":"Basic","code":{"text":"prova"}}';
  const answer = await fetch(`${base}/Basic`, { method: 'POST', headers, body });
  if (answer.status !== 201) throw new Error(`The create got ${answer.status}.`);
  return ((await answer.json()) as { readonly id: string }).id; // A create answers with the resource.
}

/** Begins a create, lets `act` happen, and only then sends the rest of its body; gives the status. */
async function finishAfter(act: () => void, base: string, token: string, server: Run): Promise<number | undefined> {
  const body = '{"resourceType":"Basic","code":{"text":"prova"}}';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', 'content-length': body.length };
  const sent = request(`${base}/Basic`, { method: 'POST', headers });
  const answered = once(sent, 'response');
  sent.write(body.slice(0, 10));
  await once(sent, 'socket');
  // The server has the head once it has answered another request of the same connection's age.
  await fetch(`${new URL(base).origin}/livez`);
  act();
  while (!server.err.includes('Stopping')) await once(server.child.stderr ?? server.child, 'data');
  sent.end(body.slice(10));
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}
