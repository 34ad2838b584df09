/** From `node dist/src/main.js` to the first 200 of /readyz, data folder and keys existing. */
import { rmSync } from 'node:fs';
import { makeDataDir, startFascicolo } from './servers.ts';

const runs = 7;

export async function benchStart(
  report: (line: string) => void,
): Promise<{ readonly runs: number; readonly medianMs: number; readonly maxMs: number }> {
  const dataDir = makeDataDir();
  const times: number[] = [];
  // The first start makes folder and keys, and is not counted.
  for (let run = 0; run <= runs; run += 1) {
    report(`start ${run} of ${runs}`);
    const server = await startFascicolo(dataDir);
    if (run > 0) times.push(server.startMs);
    await server.stop();
  }
  rmSync(dataDir, { recursive: true });
  const sorted = times.toSorted((a, b) => a - b);
  return { runs, medianMs: Math.round(sorted[Math.floor(runs / 2)] ?? 0), maxMs: Math.round(sorted.at(-1) ?? 0) };
}
