/** `node --expose-gc fresh.ts`: what opening a validator costs a new process, and what it holds once it has seen every example. JSON on stdout. */
import { loadBuilt } from './built.ts';
import { readExamples } from './texts.ts';

/** In milliseconds of processor time, which a busy machine does not stretch. */
export interface Fresh {
  readonly definitionsMs: number;
  readonly validatorMs: number;
  readonly heapMb: number;
}

const { openDefinitions, openValidator, parseJson } = await loadBuilt();
const texts = readExamples((text) => text).map(({ text }) => text);
const empty = heapBytes();
const began = process.cpuUsage();
const definitions = openDefinitions();
const definitionsMs = processorTime(began);
const opened = process.cpuUsage();
const validator = openValidator(definitions, { mode: 'fse', timeZone: 'Europe/Rome' });
const validatorMs = processorTime(opened);
for (const text of texts) validator.validate(parseJson(text));
const heapMb = (heapBytes() - empty) / 1e6;
console.log(JSON.stringify({ definitionsMs, validatorMs, heapMb } satisfies Fresh));

function processorTime(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
