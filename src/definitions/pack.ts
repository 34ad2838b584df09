/**
 * The build step that reads HL7's definition packages and writes what the server needs of them to `dist/definitions/`. Does nothing when
 * that is there already, made by this packer from these packages. Run it with `npm run pack`, or give it another folder; why: decisions/0002-definitions-packed-at-build.md.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../fhir/types.ts';
import { packCompartments, type RawCompartmentDefinition } from './compartments.ts';
import { fixesLicensedCode, packCodeSystem, packConceptMap, withoutProse } from './pack-resources.ts';
import { packTerminology } from './pack-terminology.ts';
import { packTypes, type StructureDefinition } from './pack-types.ts';
import { type PackedResources, packedFiles, packedFolder, type Stamp } from './packed.ts';
import { packSearchParameter, type RawSearchParameter } from './search-parameters.ts';
import type { RawCodeSystem, RawValueSet } from './value-set.ts';

const definitionsPackage = 'hl7.fhir.r4.examples';
const expansionsPackage = 'hl7.fhir.r4.expansions';
pack(process.argv[2] ?? packedFolder());

function pack(folder: string): void {
  const stamp = currentStamp();
  if (isCurrent(join(folder, packedFiles.stamp), stamp)) return;
  const started = performance.now();
  rmSync(join(folder, packedFiles.stamp), { force: true });
  mkdirSync(join(folder, packedFiles.resourcesFolder), { recursive: true });
  const definitions = readDefinitions();
  writeJson(folder, packedFiles.types, packTypes(definitions.structures));
  writeJson(
    folder,
    packedFiles.searchParameters,
    definitions.searchParameters.map(packSearchParameter).filter((parameter) => parameter !== undefined),
  );
  writeJson(folder, packedFiles.compartments, packCompartments(definitions.compartments));
  writeJson(
    folder,
    packedFiles.terminology,
    packTerminology(definitions.codeSystems, definitions.valueSets, readAll<RawValueSet>(expansionsPackage, 'ValueSet')),
  );
  const resources = writeResources(folder, keptResources(definitions), definitions.valueSets);
  writeJson(folder, packedFiles.stamp, stamp);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(
    `Packed FHIR R4: ${definitions.structures.length} structures, ${definitions.searchParameters.length} search parameters, ${resources} resources in ${seconds} s\n`,
  );
}

function currentStamp(): Stamp {
  const hash = createHash('sha256');
  const room = fileURLToPath(new URL('.', import.meta.url));
  for (const file of readdirSync(room).sort()) hash.update(readFileSync(join(room, file)));
  const packages = [definitionsPackage, expansionsPackage].map((name) => {
    const { version } = JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8')) as { version: string }; // npm's own file.
    return `${name}@${version}`;
  });
  return { packages, packer: hash.digest('hex') };
}

function isCurrent(file: string, stamp: Stamp): boolean {
  return existsSync(file) && readFileSync(file, 'utf8') === JSON.stringify(stamp);
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

interface R4Definitions {
  readonly structures: readonly StructureDefinition[];
  readonly searchParameters: readonly RawSearchParameter[];
  readonly compartments: readonly RawCompartmentDefinition[];
  readonly operations: readonly Resource[];
  readonly conceptMaps: readonly Resource[];
  readonly codeSystems: readonly RawCodeSystem[];
  readonly valueSets: readonly RawValueSet[];
}

/** The definitions among the package's resources: not its examples, nor the logical models. */
function readDefinitions(): R4Definitions {
  return {
    structures: readAll<StructureDefinition>(definitionsPackage, 'StructureDefinition').filter(
      ({ kind, snapshot }) => kind !== 'logical' && snapshot !== undefined,
    ),
    searchParameters: readAll(definitionsPackage, 'SearchParameter'),
    compartments: readAll(definitionsPackage, 'CompartmentDefinition'),
    operations: readAll(definitionsPackage, 'OperationDefinition'),
    conceptMaps: readAll(definitionsPackage, 'ConceptMap'),
    codeSystems: readAll(definitionsPackage, 'CodeSystem'),
    valueSets: readAll(definitionsPackage, 'ValueSet'),
  };
}

/** Reads a package's resources of one type whose canonical is HL7's and that aren't examples. The packages are trusted: T is not checked. */
function readAll<T extends object>(name: string, type: string): readonly T[] {
  const folder = packageFolder(name);
  const files = readdirSync(folder).filter(
    (file) => file.startsWith(`${type}-`) && file.endsWith('.json') && !isExample(file, type),
  );
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T);
}

/** `ConceptMap-example2.json`, `StructureDefinition-example-composition.json`, but not `ValueSet-examplescenario-actor-type.json`. */
function isExample(file: string, type: string): boolean {
  return file.startsWith(type) && /^-example\d*[.-]/.test(file.slice(type.length));
}

/** What is kept of the definitions as resources. Those that fix licensed codes are left out. */
function keptResources({ structures, operations, conceptMaps, codeSystems }: R4Definitions): readonly Resource[] {
  // Read from FHIR packages: each has a resourceType.
  const whole = [...structures, ...operations].map((raw) => withoutProse(raw as object as Resource));
  return [
    ...whole.filter((resource) => !fixesLicensedCode(resource)),
    ...codeSystems.flatMap((raw) => packCodeSystem(raw as object as Resource) ?? []),
    ...conceptMaps.flatMap((raw) => packConceptMap(raw) ?? []),
  ];
}

/** One file each, since most are never asked for; returns how many. Value sets are only named: `terminology.json` has their codes. */
function writeResources(folder: string, resources: readonly Resource[], valueSets: readonly RawValueSet[]): number {
  const index: Record<string, PackedResources[string]> = Object.fromEntries(
    valueSets.map(({ url }) => [url, { type: 'ValueSet' }]),
  );
  for (const resource of resources) {
    const { resourceType: type, url, id } = resource;
    const file = `${type}-${String(id)}.json`;
    index[String(url)] = { type, file };
    writeJson(join(folder, packedFiles.resourcesFolder), file, resource);
  }
  writeJson(folder, packedFiles.resources, index);
  const known = new Set(Object.values(index).flatMap(({ file }) => file ?? []));
  const stale = readdirSync(join(folder, packedFiles.resourcesFolder)).filter(
    (file) => file.endsWith('.json') && !known.has(file),
  );
  for (const file of stale) rmSync(join(folder, packedFiles.resourcesFolder, file));
  return known.size;
}

/** Written beside and renamed: a reader, or a second packer, never sees half a file. */
function writeJson(folder: string, file: string, value: object): void {
  const target = join(folder, file);
  const beside = `${target}.${process.pid}.tmp`;
  writeFileSync(beside, JSON.stringify(value));
  renameSync(beside, target);
}
