/** The server's log: JSON lines on stdout, one for each request and each event. No personal data, no tokens, no values of queries. */
import type { JsonValue } from '../fhir/types.ts';
import type { ServerContext } from '../interactions/context.ts';

export type Log = ServerContext['log'];

export type LogLevel = Parameters<Log>[0];

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** A log that writes the lines at least as grave as `level`; `now` is milliseconds since 1970. */
export function openLog(level: LogLevel, write: (line: string) => void, now: () => number): Log {
  const shown = new Set(levels.slice(0, levels.indexOf(level) + 1));
  return (lineLevel, message, details = {}) => {
    if (shown.has(lineLevel))
      write(`${JSON.stringify({ time: new Date(now()).toISOString(), level: lineLevel, message, ...details })}\n`);
  };
}

/**
 * An unexpected failure, for the log: its kind, its code and where it came from. Not its message, which may quote the data it stumbled over;
 * `LOG_LEVEL=debug` shows that in a line of its own.
 */
export function logFailure(log: Log, message: string, failure: unknown, details: Record<string, JsonValue>): void {
  const error = failure instanceof Error ? failure : new Error(typeof failure);
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  log('error', message, { ...details, failure: error.name, ...code, at: frames.slice(0, 12).map((line) => line.trim()) });
  log('debug', `${message}: message`, { ...details, text: error.message, ...causeOf(error) });
}

function causeOf(error: Error): Record<string, JsonValue> {
  return error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
}
