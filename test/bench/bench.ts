/** `npm run bench [-- start|http|validation ...]`: fixed data, figures as JSON on stdout, progress on stderr. */
import { cpus } from 'node:os';
import { benchHttp } from './http-bench.ts';
import { benchStart } from './start-bench.ts';

const suites: Readonly<Record<string, (report: (line: string) => void) => Promise<unknown>>> = {
  start: benchStart,
  http: benchHttp,
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => suites[name] === undefined);
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}". There are: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
const results: Record<string, unknown> = { node: process.version, processors: cpus().length, processor: cpus()[0]?.model };
for (const [name, run] of Object.entries(suites)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  results[name] = await run((line) => console.error(`${name}: ${line}`));
}
console.log(JSON.stringify(results, undefined, 2));
