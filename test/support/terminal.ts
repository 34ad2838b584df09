/** A terminal that remembers what a command writes. */
import { Readable } from 'node:stream';
import type { Command, Terminal } from '../../src/cli/terminal.ts';

export interface Written {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Written> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: Readable.from(input === '' ? [] : [Buffer.from(input)]),
    environment,
  };
  const code = await command(args, terminal);
  return { code, out, err };
}
