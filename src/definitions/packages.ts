/**
 * The FHIR packages of this server: those that lie under `profiles/`, and those that the operator names. Each must be listed in
 * `packages.json` with the hash of its content. https://hl7.org/fhir/R4/packages.html
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { openPackage, type PackageFiles, readJsonFile } from './package-files.ts';
import { openRepairs } from './package-repairs.ts';

/** An entry of `packages.json`. */
export interface PackageEntry {
  readonly name: string;
  readonly version: string;
  /** Of the `.tgz`, or of the folder as `folderHash` has it; `own` for a folder that changes with the repository. */
  readonly sha256: string;
  readonly licence: string;
  readonly source: string;
  /** Its folder or `.tgz` under `profiles/`; absent for one that comes from elsewhere (PROFILE_PACKAGES). */
  readonly path?: string;
}

/**
 * The resources of every package, in the order of `packages.json`, then those at the paths given: a package (folder or `.tgz`) that
 * `packages.json` lists, or a folder with a `packages.json` of its own. Known faults are repaired. Throws an Error whose sentence names the
 * file for a package that is missing, changed, not listed or not readable.
 */
export function readPackages(folder: string, paths: readonly string[] = []): readonly Resource[] {
  const list = readPackageList(join(folder, 'packages.json'));
  const repair = openRepairs(join(folder, 'repairs.json'));
  return [...readListed(folder, list), ...paths.flatMap((path) => readElsewhere(path, folder, list))].map(repair);
}

function readListed(folder: string, list: readonly PackageEntry[]): readonly Resource[] {
  refuseUnlisted(folder, list);
  return list.flatMap((entry) => {
    if (entry.path === undefined) return [];
    const path = join(folder, entry.path);
    if (!existsSync(path)) throw new Error(`${path} is missing, but packages.json lists ${entry.name} ${entry.version} there.`);
    const found = openPackage(path);
    if (found.name !== entry.name || found.version !== entry.version) {
      throw new Error(`${path} is of ${found.name} ${found.version}, but packages.json lists ${entry.name} ${entry.version}.`);
    }
    if (entry.sha256 !== 'own' || path.endsWith('.tgz')) checkHash(found, entry, path);
    return found.resources();
  });
}

function readElsewhere(path: string, folder: string, list: readonly PackageEntry[]): readonly Resource[] {
  const own = join(path, 'packages.json');
  if (!path.endsWith('.tgz') && existsSync(own)) return readListed(path, readPackageList(own));
  if (!existsSync(path)) throw new Error(`There is no package at ${path} (PROFILE_PACKAGES).`);
  const found = openPackage(path);
  const entry = list.find(({ name, version }) => name === found.name && version === found.version);
  if (entry === undefined) throw new Error(notListed(path, join(folder, 'packages.json'), found));
  checkHash(found, entry, path);
  return found.resources();
}

function checkHash({ sha256 }: PackageFiles, entry: PackageEntry, path: string): void {
  if (sha256 === entry.sha256) return;
  throw new Error(
    `${path} is not the package ${entry.name} ${entry.version} that packages.json pins: its sha256 is ${sha256}, not ${entry.sha256}.`,
  );
}

function readPackageList(file: string): readonly PackageEntry[] {
  const value = readJsonFile(file);
  const list = isJsonObject(value) ? value['packages'] : undefined;
  if (!Array.isArray(list)) throw new Error(`${file} must hold an object with a list "packages".`);
  return list.map((entry: JsonValue, position) => readEntry(entry, `${file}, packages[${position}]`));
}

function readEntry(entry: JsonValue, at: string): PackageEntry {
  const text = (name: keyof PackageEntry): string => {
    const value = isJsonObject(entry) ? entry[name] : undefined;
    if (typeof value !== 'string' || value === '') throw new Error(`${at} must have a text "${name}".`);
    return value;
  };
  const elsewhere = isJsonObject(entry) && entry['path'] === undefined;
  return {
    name: text('name'),
    version: text('version'),
    sha256: text('sha256'),
    licence: text('licence'),
    source: text('source'),
    ...(elsewhere ? {} : { path: text('path') }),
  };
}

/** What lies there but is not listed might be thought to be in effect. */
function refuseUnlisted(folder: string, list: readonly PackageEntry[]): void {
  const listed = new Set(list.map(({ path }) => path));
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const isPackage = entry.isDirectory() || entry.name.endsWith('.tgz');
    if (!isPackage || listed.has(entry.name)) continue;
    const path = join(folder, entry.name);
    throw new Error(`${notListed(path, join(folder, 'packages.json'), openPackage(path), entry.name)} Or move it away.`);
  }
}

function notListed(found: string, list: string, { name, version, sha256 }: PackageFiles, path?: string): string {
  const entry = {
    name,
    version,
    sha256,
    licence: 'its licence',
    source: 'where it is from',
    ...(path === undefined ? {} : { path }),
  };
  return `${found} is not listed in ${list}. If it is what you want, add to "packages" there: ${JSON.stringify(entry)}.`;
}
