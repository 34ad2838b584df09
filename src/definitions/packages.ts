/** The FHIR packages under `profiles/`: one folder each, listed in `packages.json`. https://hl7.org/fhir/R4/packages.html */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';

/** An entry of `packages.json`. */
export interface PackageEntry {
  /** Its folder under `profiles/`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Of the folder, as `folderHash` has it; `own` for ours, which change with the repository. */
  readonly sha256: string;
  readonly licence: string;
  readonly source: string;
}

/** Folders of a package that hold no definitions, by the packages' convention. */
const skippedFolders = new Set(['example', 'examples', 'other', 'openapi', 'xml', 'node_modules']);

/**
 * The resources of every package, in the order of `packages.json`. Throws an Error whose sentence names the file for a package that is
 * missing, changed, not listed or not readable.
 */
export function readPackages(folder: string): readonly Resource[] {
  const list = readPackageList(join(folder, 'packages.json'));
  refuseUnlisted(folder, new Set(list.map((entry) => entry.folder)));
  return list.flatMap((entry) => readPackage(join(folder, entry.folder), entry));
}

/** The resources in a folder's JSON files and its subfolders', in the order of their names. Files that hold no resource are passed over. */
export function readResources(folder: string): readonly Resource[] {
  return listJson(folder).flatMap((file) => {
    const value = readJsonFile(file);
    return isResource(value) ? [value] : [];
  });
}

/** Reads a JSON file; throws an Error whose sentence names it. */
export function readJsonFile(file: string): JsonValue {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonValue; // JSON.parse gives nothing else.
  } catch (cause) {
    throw new Error(`${file} can't be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** SHA-256 over the names and contents of a package folder's JSON files. */
export function folderHash(folder: string): string {
  const hash = createHash('sha256');
  for (const file of listJson(folder)) {
    hash.update(`${relative(folder, file).replaceAll('\\', '/')}\n`);
    hash.update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
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
  return {
    folder: text('folder'),
    name: text('name'),
    version: text('version'),
    sha256: text('sha256'),
    licence: text('licence'),
    source: text('source'),
  };
}

function refuseUnlisted(folder: string, listed: ReadonlySet<string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || listed.has(entry.name)) continue;
    const sha256 = folderHash(join(folder, entry.name));
    throw new Error(
      `${join(folder, entry.name)} is not listed in ${join(folder, 'packages.json')}. Add it there with its folder, name, version, licence, source and "sha256": "${sha256}", or move it away.`,
    );
  }
}

function readPackage(folder: string, { name, version, sha256 }: PackageEntry): readonly Resource[] {
  const manifestFile = join(folder, 'package.json');
  if (!existsSync(manifestFile)) throw new Error(`${manifestFile} is missing, but packages.json lists ${name} ${version}.`);
  const manifest = readJsonFile(manifestFile) as JsonObject; // Members are checked below; of anything else they are undefined.
  if (manifest['name'] !== name || manifest['version'] !== version) {
    throw new Error(
      `${manifestFile} is of ${manifest['name']} ${manifest['version']}, but packages.json lists ${name} ${version}.`,
    );
  }
  const found = sha256 === 'own' ? 'own' : folderHash(folder);
  if (found !== sha256)
    throw new Error(`${folder} is not the package that packages.json pins: its sha256 is ${found}, not ${sha256}.`);
  return readResources(folder);
}

function listJson(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : listJson(path);
    return entry.name.endsWith('.json') && entry.name !== 'package.json' && !entry.name.startsWith('.') ? [path] : [];
  });
}

function isResource(value: JsonValue): value is Resource {
  return isJsonObject(value) && typeof value['resourceType'] === 'string';
}
