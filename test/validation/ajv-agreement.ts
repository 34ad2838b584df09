/** ajv on schemas from the same definitions, beside the generated functions: whether both take HL7's examples, and mutants of them, for well formed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Definitions, ElementDefinition } from '../../src/definitions/definitions.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import { isError, openTestValidator } from '../support/validation.ts';
import { jsonSchemas } from './json-schema.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/** What the schemas speak of; codes, texts and invariants they leave to others. */
const structural = new Set(
  (
    'property-unknown property-unknown-similar property-unnamed choice-type choice-twice element-missing element-missing-choice too-many ' +
    'object-expected array-expected single-expected text-expected number-expected boolean-expected null-value null-item object-empty ' +
    'array-empty text-empty integer-form'
  ).split(' '),
);

/** A resource with one thing wrong, or at least changed, at each of its top-level members. */
function mutants(resource: JsonObject): readonly JsonObject[] {
  return Object.keys(resource).flatMap((name) => {
    if (name === 'resourceType' || name === 'contained') return [];
    const { [name]: value, ...rest } = resource;
    return [
      rest,
      { ...resource, [name]: null },
      { ...resource, [name]: [] },
      { ...resource, [name]: 1 },
      { ...rest, [`${name}x`]: value ?? null },
      wrap(resource, name),
    ];
  });
}

function wrap(resource: JsonObject, name: string): JsonObject {
  const value = resource[name] as JsonValue;
  return { ...resource, [name]: Array.isArray(value) ? (value[0] as JsonValue) : [value] };
}

export interface Agreement {
  readonly judged: number;
  readonly differing: readonly string[];
}

/** Judges the examples of some types, and mutants of those that are not too long to have them. */
export function compareWithAjv(
  definitions: Definitions,
  types: readonly string[],
  mutatedMax = Number.POSITIVE_INFINITY,
): Agreement {
  const validator = openTestValidator();
  const ajv = new Ajv2020({ strict: false, inlineRefs: false, validateSchema: false, allErrors: false });
  for (const schema of jsonSchemas(definitions, typesWithin(definitions, types))) ajv.addSchema(schema);
  const wanted = new Set(types);
  const differing: string[] = [];
  let judged = 0;
  for (const file of readdirSync(folder).filter((name) => wanted.has(name.split('-')[0] ?? '') && name.endsWith('.json'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const example = JSON.parse(text) as JsonObject; // The package holds resources.
    for (const [at, resource] of [example, ...(text.length <= mutatedMax ? mutants(example) : [])].entries()) {
      if (!isJsonObject(resource)) continue;
      const ours = !validator
        .validate(resource)
        .some((issue) => isError(issue) && structural.has(issue.id ?? '') && !isInner(issue.expression));
      const theirs = ajv.getSchema(String(example['resourceType']))?.(resource) === true;
      judged += 1;
      if (ours !== theirs) differing.push(`${file} #${at}: ours ${ours}, ajv ${theirs}`);
    }
  }
  return { judged, differing };
}

/** Resources within others are judged one by one. */
function isInner(expression: string | undefined): boolean {
  return expression !== undefined && /contained|\]\.resource(\.|$)/.test(expression);
}

/** Types, and the complex types that their elements have, to the end. */
function typesWithin(definitions: Definitions, types: readonly string[]): readonly string[] {
  const found = new Set(types);
  const visit = (elements: readonly ElementDefinition[]): void => {
    for (const { types: own, children } of elements) {
      for (const { code } of own) if (definitions.type(code)?.kind === 'complex-type') found.add(code);
      visit(children ?? []);
    }
  };
  for (const name of found) visit(definitions.type(name)?.elements ?? []);
  return [...found];
}
