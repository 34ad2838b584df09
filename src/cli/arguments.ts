/** The arguments of a command, read by Node's own parser, with sentences for what it refuses. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export interface Help {
  /** What the command does, in one sentence. */
  readonly sentence: string;
  readonly usage: string;
  readonly examples: readonly string[];
  readonly exits: string;
  /** Options and notes, each a line. */
  readonly notes?: readonly string[];
}

const run = 'npm run -s cli --';

export function formatHelp({ sentence, usage, examples, exits, notes = [] }: Help): string {
  const lines = [sentence, '', `  ${run} ${usage}`, '', ...notes.map((note) => `  ${note}`), ...(notes.length > 0 ? [''] : [])];
  return `${[...lines, ...examples.map((example) => `  ${run} ${example}`), '', `Exit codes: ${exits}`].join('\n')}\n`;
}

/**
 * Reads arguments by `options` of node:util's parseArgs; every command knows `--help` besides. `problem` is a sentence for a wrong use.
 */
export function readArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
) {
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    return parseArgs({ args: [...args], options: { ...options, help }, allowPositionals, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { problem: `${error.message.split('. ')[0]?.replace(/\.?$/, '.')} See --help.` };
  }
}
