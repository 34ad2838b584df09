/** How an unexpected failure is told to the log: where it came from, not what it says. */
import type { JsonValue } from './types.ts';

/** Writes a line; never personal data, no tokens. */
export type Log = (level: 'error' | 'warn' | 'info' | 'debug', message: string, details?: Record<string, JsonValue>) => void;

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
