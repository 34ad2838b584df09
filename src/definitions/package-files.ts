/** A FHIR package as it lies on disk: a folder, or the `.tgz` it was published as. https://hl7.org/fhir/R4/packages.html */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { readTarball } from './tarball.ts';

export interface PackageFiles {
  readonly name: string;
  readonly version: string;
  /** Of the `.tgz`, or of a folder as `folderHash` has it. */
  readonly sha256: string;
  readonly resources: () => readonly Resource[];
}

/** Folders of a package that hold no definitions, by the packages' convention. */
const skippedFolders = new Set(['example', 'examples', 'other', 'openapi', 'xml', 'node_modules']);

/** Throws an Error whose sentence names the file for what is no package of FHIR R4. */
export function openPackage(path: string): PackageFiles {
  return path.endsWith('.tgz') ? openTarball(path) : openFolder(path);
}

/** The resources in a folder's JSON files and its subfolders', in the order of their names. Files that hold no resource are passed over. */
export function readResources(folder: string): readonly Resource[] {
  return listJson(folder).flatMap((file) => resourceIn(readJsonFile(file)));
}

/** Reads a JSON file; throws an Error whose sentence names it. */
export function readJsonFile(file: string): JsonValue {
  return parseFile(readFileOrSay(file), file);
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

function openFolder(path: string): PackageFiles {
  // A package unpacked from its `.tgz` has everything in a folder of that name.
  const folder = existsSync(join(path, 'package', 'package.json')) ? join(path, 'package') : path;
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw new Error(`${file} is missing: ${path} is no FHIR package.`);
  return {
    ...readManifest(readJsonFile(file), file),
    sha256: folderHash(folder),
    resources: () => readResources(folder),
  };
}

function openTarball(path: string): PackageFiles {
  const compressed = readFileOrSay(path);
  const files = readFiles(compressed, path);
  const manifest = files.find((file) => file.path === 'package/package.json');
  if (manifest === undefined) throw new Error(`${path} has no package/package.json: it is no FHIR package.`);
  const named = (name: string) => `${path}, ${name}`;
  const definitions = files.filter((file) => isDefinition(file.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    ...readManifest(parseFile(manifest.content, named(manifest.path)), named(manifest.path)),
    sha256: createHash('sha256').update(compressed).digest('hex'),
    resources: () => definitions.flatMap((file) => resourceIn(parseFile(file.content, named(file.path)))),
  };
}

function readFiles(compressed: Buffer, path: string): ReturnType<typeof readTarball> {
  try {
    return readTarball(compressed);
  } catch (cause) {
    throw new Error(`${path} can't be read as a package: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

function isDefinition(path: string): boolean {
  const [root, ...rest] = path.split('/');
  const name = rest.at(-1) ?? '';
  const skipped = rest.slice(0, -1).some((folder) => skippedFolders.has(folder) || folder === '..');
  return root === 'package' && !skipped && isDefinitionFile(name);
}

function isDefinitionFile(name: string): boolean {
  return name.endsWith('.json') && name !== 'package.json' && !name.startsWith('.');
}

function readManifest(value: JsonValue, file: string): { readonly name: string; readonly version: string } {
  const manifest: JsonObject = isJsonObject(value) ? value : {};
  const { name, version, fhirVersions } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') throw new Error(`${file} must have a "name" and a "version".`);
  const versions = fhirVersions ?? manifest['fhir-version-list'];
  if (Array.isArray(versions) && !versions.some((one: JsonValue) => typeof one === 'string' && one.startsWith('4.0'))) {
    throw new Error(`${file} is for FHIR ${versions.join(', ')}; this server has FHIR 4.0.1.`);
  }
  return { name, version };
}

function listJson(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : listJson(path);
    return isDefinitionFile(entry.name) ? [path] : [];
  });
}

function readFileOrSay(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Error(`${file} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parseFile(content: Buffer, file: string): JsonValue {
  try {
    return JSON.parse(content.toString('utf8').replace(/^\uFEFF/, '')) as JsonValue; // JSON.parse gives nothing else.
  } catch (cause) {
    throw new Error(`${file} can't be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function resourceIn(value: JsonValue): readonly Resource[] {
  return isJsonObject(value) && typeof value['resourceType'] === 'string' ? [value as Resource] : []; // Just looked up.
}
