/** `cli validate`: checks files against FHIR R4 and the FSE profiles, as the server checks what is written to it. */
import { readConfig } from '../config.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { openDefinitions } from '../definitions/load.ts';
import { formatJson, parseJson } from '../fhir/json.ts';
import { findJsonPlaces } from '../fhir/json-places.ts';
import { FhirError, type Issue, operationOutcome } from '../fhir/outcome.ts';
import { openXmlFormat, type XmlFormat } from '../http/xml/xml-format.ts';
import { findXmlPlaces } from '../http/xml/xml-places.ts';
import { openValidator, type Validator } from '../validation/validate.ts';
import { formatHelp, readArguments } from './arguments.ts';
import { openProgress } from './progress.ts';
import { exitCodes, orExplain, type Terminal } from './terminal.ts';
import { findPlaces, formatIssues, formatSummary, type PlacedIssue, type Tally } from './validate-report.ts';
import { findFiles, type ResourceText, type SourceFile, textsOf } from './validate-texts.ts';

const help = formatHelp({
  sentence: 'Checks files against FHIR R4 and the FSE profiles, as the server checks what is written to it (VALIDATION).',
  usage: 'validate [--profile <canonical>] [--json] FILE|FOLDER|-...',
  notes: [
    'FILE       JSON, XML, or NDJSON (.ndjson) with a resource on each line',
    'FOLDER     its .json, .ndjson and .xml files, at every depth',
    '-          standard input: a resource, or NDJSON',
    '--profile  the canonical of a profile to apply besides those in meta.profile; may come several times',
    '--json     one OperationOutcome for each resource, a line each',
  ],
  examples: [
    'validate ricetta.json',
    'validate --json data/ export/Patient.ndjson',
    'validate --profile http://hl7.org/fhir/StructureDefinition/vitalsigns - < pressione.json',
  ],
  exits: '0 no errors, 1 errors were found, 2 wrong use, 3 a file could not be read.',
});

const options = { profile: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const;

export async function validate(args: readonly string[], terminal: Terminal): Promise<number> {
  const complain = (sentence: string) => {
    terminal.err(`${sentence}\n`);
    return exitCodes.wrongUse;
  };
  const read = readArguments(args, options, true);
  if ('problem' in read) return complain(read.problem);
  const { values, positionals } = read;
  if (values.help) {
    terminal.out(help);
    return exitCodes.done;
  }
  if (positionals.length === 0) return complain('Name at least one file to check. See --help.');
  const result = readConfig(terminal.environment);
  if ('problems' in result) return complain(result.problems.join('\n'));
  const definitions = openDefinitions({ packages: result.config.profilePackages });
  const { profile: profiles = [], json = false } = values;
  const unknown = profiles.find((canonical) => definitions.conformance(canonical)?.resourceType !== 'StructureDefinition');
  if (unknown !== undefined)
    return complain(
      `The profile ${unknown} is not known here; profiles come from the folder profiles/ and from PROFILE_PACKAGES.`,
    );
  const { validation: mode, timeZone } = result.config;
  const validator = openValidator(definitions, { mode, timeZone });
  const check = openCheck({ definitions, validator, profiles, language: languageOf(terminal.environment) });
  return orExplain(terminal, async () => checkFiles(await findFiles(positionals), { check, json }, terminal));
}

interface Wanted {
  readonly check: Check;
  readonly json: boolean;
}

async function checkFiles(files: readonly SourceFile[], { check, json }: Wanted, terminal: Terminal): Promise<number> {
  const started = performance.now();
  const progress = openBar(files);
  const tally = { files: files.length, resources: 0, errors: 0, warnings: 0 };
  let characters = 0;
  for (const file of files) {
    for await (const text of textsOf(file, terminal.input)) {
      const placed = check(text);
      note(tally, placed);
      const written = json ? outcomeLine(placed) : formatIssues(file.name, text, placed);
      if (written !== '') {
        progress.end();
        terminal.out(written);
      }
      characters += text.text.length;
      progress.update(characters, tally.resources);
    }
  }
  progress.end();
  if (!json) terminal.out(`${formatSummary(tally, performance.now() - started)}\n`);
  return tally.errors > 0 ? exitCodes.found : exitCodes.done;
}

/** A bar over what is known to come; its end is told by the summary. */
function openBar(files: readonly SourceFile[]) {
  const total = Math.ceil(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1024);
  const bar = openProgress({ label: 'Validating', total, unit: 'KB', stream: process.stderr, now: Date.now });
  return {
    update(characters: number, resources: number): void {
      if (total > 0) bar.update(Math.min(Math.floor(characters / 1024), total - 1), `${resources} resources`);
    },
    end: bar.end,
  };
}

function note(tally: { -readonly [Name in keyof Tally]: Tally[Name] }, placed: readonly PlacedIssue[]): void {
  tally.resources += 1;
  for (const { issue } of placed) {
    if (issue.severity === 'error' || issue.severity === 'fatal') tally.errors += 1;
    if (issue.severity === 'warning') tally.warnings += 1;
  }
}

/** Everything that is said of a text, each with its place. */
type Check = (text: ResourceText) => readonly PlacedIssue[];

interface CheckParts {
  readonly definitions: Definitions;
  readonly validator: Validator;
  readonly profiles: readonly string[];
  readonly language: 'en' | 'it';
}

function openCheck({ definitions, validator, profiles, language }: CheckParts): Check {
  const xml = openXmlFormat(definitions);
  return (source) => {
    const isXml = source.text.trimStart().startsWith('<');
    const issues = issuesOf(source.text, isXml ? xml : undefined, (value) => validator.validate(value, { profiles, language }));
    return findPlaces(issues, source, (expressions) => (isXml ? findXmlPlaces : findJsonPlaces)(source.text, expressions));
  };
}

/** What can't be read is said with its line and column. */
function issuesOf(
  text: string,
  xml: XmlFormat | undefined,
  judge: (value: ReturnType<typeof parseJson>) => readonly Issue[],
): readonly Issue[] {
  try {
    return judge(xml === undefined ? parseJson(text) : xml.parse(text));
  } catch (error) {
    if (error instanceof FhirError) return error.issues.map((issue) => ({ line: 1, column: 1, ...issue }));
    throw error;
  }
}

function languageOf(environment: Terminal['environment']): 'en' | 'it' {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^it\b|^it_/.test(locale) ? 'it' : 'en';
}

/** An OperationOutcome needs an issue. */
function outcomeLine(placed: readonly PlacedIssue[]): string {
  const issues = placed.map(({ issue }) => issue);
  const none: Issue = { severity: 'information', code: 'informational', text: 'No issues were found.' };
  return `${formatJson(operationOutcome(issues.length > 0 ? issues : [none]))}\n`;
}
