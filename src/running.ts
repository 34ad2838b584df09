/** Which server runs on a data folder: `server.json` tells the command line where to find it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseUrlOf, type Config } from './config.ts';

export interface RunningServer {
  /** The FHIR base of its tokens and links. */
  readonly baseUrl: string;
  /** Where it answers on this machine, also when others reach it by another address. */
  readonly localUrl: string;
  readonly pid: number;
}

/** Notes that this process serves on the folder. */
export async function noteRunning(dataDir: string, server: Omit<RunningServer, 'pid'>): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(fileOf(dataDir), `${JSON.stringify({ ...server, pid: process.pid } satisfies RunningServer)}\n`);
}

export async function forgetRunning(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/**
 * The server that runs on the folder now; undefined when there is none, also when one ended without saying so. Throws an Error with a
 * sentence when the folder can't be read.
 */
export async function findRunning(dataDir: string): Promise<RunningServer | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(fileOf(dataDir), 'utf8'));
    return isRunningServer(value) && isAlive(value.pid) ? value : undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (error instanceof SyntaxError || code === 'ENOENT') return undefined;
    throw new Error(`The data folder ${dataDir} can't be read (${code}). Check DATA_DIR and its permissions.`, { cause: error });
  }
}

/**
 * The FHIR base that commands beside a server speak of: the one configured, else that of the server running on the data folder, else the one
 * a server with these settings would have. Undefined when nobody can know it yet: PORT is 0 and no server runs.
 */
export async function findBaseUrl(config: Config): Promise<string | undefined> {
  const known = config.publicBaseUrl ?? (await findRunning(config.dataDir))?.baseUrl;
  return known ?? (config.port === 0 ? undefined : baseUrlOf(config, config.port));
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'server.json');
}

function isRunningServer(value: unknown): value is RunningServer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'baseUrl' in value &&
    typeof value.baseUrl === 'string' &&
    'localUrl' in value &&
    typeof value.localUrl === 'string' &&
    'pid' in value &&
    typeof value.pid === 'number'
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
