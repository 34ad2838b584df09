/**
 * `npm run bench -- validation`: from text to verdict as a write does it (the JSON reader, then the validator), beside `JSON.parse` alone and
 * the validator of the `fhir` package in the same run. @medplum/core is not measured: it needs Node 22.18, and this project runs on Node 20.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Fhir } from 'fhir/fhir.js';
import { type Built, loadBuilt } from './built.ts';
import type { Fresh } from './fresh.ts';
import { interleave, median } from './interleave.ts';
import { readBundles, readExamples } from './texts.ts';

const rounds = 90;
/** There are few of them, so that they are seen more often. */
const bundleRounds = 900;
const starts = 5;

/** What each figure must reach, or may not exceed. */
const bounds = {
  'base: of JSON.parse': { least: 0.22 },
  'fse: of JSON.parse': { least: 0.18 },
  'bundles: per second': { least: 1200 },
  'start: ms': { most: 200 },
  'heap: MB': { most: 60 },
} as const;

interface Rate {
  readonly texts: number;
  readonly meanCharacters: number;
  /** Of one core. */
  readonly perSecond: number;
  /** The rate as a share of that of `JSON.parse` alone. */
  readonly ofJsonParse: number;
}

export interface ValidationFigures {
  /** Every example against base R4, all invariants included. */
  readonly base: Rate;
  /** The same by the `fhir` package: structure, cardinality and codes; no invariants. */
  readonly fhirPackage: Rate;
  /** The examples of the types that FSE profiles are imposed on, against these. */
  readonly fse: Rate;
  readonly bundles: Rate & { readonly source: string };
  readonly start: { readonly runs: number; readonly definitionsMs: number; readonly validatorMs: number };
  readonly heapMb: number;
  /** Each bound that was not kept, as a sentence. */
  readonly missed: readonly string[];
}

export async function benchValidation(report: (line: string) => void): Promise<ValidationFigures> {
  report(`opening ${starts} validators in processes of their own`);
  const fresh = Array.from({ length: starts }, openFresh);
  const built = await loadBuilt();
  const compact = (text: string) => built.formatJson(built.parseJson(text));
  const examples = readExamples(compact);
  const { imposed, check } = openChecks(built);
  const all = examples.map(({ text }) => text);
  report(`${all.length} examples, ${rounds} rounds`);
  const fhir = new Fhir();
  const ways = { parse: JSON.parse, base: check('base'), fhir: (text: string) => fhir.validate(text) };
  const base = interleave(ways, all, rounds);
  const own = examples.filter(({ type }) => imposed.has(type)).map(({ text }) => text);
  report(`${own.length} examples with an FSE profile, ${rounds} rounds`);
  const fse = interleave({ parse: JSON.parse, fse: check('fse') }, own, rounds);
  const { source, texts } = readBundles(compact);
  report(`${texts.length} Bundles of ${source}, ${bundleRounds} rounds`);
  const bundles = interleave({ parse: JSON.parse, fse: check('fse') }, texts, bundleRounds);
  const figures = {
    base: rate(all, base.base, base.parse),
    fhirPackage: rate(all, base.fhir, base.parse),
    fse: rate(own, fse.fse, fse.parse),
    bundles: { source, ...rate(texts, bundles.fse, bundles.parse) },
    start: {
      runs: starts,
      definitionsMs: Math.round(median(fresh.map(({ definitionsMs }) => definitionsMs))),
      validatorMs: Math.round(median(fresh.map(({ validatorMs }) => validatorMs))),
    },
    heapMb: Math.round(median(fresh.map(({ heapMb }) => heapMb))),
  };
  const missed = missedBounds(figures);
  for (const sentence of missed) report(`MISSED ${sentence}`);
  return { ...figures, missed };
}

function openFresh(): Fresh {
  const script = fileURLToPath(new URL('fresh.ts', import.meta.url));
  const said = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx/esm', script], { encoding: 'utf8' });
  return JSON.parse(said) as Fresh; // What the script prints.
}

function openChecks({ openDefinitions, openValidator, parseJson, readServerRules }: Built) {
  const definitions = openDefinitions();
  const check = (mode: 'base' | 'fse') => {
    const validator = openValidator(definitions, { mode, timeZone: 'Europe/Rome' });
    return (text: string) => validator.validate(parseJson(text));
  };
  const own = readServerRules().impose.filter(({ profile }) => !profile.startsWith('http://hl7.org/'));
  return { check, imposed: new Set(own.map(({ type }) => type)) };
}

function rate(texts: readonly string[], microseconds: number, parseMicroseconds: number): Rate {
  return {
    texts: texts.length,
    meanCharacters: Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length),
    perSecond: Math.round(1e6 / microseconds),
    ofJsonParse: Math.round((parseMicroseconds / microseconds) * 1000) / 1000,
  };
}

function missedBounds({ base, fse, bundles, start, heapMb }: Omit<ValidationFigures, 'missed'>): readonly string[] {
  const measured: Readonly<Record<keyof typeof bounds, number>> = {
    'base: of JSON.parse': base.ofJsonParse,
    'fse: of JSON.parse': fse.ofJsonParse,
    'bundles: per second': bundles.perSecond,
    'start: ms': start.validatorMs,
    'heap: MB': heapMb,
  };
  return Object.entries(bounds).flatMap(([name, bound]) => {
    const figure = measured[name as keyof typeof bounds]; // A key of `bounds`.
    const [kept, wanted] =
      'least' in bound ? [figure >= bound.least, `at least ${bound.least}`] : [figure <= bound.most, `at most ${bound.most}`];
    return kept ? [] : [`${name} is ${figure}; it should be ${wanted}.`];
  });
}
