/** The processes a benchmark measures. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Measured {
  readonly origin: string;
  stop(): Promise<void>;
}

export interface Fascicolo extends Measured {
  /** From spawning the process to the first 200 of /readyz. */
  readonly startMs: number;
  readonly token: string;
  readonly pid: number;
}

export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'fascicolo-bench-'));
}

/** Starts the built server on a data folder, on the embedded store. */
export async function startFascicolo(dataDir: string, environment: Readonly<Record<string, string>> = {}): Promise<Fascicolo> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: dataDir,
    PUBLIC_BASE_URL: `${origin}/fhir`,
    LOG_LEVEL: 'error',
    ...environment,
  };
  const main = join(root, 'dist/src/main.js');
  const token = execFileSync(process.execPath, [main, 'token', '--scope', 'system/*.cruds'], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const started = performance.now();
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await untilReady(`${origin}/readyz`, child);
  const startMs = performance.now() - started;
  return { origin, token: token.trim(), startMs, pid: child.pid ?? 0, stop: () => stopChild(child) };
}

/** Starts the yardstick: `kind` with one payload. */
export async function startBare(kind: 'express' | 'http', payload: string): Promise<Measured> {
  const folder = makeDataDir();
  const file = join(folder, 'payload.json');
  writeFileSync(file, payload);
  const script = fileURLToPath(new URL('bare.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx/esm', script, kind, file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer]; // A pipe gives buffers.
  rmSync(folder, { recursive: true });
  return { origin: `http://127.0.0.1:${line.toString().trim()}`, stop: () => stopChild(child) };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`The server stopped with exit code ${child.exitCode}.`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}
