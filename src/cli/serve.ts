/** `cli serve`, which is also `npm start`: runs the server until SIGTERM or SIGINT. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig, settings } from '../config.ts';
import { type Server, start } from '../server.ts';
import { readVersion } from '../version.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { exitCodes, type Terminal } from './terminal.ts';

const help = formatHelp({
  sentence: 'Runs the server until SIGTERM or SIGINT; then it answers what it has begun, and ends.',
  usage: 'serve',
  notes: ['Settings, all environment variables:', ...settings.map(({ name, sentence }) => `${name.padEnd(16)} ${sentence}`)],
  examples: ['serve', 'serve --help', 'token --scope "system/*.cruds"'],
  exits: '0 ended on a signal, 2 a wrong setting, 3 the store, the port or the data folder could not be had.',
});

export async function serve(args: readonly string[], terminal: Terminal): Promise<number> {
  const read = readArguments(args, {});
  if ('problem' in read) {
    terminal.err(`${read.problem}\n`);
    return exitCodes.wrongUse;
  }
  if (read.values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  const result = readConfig(terminal.environment);
  if ('problems' in result) {
    terminal.err(`${result.problems.join('\n')}\n`);
    return exitCodes.wrongUse;
  }
  const { config } = result;
  const fresh = !existsSync(join(config.dataDir, 'keys'));
  const stopped = untilSignal();
  const server = await startOrExplain(config, terminal);
  if (server === undefined) return exitCodes.unavailable;
  terminal.err(banner(config, server, fresh));
  await stopped;
  terminal.err('Stopping: answering what has begun.\n');
  await server.close();
  return exitCodes.done;
}

/** A start that fails for a reason outside the program says so in one sentence (a plain Error); anything else keeps its stack. */
async function startOrExplain(config: Config, terminal: Terminal): Promise<Server | undefined> {
  try {
    return await start(config);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Error') throw error;
    const debug = config.logLevel === 'debug' ? `\n${error.stack}` : '';
    terminal.err(`${error.message}${debug}\n`);
    return undefined;
  }
}

/** Resolves at the first signal to end; a second one ends at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of signals) process.once(signal, () => process.exit(exitCodes.interrupted));
      resolve();
    };
    const once = () => {
      for (const signal of signals) process.removeListener(signal, once);
      stop();
    };
    for (const signal of signals) process.on(signal, once);
  });
}

const signals = ['SIGTERM', 'SIGINT'] as const;

function banner(config: Config, server: Server, fresh: boolean): string {
  const store = config.mongodbUri === undefined ? `embedded store in ${config.dataDir}` : 'MongoDB';
  const made = fresh ? ` (new: data folder and signing key made in ${config.dataDir})` : '';
  const access =
    config.auth === 'none'
      ? 'off (AUTH=none): everyone on this machine may read and change everything'
      : 'npm run -s cli -- token --scope "system/*.cruds"';
  return [
    `Fascicolo ${readVersion()}  ${store}${made}  validation ${config.validation}`,
    `  FHIR base   ${server.baseUrl}`,
    `  Token       ${access}`,
    '  Demo data   npm run seed -- --patients 20',
    `  Ready in ${(performance.now() / 1000).toFixed(1)} s on ${config.host}:${server.port}`,
    '',
  ].join('\n');
}
