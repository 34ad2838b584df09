/** HL7's validator test cases, which live beside the project: inputs, supporting definitions, and the verdicts of the Java validator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { isJsonObject, type JsonValue, type Resource } from '../../src/fhir/types.ts';
import { openXmlFormat } from '../../src/http/xml/xml-format.ts';
import { objectsOf } from '../../src/validation/profile-element.ts';
import { readServerRules } from '../../src/validation/server-rules.ts';
import { openValidator, type Validator } from '../../src/validation/validate.ts';
import { isError } from '../support/validation.ts';

interface Outcome {
  readonly error: number;
}

export interface Case {
  readonly name: string;
  readonly file: string;
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

export interface Verdict {
  readonly name: string;
  readonly agrees: boolean;
  /** We say that it is not valid, the Java validator says that it is. */
  readonly falseAlarm: boolean;
}

/** Takes the folder with `cases.json` and `files/`; gives the verdicts on all cases of a tier. */
export function openCases(folder: string): (tier: string) => readonly Verdict[] {
  const { cases } = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as { readonly cases: readonly Case[] }; // HL7's own file.
  const definitions = openDefinitions();
  const xml = openXmlFormat(definitions);
  const read = (file: string): JsonValue => {
    const text = readFileSync(join(folder, 'files', file), 'utf8').replace(/^\uFEFF/, '');
    return file.endsWith('.xml') ? xml.parse(text) : parseJson(text);
  };
  const validators = new Map<string, Validator>();
  const validatorWith = (files: readonly string[], options: Case['options']): Validator => {
    const key = JSON.stringify([files, options.noHtmlInMarkdown]);
    const validator = validators.get(key) ?? openCaseValidator(definitions, resourcesOf(files, read), options);
    validators.set(key, validator);
    return validator;
  };
  return (tier) => cases.filter((one) => one.tier === tier).flatMap((one) => judge(one, read, validatorWith));
}

type Read = (file: string) => JsonValue;

/** What the supporting files hold; one that can't be read, or is no file at all, brings nothing. */
function resourcesOf(files: readonly string[], read: Read): readonly Resource[] {
  return files.flatMap((file) => {
    const value = /\.(json|xml)$/.test(file) && !file.startsWith('http') ? readOrNothing(file, read) : undefined;
    if (!isJsonObject(value)) return [];
    const found = value['resourceType'] === 'Bundle' ? objectsOf(value['entry']).map(({ resource }) => resource) : [value];
    return found.filter((one): one is Resource => isJsonObject(one) && typeof one['resourceType'] === 'string');
  });
}

function readOrNothing(file: string, read: Read): JsonValue | undefined {
  try {
    return read(file);
  } catch (error) {
    if (error instanceof FhirError) return undefined;
    throw error;
  }
}

/** The profiles that R4 itself imposes; nothing is compiled before it is used: some cases bring what can't be, and never use it. */
function openCaseValidator(definitions: Definitions, resources: readonly Resource[], options: Case['options']): Validator {
  const impose = readServerRules().impose.filter(({ profile }) => profile.startsWith('http://hl7.org/fhir/StructureDefinition/'));
  const lazy: Definitions = { ...definitions.including(resources), conformanceResources: () => [] };
  return openValidator(lazy, {
    mode: 'fse',
    timeZone: 'Europe/Rome',
    rules: { impose, values: [], pairs: [] },
    htmlInMarkdown: options.noHtmlInMarkdown ? 'error' : 'warning',
  });
}

function judge(
  { name, file, supporting, base, profile, options }: Case,
  read: Read,
  validatorWith: (files: readonly string[], options: Case['options']) => Validator,
): readonly Verdict[] {
  const verdict = (expected: Outcome | null | undefined, files: readonly string[], profiles: readonly string[]): Verdict[] => {
    if (expected === null || expected === undefined) return [];
    const valid = isValid(file, read, validatorWith(files, options), profiles);
    return [{ name, agrees: valid === (expected.error === 0), falseAlarm: !valid && expected.error === 0 }];
  };
  const plain = verdict(base, supporting, []);
  if (profile === null) return plain;
  const urls = resourcesOf([profile.source], read).flatMap(({ url }) => (typeof url === 'string' ? [url] : []));
  return [...plain, ...verdict(profile.expected, [...supporting, ...(profile.supporting ?? []), profile.source], urls)];
}

/** Text that is neither JSON nor XML is not valid. */
function isValid(file: string, read: Read, validator: Validator, profiles: readonly string[]): boolean {
  try {
    return !validator.validate(read(file), { profiles }).some(isError);
  } catch (error) {
    if (error instanceof FhirError) return false;
    throw error;
  }
}
