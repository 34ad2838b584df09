/**
 * The server's own rules, as data: which profiles a type gets unasked, and which identifiers and codes have a form or check digit.
 * Each package under `profiles/` may bring a `rules.json`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import type { Language } from './messages.ts';

/** A profile that instances of a type are checked against although they don't claim it. */
export interface ImposedProfile {
  readonly type: string;
  readonly profile: string;
  /** FHIRPath on the resource: only when it holds. */
  readonly when?: string;
  /** Only when a coded element has one of some codes. */
  readonly coded?: CodedElement;
  /** The profile's errors become warnings with this id: what will be asked for later, such as `publish`. */
  readonly softened?: string;
}

export interface CodedElement {
  /** The name of a CodeableConcept of the type. */
  readonly element: string;
  readonly system: string;
  readonly codes: readonly string[];
}

/** A form or check digit of the values of one or more systems. */
export interface ValueCheck {
  readonly systems: readonly string[];
  /** A check of `identifier-checks.ts` by name; `pattern` compares with the pattern alone. */
  readonly check: 'codice-fiscale' | 'luhn-11' | 'aic' | 'pattern';
  /** Anchored, and of the server's own data, never of a client's. */
  readonly pattern?: string;
  /** What the value is, and how it is written: "an NRE", "15 letters and digits". */
  readonly name?: Texts;
  readonly form?: Texts;
}

/** A text in each language that issues are written in. */
export type Texts = Readonly<Record<Language, string>>;

/** Two coded elements of a type that belong together, as a ConceptMap says. */
export interface CodePair {
  readonly type: string;
  /** Names of elements of the type. What `source` says decides what `target` should say. */
  readonly source: string;
  readonly target: string;
  /** Canonical of the ConceptMap from the codes of `source` to those of `target`. */
  readonly map: string;
  /** The id under which a pair that does not fit is said. */
  readonly softened?: string;
}

export interface ServerRules {
  readonly impose: readonly ImposedProfile[];
  readonly values: readonly ValueCheck[];
  readonly pairs: readonly CodePair[];
}

const texts = {
  type: 'object',
  additionalProperties: false,
  required: ['en', 'it'],
  properties: { en: { type: 'string' }, it: { type: 'string' } },
};

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    impose: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'profile'],
        properties: {
          type: { type: 'string' },
          profile: { type: 'string' },
          when: { type: 'string' },
          coded: {
            type: 'object',
            additionalProperties: false,
            required: ['element', 'system', 'codes'],
            properties: {
              element: { type: 'string' },
              system: { type: 'string' },
              codes: { type: 'array', items: { type: 'string' }, minItems: 1 },
            },
          },
          softened: { type: 'string' },
        },
      },
    },
    values: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['systems', 'check'],
        properties: {
          systems: { type: 'array', items: { type: 'string' }, minItems: 1 },
          check: { enum: ['codice-fiscale', 'luhn-11', 'aic', 'pattern'] },
          pattern: { type: 'string', maxLength: 200 },
          name: texts,
          form: texts,
        },
      },
    },
    pairs: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'source', 'target', 'map'],
        properties: {
          type: { type: 'string' },
          source: { type: 'string' },
          target: { type: 'string' },
          map: { type: 'string' },
          softened: { type: 'string' },
        },
      },
    },
  },
};

/** Reads the rules of all packages. Throws an Error that names the file when one is not as it should be. */
export function readServerRules(folder = dirname(fileURLToPath(import.meta.resolve('#profiles/packages.json')))): ServerRules {
  const check = new Ajv({ allErrors: true, meta: false, validateSchema: false }).compile<Partial<ServerRules>>(schema);
  const read = rulesFiles(folder).map((file) => {
    const rules: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (check(rules)) return rules;
    const faults = (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    throw new Error(`${file} is not as it should be: ${faults.join('; ')}.`);
  });
  return {
    impose: read.flatMap(({ impose }) => impose ?? []),
    values: read.flatMap(({ values }) => values ?? []),
    pairs: read.flatMap(({ pairs }) => pairs ?? []),
  };
}

function rulesFiles(folder: string): readonly string[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => join(folder, name, 'rules.json')).filter((file) => existsSync(file));
}
