/** Synthea's transaction Bundles, when they are on this machine: bzip2, unpacked by `bunzip2` or, without it, by Python. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sharedData } from './shared-data.ts';

export interface SyntheaFile {
  readonly name: string;
  /** The Bundle's JSON. */
  read(): string;
}

export interface Synthea {
  /** Organizations and practitioners, which the others refer to by condition. */
  readonly shared: readonly SyntheaFile[];
  /** One Bundle for each patient. */
  readonly patients: readonly SyntheaFile[];
  /** The Bundle with the most entries: 2,279. */
  readonly largest: SyntheaFile;
}

const largestName = 'd614dcb6-435f-be94-5344-00143898b1c3.json.bz2';

/** Undefined when the files are not here, or when nothing here unpacks them. */
export function findSynthea(): Synthea | undefined {
  const folder = sharedData('synthea');
  const unpack = folder === undefined ? undefined : findUnpacker();
  if (folder === undefined || unpack === undefined) return undefined;
  const names = readdirSync(folder).filter((name) => name.endsWith('.json.bz2'));
  const file = (name: string): SyntheaFile => ({ name, read: () => unpack(join(folder, name)) });
  const isShared = (name: string) => name.startsWith('0-');
  return {
    shared: names.filter(isShared).sort().map(file),
    patients: names
      .filter((name) => !isShared(name))
      .sort()
      .map(file),
    largest: file(largestName),
  };
}

const options = { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' } as const;

const unpackers: readonly { readonly command: string; readonly arguments: readonly string[] }[] = [
  { command: 'bunzip2', arguments: ['-c'] },
  { command: 'python3', arguments: ['-c', 'import bz2, sys; sys.stdout.buffer.write(bz2.open(sys.argv[1]).read())'] },
];

function findUnpacker(): ((path: string) => string) | undefined {
  const found = unpackers.find(({ command }) => runs(command));
  return found && ((path) => execFileSync(found.command, [...found.arguments, path], options));
}

function runs(command: string): boolean {
  try {
    execFileSync(command, ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not installed: the next one is tried.
    return false;
  }
}
