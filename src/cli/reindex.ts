/** `cli reindex`: indexes what is stored by search parameters that came later, while the server goes on. */
import { setTimeout } from 'node:timers/promises';
import { type Config, readConfig } from '../config.ts';
import type { ReindexStep } from '../parameters/reindex.ts';
import { findRunning } from '../running.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { openProgress, type Progress } from './progress.ts';
import { openLocalSteps, openServerSteps, type Steps } from './reindex-steps.ts';
import { exitCodes, type Terminal } from './terminal.ts';

const help = formatHelp({
  sentence: 'Indexes what is stored by search parameters that came later, while the server goes on.',
  usage: 'reindex [--all --yes] [--json]',
  notes: [
    '--all   everything anew, by every search parameter: after a change of TIME_ZONE or PUBLIC_BASE_URL',
    '--yes   goes with --all: replaces what every resource is found by, without asking',
    '--json  the result as JSON',
    'New parameters come from conformance/search-parameters/, profiles/ and SearchParameters stored with the status active. Until this has',
    'been run they are unknown to searches. Broken off, it goes on where it was when it is run again.',
  ],
  examples: ['reindex', 'reindex --json', 'reindex --all --yes'],
  exits: '0 done, 2 wrong use, 3 the server or the store could not be had, 130 interrupted.',
});

const options = { all: { type: 'boolean' }, yes: { type: 'boolean' }, json: { type: 'boolean' } } as const;

export async function reindex(args: readonly string[], terminal: Terminal): Promise<number> {
  const complain = (sentence: string, code: number = exitCodes.wrongUse) => {
    terminal.err(`${sentence}\n`);
    return code;
  };
  const read = readArguments(args, options);
  if ('problem' in read) return complain(read.problem);
  const { all = false, yes = false, json = false } = read.values;
  if (read.values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  if (all && !yes)
    return complain('--all replaces what every resource is found by, which takes a while: say --yes too. See --help.');
  const result = readConfig(terminal.environment);
  if ('problems' in result) return complain(result.problems.join('\n'));
  try {
    const steps = await openSteps(result.config);
    try {
      return await takeSteps(steps, { all, json }, terminal);
    } finally {
      await steps.close();
    }
  } catch (error) {
    // What the operator can do something about is a plain Error with a sentence.
    if (!(error instanceof Error) || error.name !== 'Error') throw error;
    return complain(error.message, exitCodes.unavailable);
  }
}

/** The embedded store belongs to the server while it runs, so that the server has to take the steps; MongoDB is open to both. */
async function openSteps(config: Config): Promise<Steps> {
  const running = config.mongodbUri === undefined ? await findRunning(config.dataDir) : undefined;
  return running === undefined ? openLocalSteps(config) : openServerSteps(config, running);
}

interface Wanted {
  readonly all: boolean;
  readonly json: boolean;
}

async function takeSteps(steps: Steps, wanted: Wanted, terminal: Terminal): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  const show = showSteps(wanted, terminal);
  try {
    for (let first = true; !interrupted.signal.aborted; first = false) {
      const step = await steps.next(wanted.all && first);
      show.step(step);
      if (step.finished) return show.end(step);
      // An interruption ends the wait.
      if (step.waitMs > 0)
        await setTimeout(Math.min(step.waitMs, 1000), undefined, { signal: interrupted.signal }).catch(() => 0);
    }
    return show.interrupted();
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

function showSteps({ all, json }: Wanted, terminal: Terminal) {
  const made = new Set<string>();
  let progress: Progress | undefined;
  let waiting = false;
  return {
    step(step: ReindexStep): void {
      for (const url of step.parameters) made.add(url);
      if (step.waitMs > 0 && !waiting) {
        waiting = true;
        terminal.err(`Waiting ${Math.ceil(step.waitMs / 1000)} s for writes that began before the parameters were known.\n`);
      }
      if (step.total === 0) return;
      progress ??= openBar(step, all);
      progress.update(step.done, step.skipped > 0 ? `${step.skipped} skipped` : '');
    },
    end({ done, skipped }: ReindexStep): number {
      progress?.end();
      const parameters = [...made];
      if (json) terminal.out(`${JSON.stringify({ parameters, resources: done, skipped })}\n`);
      else for (const url of parameters) terminal.out(`${url}\n`);
      const resources = `${done.toLocaleString('en-US')} ${done === 1 ? 'resource' : 'resources'}, ${skipped.toLocaleString('en-US')} skipped`;
      const visible = parameters.length > 0 ? 'visible in /metadata now, ' : '';
      const nothing = parameters.length === 0 && !all && done === 0;
      terminal.err(
        nothing ? 'Nothing to do: what is stored is indexed by every search parameter.\n' : `Done: ${visible}${resources}.\n`,
      );
      return exitCodes.done;
    },
    interrupted(): number {
      progress?.end();
      terminal.err('Broken off; what is done is kept. Run it again to go on.\n');
      return exitCodes.interrupted;
    },
  };
}

function openBar({ parameters, total, done }: ReindexStep, all: boolean): Progress {
  const names = parameters.map((url) => url.slice(url.lastIndexOf('/') + 1));
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')}…` : names.join(', ');
  const what =
    all || names.length === 0 ? 'everything' : `${names.length} new parameter${names.length === 1 ? '' : 's'} (${shown})`;
  return openProgress({
    label: `Reindexing ${what}, searches go on`,
    total,
    from: done,
    unit: 'resources',
    stream: process.stderr,
    now: Date.now,
  });
}
