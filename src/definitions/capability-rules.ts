/** `conformance/capability-statement.json`: what code cannot know of the server, and the rules of what it claims. */
import { fileURLToPath } from 'node:url';
import { type InteractionCode, isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { Definitions } from './definitions.ts';
import { readJsonFile } from './package-files.ts';

export interface CapabilityRules {
  /** The file they come from, for messages. */
  readonly file: string;
  /** Elements of CapabilityStatement as they are: name, title, status, date, publisher, contact, description… */
  readonly statement: JsonObject;
  readonly software: JsonObject;
  readonly implementation: JsonObject;
  /** `rest.documentation` */
  readonly documentation: string;
  /** Sentences more of it, for each value of the settings VALIDATION and REFERENCES. */
  readonly validation: Readonly<Record<'fse' | 'base' | 'off', string>>;
  readonly references: Readonly<Record<'checked' | 'free', string>>;
  /** `rest.security.description`, under AUTH=smart and AUTH=none. */
  readonly security: { readonly smart: string; readonly none: string };
  readonly system: readonly InteractionCode[];
  /** The interactions of a type: those of `*`, unless the type has a rule of its own; none at all: the type is not served. */
  readonly ofType: (type: string) => readonly InteractionCode[];
  readonly operations: readonly string[];
}

const systemCodes: readonly InteractionCode[] = ['transaction', 'batch', 'search-system', 'history-system'];
const typeCodes: readonly InteractionCode[] = [
  ...(['read', 'vread', 'update', 'patch', 'delete'] as const),
  ...(['history-instance', 'history-type', 'create', 'search-type'] as const),
];

/** Reads the file. Throws an Error whose sentence names it for a rule that R4 has no word for. */
export function readCapabilityRules(
  definitions: Definitions,
  file: string = fileURLToPath(import.meta.resolve('#conformance/capability-statement.json')),
): CapabilityRules {
  const root = objectAt(readJsonFile(file), file);
  const rules = objectAt(root['rules'], `${file}, rules`);
  const types = readTypes(objectAt(rules['types'], `${file}, rules.types`), definitions, `${file}, rules.types`);
  return {
    file,
    statement: objectAt(root['statement'], `${file}, statement`),
    software: objectAt(root['software'], `${file}, software`),
    implementation: objectAt(root['implementation'], `${file}, implementation`),
    documentation: textAt(root['documentation'], `${file}, documentation`),
    validation: sentencesAt(root, 'validation', ['fse', 'base', 'off'], file),
    references: sentencesAt(root, 'references', ['checked', 'free'], file),
    security: sentencesAt(root, 'security', ['smart', 'none'], file),
    system: codesAt(rules['system'], systemCodes, `${file}, rules.system`),
    ofType: (type) => types.get(type) ?? types.get('*') ?? [],
    operations: textsAt(rules['operations'], `${file}, rules.operations`),
  };
}

function readTypes(rules: JsonObject, definitions: Definitions, at: string): ReadonlyMap<string, readonly InteractionCode[]> {
  const types = new Map<string, readonly InteractionCode[]>();
  for (const [type, rule] of Object.entries(rules)) {
    if (type !== '*' && !definitions.isResourceType(type)) throw new Error(`${at}: ${type} is no resource type of R4.`);
    types.set(type, codesAt(objectAt(rule, `${at}.${type}`)['interactions'], typeCodes, `${at}.${type}.interactions`));
  }
  return types;
}

function objectAt(value: JsonValue | undefined, at: string): JsonObject {
  if (value === undefined || !isJsonObject(value)) throw new Error(`${at} must be an object.`);
  return value;
}

/** A text for each of the values. */
function sentencesAt<Value extends string>(
  root: JsonObject,
  name: string,
  values: readonly Value[],
  file: string,
): Readonly<Record<Value, string>> {
  const texts = objectAt(root[name], `${file}, ${name}`);
  const entries = values.map((value) => [value, textAt(texts[value], `${file}, ${name}.${value}`)]);
  return Object.fromEntries(entries) as Record<Value, string>; // One for each of the values.
}

function textAt(value: JsonValue | undefined, at: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${at} must be a text.`);
  return value;
}

function textsAt(value: JsonValue | undefined, at: string): readonly string[] {
  if (!Array.isArray(value)) throw new Error(`${at} must be a list.`);
  return value.map((item: JsonValue, position) => textAt(item, `${at}[${position}]`));
}

function codesAt(value: JsonValue | undefined, known: readonly InteractionCode[], at: string): readonly InteractionCode[] {
  return textsAt(value, at).map((text) => {
    const code = known.find((candidate) => candidate === text);
    if (code === undefined) throw new Error(`${at}: "${text}" is none of ${known.join(', ')}.`);
    return code;
  });
}
