/**
 * HL7's validator test cases with the Java validator's recorded outcomes: how often do we agree on valid or invalid? The score may only rise.
 * Cases whose profile or input is XML wait for the XML reader.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import { openValidator, type Validator } from '../../src/validation/validate.ts';
import { sharedData } from '../support/shared-data.ts';
import { isError } from '../support/validation.ts';

interface Outcome {
  readonly error: number;
}

interface Case {
  readonly name: string;
  readonly file: string;
  readonly format: string;
  readonly tier: string;
  readonly supporting: readonly string[];
  readonly base: Outcome | null;
  readonly profile: {
    readonly source: string;
    readonly supporting?: readonly string[];
    readonly expected: Outcome | null;
  } | null;
  readonly options: { readonly noHtmlInMarkdown?: boolean };
}

/** Where we differ from the Java validator, and why. The list may only shrink. */
const known: Readonly<Record<string, string>> = {};

/** Of tier A, verdicts that agree: a ratchet. */
const scoreMin = 1;

const root = sharedData('hl7-validator');
const read = (file: string): JsonValue => parseJson(readFileSync(join(root ?? '', 'files', file), 'utf8'));

function resourcesIn(file: string): readonly JsonObject[] {
  if (!file.endsWith('.json')) return [];
  const value = read(file);
  if (!isJsonObject(value)) return [];
  if (value['resourceType'] !== 'Bundle') return [value];
  const { entry } = value;
  return Array.isArray(entry)
    ? entry.flatMap(({ resource }: JsonObject) => (isJsonObject(resource ?? null) ? [resource as JsonObject] : []))
    : [];
}

/** A validator that has some resources as a package of its own; one that can't be compiled is left out, as the cases want it. */
function validatorWith(files: readonly string[], options: Case['options']): Validator {
  const folder = mkdtempSync(join(tmpdir(), 'fascicolo-cases-'));
  try {
    mkdirSync(join(folder, 'case'));
    const packages = [{ path: 'case', name: 'case', version: '1', sha256: 'own', licence: 'Apache-2.0', source: 'HL7' }];
    writeFileSync(join(folder, 'packages.json'), JSON.stringify({ packages }));
    writeFileSync(join(folder, 'case', 'package.json'), JSON.stringify({ name: 'case', version: '1' }));
    const resources = new Map(
      files.flatMap(resourcesIn).map((resource) => [`${resource['url']}|${resource['version']}`, resource]),
    );
    for (const [position, resource] of [...resources.values()].entries()) {
      writeFileSync(join(folder, 'case', `${position}.json`), JSON.stringify(resource));
    }
    const definitions = openDefinitions({ profiles: folder });
    const htmlInMarkdown = options.noHtmlInMarkdown ? 'error' : 'warning';
    // Nothing is compiled before it is used: some cases bring profiles that can't be, and never use them.
    const lazy = { ...definitions, conformanceResources: () => [] };
    return openValidator(lazy, {
      mode: 'fse',
      timeZone: 'Europe/Rome',
      rules: { impose: [], values: [], pairs: [] },
      htmlInMarkdown,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a file is valid; text that is no JSON is not. */
function isValid(file: string, validator: Validator, profiles: readonly string[]): boolean {
  try {
    return !validator.validate(read(file), { profiles }).some(isError);
  } catch (error) {
    if (error instanceof FhirError) return false;
    throw error;
  }
}

interface Verdict {
  readonly name: string;
  readonly agrees: boolean;
  readonly falseAlarm: boolean;
}

function verdictsOf(one: Case, validators: Map<string, Validator>): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const validatorOf = (files: readonly string[]): Validator => {
    const key = JSON.stringify([files, one.options.noHtmlInMarkdown]);
    const validator = validators.get(key) ?? validatorWith(files, one.options);
    validators.set(key, validator);
    return validator;
  };
  const judge = (expected: Outcome | null, files: readonly string[], profiles: readonly string[]): void => {
    if (expected === null) return;
    const valid = isValid(one.file, validatorOf(files), profiles);
    verdicts.push({ name: one.name, agrees: valid === (expected.error === 0), falseAlarm: !valid && expected.error === 0 });
  };
  judge(one.base, one.supporting, []);
  const { profile } = one;
  if (profile?.source.endsWith('.json')) {
    const urls = resourcesIn(profile.source).flatMap(({ url }) => (typeof url === 'string' ? [url] : []));
    judge(profile.expected, [...one.supporting, ...(profile.supporting ?? []), profile.source], urls);
  }
  return verdicts;
}

describe('HL7 validator cases', function () {
  this.timeout(60_000);
  before(function () {
    if (root === undefined) {
      console.log('      (skipped: the shared data folder with HL7’s cases is not there)');
      this.skip();
    }
  });

  const cases = (): readonly Case[] => {
    const all = JSON.parse(readFileSync(join(root ?? '', 'cases.json'), 'utf8')) as { readonly cases: readonly Case[] }; // HL7's own file.
    return all.cases.filter(({ format }) => format === 'json');
  };
  const score = (tier: string): readonly Verdict[] => {
    const validators = new Map<string, Validator>();
    const verdicts = cases()
      .filter((one) => one.tier === tier)
      .flatMap((one) => verdictsOf(one, validators));
    const agreed = verdicts.filter(({ agrees }) => agrees).length;
    console.log(
      `      tier ${tier}: ${agreed} of ${verdicts.length} verdicts agree (${((100 * agreed) / verdicts.length).toFixed(1)} %)`,
    );
    return verdicts;
  };

  it('tier A: agrees at least as often as before, without false alarms', () => {
    const verdicts = score('A');
    const differing = verdicts.filter(({ agrees }) => !agrees).map(({ name }) => name);
    expect(verdicts.filter(({ falseAlarm }) => falseAlarm)).to.deep.equal([]);
    expect(differing.filter((name) => known[name] === undefined)).to.deep.equal([]);
    expect(1 - differing.length / verdicts.length).to.be.at.least(scoreMin);
  });

  it('tier B: is scored', () => {
    expect(score('B').filter(({ agrees }) => agrees).length).to.be.at.least(6);
  });
});
