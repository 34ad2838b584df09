/**
 * What `$everything` of a patient has to give, worked out from what was sent: by R4's own CompartmentDefinition and the paths in its search
 * parameters, with none of the server's code. https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));

// biome-ignore lint/suspicious/noExplicitAny: tests reach into any resource; what is not there counts as missing.
type Loose = any;

export interface SentEntry {
  readonly fullUrl: string;
  readonly resource: Loose;
}

export interface SentResources {
  /** A Bundle's entries, and the names (`Type/id`) that they were stored under, in the same order. */
  add(entries: readonly SentEntry[], names: readonly string[]): void;
  /** The names of the patient's record and of what it refers to outside of every patient's compartment; the patient is not the first. */
  recordOf(patient: string): { readonly record: readonly string[]; readonly shared: readonly string[] };
}

export function rememberSent(): SentResources {
  const compartment = readCompartment();
  const stored = new Map<string, Loose>();
  const names = new Map<string, string>();
  const members = new Map<string, Set<string>>();
  const targetOf = (reference: unknown) => (typeof reference === 'string' ? names.get(reference) : undefined);
  const isShared = (name: string) => (compartment.get(typeOf(name)) ?? []).length === 0;

  const join = (name: string, resource: Loose): void => {
    for (const path of compartment.get(resource.resourceType) ?? []) {
      for (const { reference } of valuesAt(resource, path)) {
        const target = targetOf(reference);
        if (target?.startsWith('Patient/')) members.set(target, (members.get(target) ?? new Set([target])).add(name));
      }
    }
  };

  return {
    add(entries, storedNames) {
      for (const [index, { fullUrl, resource }] of entries.entries()) {
        const name = storedNames[index] ?? '';
        stored.set(name, resource);
        names.set(fullUrl, name);
        for (const { system, value } of list(resource.identifier)) {
          if (system !== undefined) names.set(`${resource.resourceType}?identifier=${system}|${value}`, name);
        }
      }
      // Entries refer to later ones, too.
      for (const [index, { resource }] of entries.entries()) join(storedNames[index] ?? '', resource);
    },
    recordOf(patient) {
      const record = [...(members.get(patient) ?? [patient])];
      const shared = new Set<string>();
      const follow = (name: string): void => {
        for (const reference of referencesIn(stored.get(name))) {
          const target = targetOf(reference);
          if (target === undefined || !isShared(target) || shared.has(target)) continue;
          shared.add(target);
          follow(target);
        }
      };
      for (const name of record) follow(name);
      return { record: record.sort(), shared: [...shared].sort() };
    },
  };
}

/** The paths, by type, of the elements that make a resource a member of the patient's compartment. */
function readCompartment(): ReadonlyMap<string, readonly (readonly string[])[]> {
  const parameters: readonly Loose[] = readdirSync(folder)
    .filter((file) => /^SearchParameter-.*\.json$/.test(file))
    .map(read);
  const pathsOf = (type: string, code: string): readonly (readonly string[])[] =>
    parameters
      .filter((parameter) => parameter.code === code && parameter.base?.includes(type) && isCore(parameter))
      .flatMap(({ expression }) => (expression as string).split(' | '))
      .filter((path) => path.startsWith(`${type}.`))
      .map((path) =>
        path
          .replace(/\.where\(resolve\(\) is \w+\)$/, '')
          .split('.')
          .slice(1),
      );
  const { resource } = read('CompartmentDefinition-patient.json');
  return new Map(
    resource.map(({ code, param = [] }: { code: string; param?: readonly string[] }) => [
      code,
      param.flatMap((name) => pathsOf(code, name)),
    ]),
  );
}

function isCore({ url }: Loose): boolean {
  return /^http:\/\/hl7\.org\/fhir\/SearchParameter\/(?:clinical-|[A-Z])/.test(url);
}

function read(file: string): Loose {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

function valuesAt(value: Loose, [name, ...rest]: readonly string[]): readonly Loose[] {
  if (name === undefined) return [value];
  return list(value?.[name]).flatMap((one) => valuesAt(one, rest));
}

function referencesIn(value: Loose): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    (name === 'reference' || name === 'url') && typeof member === 'string' ? [member] : referencesIn(member),
  );
}

function list(value: Loose): readonly Loose[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function typeOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}
