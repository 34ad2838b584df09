/** What a command is given besides its arguments: where to read and write, and the environment. Results go to `out`, all else to `err`. */
import type { Readable } from 'node:stream';

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly input: Readable;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs with the arguments behind its name and gives the exit code. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** 0 done, 1 found what it looks for, 2 wrong use, 3 not reachable, locked or full, 130 interrupted. */
export const exitCodes = { done: 0, found: 1, wrongUse: 2, unavailable: 3, interrupted: 130 } as const;

/** The process's own. */
export function openTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    // Asked for, standard input is opened, and keeps the process from ending.
    get input() {
      return process.stdin;
    },
    environment: process.env,
  };
}

/**
 * Runs what may fail for a reason outside the program, such as a folder that can't be read: a plain Error's sentence goes to `err`, with exit
 * code 3. Anything else is a bug of ours and keeps its stack.
 */
export async function orExplain({ err }: Pick<Terminal, 'err'>, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Error') throw error;
    err(`${error.message}\n`);
    return exitCodes.unavailable;
  }
}
