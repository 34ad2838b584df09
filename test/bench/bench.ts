/** `npm run bench [-- start|http|validation ...]`, `npm run bench -- search [--size 10k|100k|1M ...]`: fixed data, figures as JSON on stdout, progress on stderr. */
import { cpus } from 'node:os';
import { benchHttp } from './http-bench.ts';
import { benchSearch } from './search/search-bench.ts';
import { benchStart } from './start-bench.ts';
import { benchValidation } from './validation/validation-bench.ts';

type Suite = (report: (line: string) => void, args: readonly string[]) => Promise<unknown>;

/** What runs when nothing is chosen. */
const usual: Readonly<Record<string, Suite>> = { start: benchStart, http: benchHttp, validation: benchValidation };
const suites: Readonly<Record<string, Suite>> = { ...usual, search: benchSearch };

const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('--'));
const [names, options] = firstOption < 0 ? [given, []] : [given.slice(0, firstOption), given.slice(firstOption)];
const unknown = names.find((name) => suites[name] === undefined);
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}". There are: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
const results: Record<string, unknown> = { node: process.version, processors: cpus().length, processor: cpus()[0]?.model };
for (const [name, run] of Object.entries(names.length === 0 ? usual : suites)) {
  if (names.length > 0 && !names.includes(name)) continue;
  results[name] = await run((line) => console.error(`${name}: ${line}`), options);
}
console.log(JSON.stringify(results, undefined, 2));
