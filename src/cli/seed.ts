/** `cli seed`: the seed is a program of its own, `seed/seed.ts`, started here with the same arguments. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from './terminal.ts';

export async function seed(args: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL(`../../seed/seed${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: 'inherit' });
  // The terminal sends it to both: the seed says how far it came, and is waited for.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill());
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : exitCodes.interrupted;
}
