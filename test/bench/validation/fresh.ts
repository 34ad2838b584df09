/** `node --expose-gc fresh.ts`: what opening a validator costs a new process, and what it holds once it has seen every example. JSON on stdout. */
import { loadBuilt } from './built.ts';
import { readExamples } from './texts.ts';

export interface Fresh {
  readonly definitionsMs: number;
  readonly validatorMs: number;
  readonly heapMb: number;
}

const { openDefinitions, openValidator, parseJson } = await loadBuilt();
const texts = readExamples((text) => text).map(({ text }) => text);
const empty = heapBytes();
const began = performance.now();
const definitions = openDefinitions();
const opened = performance.now();
const validator = openValidator(definitions, { mode: 'fse', timeZone: 'Europe/Rome' });
const ready = performance.now();
for (const text of texts) validator.validate(parseJson(text));
const heapMb = (heapBytes() - empty) / 1e6;
console.log(JSON.stringify({ definitionsMs: opened - began, validatorMs: ready - opened, heapMb } satisfies Fresh));

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
