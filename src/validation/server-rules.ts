/**
 * The server's own rules, as data: which profiles a type gets unasked, and which identifiers and codes have a form or check digit.
 * Each package under `profiles/` may bring a `rules.json`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';

/** A profile that instances of a type are checked against although they don't claim it. */
export interface ImposedProfile {
  readonly type: string;
  readonly profile: string;
  /** FHIRPath on the resource: only when it holds. */
  readonly when?: string;
  /** The profile's errors become warnings with this id: what will be asked for later, such as `publish`. */
  readonly softened?: string;
}

/** A form or check digit of the values of one or more systems. */
export interface ValueCheck {
  readonly systems: readonly string[];
  /** A check of `identifier-checks.ts` by name; `pattern` compares with the pattern alone. */
  readonly check: 'codice-fiscale' | 'luhn-11' | 'aic' | 'pattern';
  /** Anchored, and of the server's own data, never of a client's. */
  readonly pattern?: string;
  /** What the value is, and how it is written: "an NRE", "15 letters and digits". */
  readonly name?: string;
  readonly form?: string;
}

export interface ServerRules {
  readonly impose: readonly ImposedProfile[];
  readonly values: readonly ValueCheck[];
}

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
          name: { type: 'string' },
          form: { type: 'string' },
        },
      },
    },
  },
};

/** Reads the rules of all packages. Throws an Error that names the file when one is not as it should be. */
export function readServerRules(folder = dirname(fileURLToPath(import.meta.resolve('#profiles/packages.json')))): ServerRules {
  const check = new Ajv({ allErrors: true }).compile<Partial<ServerRules>>(schema);
  const read = rulesFiles(folder).map((file) => {
    const rules: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (check(rules)) return rules;
    const faults = (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    throw new Error(`${file} is not as it should be: ${faults.join('; ')}.`);
  });
  return { impose: read.flatMap(({ impose }) => impose ?? []), values: read.flatMap(({ values }) => values ?? []) };
}

function rulesFiles(folder: string): readonly string[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => join(folder, name, 'rules.json')).filter((file) => existsSync(file));
}
