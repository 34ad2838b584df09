/** `cli backup`: a copy of the embedded store, made while the server goes on. */
import { stat } from 'node:fs/promises';
import { readConfig } from '../config.ts';
import { backup as copyStore } from '../store/embedded/backup.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { openProgress } from './progress.ts';
import { exitCodes, type Terminal } from './terminal.ts';

const help = formatHelp({
  sentence: 'Copies the embedded store of DATA_DIR to a file, while the server goes on.',
  usage: 'backup --to <file>',
  notes: [
    '--to  the file to make; it must not exist',
    'The copy is a whole database as it was when the copy began. To restore it, put it as fascicolo.db into a new, empty data folder: beside the',
    'fascicolo.db-wal of another database, SQLite would take what is in that for its newest part.',
    "The server's signing key (keys/ in the data folder) is not in it. With MongoDB, back up with MongoDB's own tools.",
  ],
  examples: ['backup --to /var/backups/fse-2026-11-23.db', 'backup --to copy.db', 'backup --help'],
  exits: '0 copied, 2 wrong use, 3 the store or the file could not be had, 130 interrupted.',
});

export async function backup(args: readonly string[], terminal: Terminal): Promise<number> {
  const complain = (sentence: string, code: number = exitCodes.wrongUse) => {
    terminal.err(`${sentence}\n`);
    return code;
  };
  const read = readArguments(args, { to: { type: 'string' } });
  if ('problem' in read) return complain(read.problem);
  if (read.values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  const { to } = read.values;
  if (to === undefined || to === '') return complain('Say where the copy goes: --to <file>. See --help.');
  const result = readConfig(terminal.environment);
  if ('problems' in result) return complain(result.problems.join('\n'));
  const { dataDir, mongodbUri } = result.config;
  if (mongodbUri !== undefined) return complain('MONGODB_URI is set: back MongoDB up with its own tools, such as mongodump.');
  const started = Date.now();
  const show = showProgress(dataDir);
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  try {
    await copyStore(dataDir, to, (progress) => {
      if (interrupted) throw new Error('interrupted');
      show(progress);
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return interrupted
      ? complain('\nStopped: there is no copy, nor a part of one. Start it again.', exitCodes.interrupted)
      : complain(error.message, exitCodes.unavailable);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
  const { size } = await stat(to);
  terminal.out(`${to}\n`);
  terminal.err(`Done: ${(size / 1_000_000).toFixed(1)} MB in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
  return exitCodes.done;
}

/** The number of pages is known only once the copy goes on. */
function showProgress(dataDir: string) {
  let progress: ReturnType<typeof openProgress> | undefined;
  return ({ pagesDone, pagesTotal }: { readonly pagesDone: number; readonly pagesTotal: number }) => {
    progress ??= openProgress({
      label: `Backing up ${dataDir}`,
      total: pagesTotal,
      unit: 'pages',
      stream: process.stderr,
      now: Date.now,
    });
    progress.update(pagesDone);
    if (pagesDone >= pagesTotal) progress.end();
  };
}
