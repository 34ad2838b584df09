/** `cli validate`: checks files against FHIR R4 and the FSE profiles, as the server checks what is written to it. */
import { readFile } from 'node:fs/promises';
import { readConfig } from '../config.ts';
import { openDefinitions } from '../definitions/load.ts';
import { formatJson, parseJson } from '../fhir/json.ts';
import { findJsonPlaces } from '../fhir/json-places.ts';
import { FhirError, type Issue, operationOutcome } from '../fhir/outcome.ts';
import type { FindPlace } from '../fhir/places.ts';
import { openValidator, type Validator } from '../validation/validate.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { exitCodes, type Terminal } from './terminal.ts';

const help = formatHelp({
  sentence: 'Checks files against FHIR R4 and the FSE profiles, as the server checks what is written to it (VALIDATION).',
  usage: 'validate [--profile <canonical>] [--json] FILE...',
  notes: [
    '--profile  the canonical of a profile to apply besides those in meta.profile; may come several times',
    '--json     one OperationOutcome for each file, a line each',
  ],
  examples: [
    'validate ricetta.json',
    'validate --json data/*.json',
    'validate --profile http://hl7.org/fhir/StructureDefinition/vitalsigns pressione.json',
  ],
  exits: '0 no errors, 1 errors were found, 2 wrong use, 3 a file could not be read.',
});

const options = { profile: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const;

export async function validate(args: readonly string[], terminal: Terminal): Promise<number> {
  const complain = (sentence: string, code: number = exitCodes.wrongUse) => {
    terminal.err(`${sentence}\n`);
    return code;
  };
  const read = readArguments(args, options, true);
  if ('problem' in read) return complain(read.problem);
  const { values, positionals: files } = read;
  if (values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  if (files.length === 0) return complain('Name at least one file to check. See --help.');
  const result = readConfig(terminal.environment);
  if ('problems' in result) return complain(result.problems.join('\n'));
  const definitions = openDefinitions({ packages: result.config.profilePackages });
  const { profile: profiles = [] } = values;
  const unknown = profiles.find((canonical) => definitions.conformance(canonical)?.resourceType !== 'StructureDefinition');
  if (unknown !== undefined)
    return complain(
      `The profile ${unknown} is not known here; profiles come from the folder profiles/ and from PROFILE_PACKAGES.`,
    );
  const { validation: mode, timeZone } = result.config;
  const validator = openValidator(definitions, { mode, timeZone });
  const check = { validator, profiles, language: languageOf(terminal.environment) };
  const started = performance.now();
  const found: Issue[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (text === undefined) return complain(`${file} can't be read.`, exitCodes.unavailable);
    const issues = checkText(text, check);
    found.push(...issues);
    terminal.out(values.json ? `${formatJson(operationOutcome(withVerdict(issues)))}\n` : formatIssues(file, text, issues));
  }
  if (!values.json) terminal.out(`${summary(files.length, found, performance.now() - started)}\n`);
  return count(found, 'error') > 0 ? exitCodes.found : exitCodes.done;
}

interface Check {
  readonly validator: Validator;
  readonly profiles: readonly string[];
  readonly language: 'en' | 'it';
}

function checkText(text: string, { validator, profiles, language }: Check): readonly Issue[] {
  try {
    return validator.validate(parseJson(text), { profiles, language });
  } catch (error) {
    if (error instanceof FhirError) return error.issues;
    throw error;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function languageOf(environment: Terminal['environment']): 'en' | 'it' {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^it\b|^it_/.test(locale) ? 'it' : 'en';
}

/** An OperationOutcome needs an issue. */
function withVerdict(issues: readonly Issue[]): readonly Issue[] {
  return issues.length > 0 ? issues : [{ severity: 'information', code: 'informational', text: 'No issues were found.' }];
}

function formatIssues(file: string, text: string, issues: readonly Issue[]): string {
  const lines = text.split('\n');
  const find = isJson(text)
    ? findJsonPlaces(
        text,
        issues.map((issue) => issue.expression),
      )
    : () => undefined;
  return issues
    .map((issue) => {
      const { line, column, length } = placeOf(issue, find);
      const rule = issue.id === undefined ? '' : `  [${issue.id}]`;
      const source = lines[line - 1] ?? '';
      const margin = String(line).padStart(5);
      return [
        `${file}:${line}:${column}  ${issue.severity}  ${issue.text}${rule}`,
        `${margin} | ${clip(source)}`,
        `${' '.repeat(margin.length)} | ${' '.repeat(Math.min(column - 1, widthMax))}${'^'.repeat(Math.max(1, Math.min(length, widthMax - column)))}`,
        '',
      ].join('\n');
    })
    .join('');
}

/** Text that is no JSON carries its place in the sentence. */
function placeOf(issue: Issue, find: FindPlace) {
  const [, line, column] = /line (\d+), column (\d+)/.exec(issue.expression === undefined ? issue.text : '') ?? [];
  if (line !== undefined) return { line: Number(line), column: Number(column), length: 1 };
  return find(issue.expression) ?? { line: 1, column: 1, length: 1 };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The issue at hand says so already.
    return false;
  }
}

const widthMax = 120;

function clip(line: string): string {
  return line.length > widthMax ? `${line.slice(0, widthMax)}…` : line;
}

function count(issues: readonly Issue[], severity: 'error' | 'warning'): number {
  const wanted = severity === 'error' ? ['error', 'fatal'] : ['warning'];
  return issues.filter((issue) => wanted.includes(issue.severity)).length;
}

function summary(files: number, issues: readonly Issue[], ms: number): string {
  const part = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${part(files, 'file')}, ${part(count(issues, 'error'), 'error')}, ${part(count(issues, 'warning'), 'warning')} (${ms.toFixed(1)} ms)`;
}
