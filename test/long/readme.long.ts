/** The README's first start and its tour, command by command, against the built server: what it shows is what comes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { mask, readSteps, runSteps } from '../support/readme-tour.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const steps = readSteps(readme, '## A tour of five minutes');

describe('README.md: the tour', function () {
  this.timeout(120_000);
  const dataDir = mkdtempSync(join(tmpdir(), 'fascicolo-readme-'));
  const script = join(root, 'tour.mjs');
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info' };
  let outputs: readonly string[] = [];
  let banner = '';
  let stop = async () => {};

  before(async () => {
    await once(spawn('npm', ['run', '-s', 'build'], { cwd: root, env, stdio: 'inherit' }), 'exit');
    const server = spawn(process.execPath, ['dist/src/main.js'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    server.stderr.on('data', (data) => {
      banner += data;
    });
    stop = async () => {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
    };
    const port = await portOf(server.stdout);
    while (!banner.includes('Ready')) await once(server.stderr, 'data');
    banner = banner.replaceAll(port, '8080').replaceAll(dataDir, './data');
    const program = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    writeFileSync(script, program.replaceAll('localhost:8080', `localhost:${port}`));
    const here = (command: string) =>
      command.replaceAll('localhost:8080', `localhost:${port}`).replaceAll('/tmp/', `${dataDir}/`);
    const there = steps.map((step) => ({ ...step, command: here(step.command) }));
    const printed = await runSteps(there, { cwd: root, env: { ...env, PORT: port } });
    outputs = printed.map((output) => output.replaceAll(`${dataDir}/`, '/tmp/').replaceAll(dataDir, './data'));
  });

  after(async () => {
    await stop();
    rmSync(script, { force: true });
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('$ npm ci && npm start', () => {
    const [, expected = ''] = /^\$ npm ci && npm start\n([\s\S]*?)```/m.exec(readme) ?? [];
    const pack = ['--import', 'tsx/esm', 'src/definitions/pack.ts', join(dataDir, 'packed')];
    const { stderr } = spawnSync(process.execPath, pack, { cwd: root, env, encoding: 'utf8' });
    expect(mask(stderr + banner)).to.equal(mask(expected));
  });

  it('has steps', () => expect(steps.length).to.be.above(8));

  for (const [index, { command, expected }] of steps.entries()) {
    it(`$ ${command.split('\n')[0]}`, () => expect(mask(outputs[index] ?? '')).to.equal(mask(expected)));
  }
});

/** The port in the server's log line `started`; its later lines are read and dropped. */
function portOf(stdout: Readable): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.includes('"started"')) resolve(/"port":(\d+)/.exec(line)?.[1] ?? '');
    });
  });
}
