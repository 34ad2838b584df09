/** The server's log: JSON lines on stdout, one for each request and each event. No personal data, no tokens, no values of queries. */
import type { Log } from '../fhir/log-failure.ts';

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
