/** Opens the definitions: R4's, packed at build, and those of `profiles/` and `conformance/`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../fhir/types.ts';
import { openCompartments } from './compartments.ts';
import { type ConformanceRegistry, openConformance } from './conformance.ts';
import type { Definitions, PublishedSearchParameter } from './definitions.ts';
import { openEqualSystems, readEqualSystems } from './equal-systems.ts';
import { readResources } from './package-files.ts';
import { readPackages } from './packages.ts';
import { type PackedTerminology, packedFiles, packedFolder } from './packed.ts';
import { expressionFor, openSearchParameters, packSearchParameter, type RawSearchParameter } from './search-parameters.ts';
import { openTerminology, type Terminology } from './terminology.ts';
import { openTypes, type TypeRegistry } from './types.ts';
import { openUnits } from './units.ts';
import type { RawCodeSystem, RawValueSet } from './value-set.ts';

export interface DefinitionFolders {
  /** Default: the project's `profiles/`. */
  readonly profiles?: string;
  /** Default: the project's `conformance/`. */
  readonly conformance?: string;
  /** Packages that lie elsewhere: folders, `.tgz` files, folders with a `packages.json`. */
  readonly packages?: readonly string[];
}

/**
 * Reads what the definitions need at start and leaves the rest (codes, core profiles, types) until it is asked for. Throws an Error whose
 * sentence names the file when one is missing or can't be read.
 */
export function openDefinitions(folders: DefinitionFolders = {}): Definitions {
  const packed = packedFolder();
  if (!existsSync(join(packed, packedFiles.stamp))) {
    throw new Error(`${packed} holds no packed definitions. Make them with: npm run pack`);
  }
  const conformanceFolder = folders.conformance ?? folderOf('#conformance/capability-statement.json');
  const equalSystems = join(conformanceFolder, 'terminology', 'equal-systems.json');
  const conformance = openConformance(
    readPacked(packed, packedFiles.resources),
    (file) => readPacked<Resource>(join(packed, packedFiles.resourcesFolder), file),
    [
      ...readConformance(conformanceFolder),
      ...readPackages(folders.profiles ?? folderOf('#profiles/packages.json'), folders.packages),
    ],
  );
  const types = openTypes(readPacked(packed, packedFiles.types));
  const resourceTypes = new Set(types.resourceTypes);
  const coreSearchParameters = readPacked<readonly PublishedSearchParameter[]>(packed, packedFiles.searchParameters);
  const own = readOwnSearchParameters(conformance, types);
  const core = openSearchParameters(coreSearchParameters, types);
  const searchParametersWith = (others: readonly PublishedSearchParameter[]) =>
    others.length === 0 ? core : openSearchParameters([...coreSearchParameters, ...others], types);
  const compartments = openCompartments(readPacked(packed, packedFiles.compartments));
  const fixed = {
    resourceTypes: types.resourceTypes,
    isResourceType: (name: string) => resourceTypes.has(name),
    type: types.type,
    lineage: types.lineage,
    ...searchParametersWith(own),
    isIndexing: () => false,
    ownSearchParameters: own,
    searchParametersWith,
    compartment: compartments.parameters,
    compartments: compartments.codes,
    equalSystems: existsSync(equalSystems) ? readEqualSystems(equalSystems) : openEqualSystems([]),
    units: openUnits(),
  };
  let packedTerminology: PackedTerminology | undefined;
  const readTerminology = (): PackedTerminology => {
    packedTerminology ??= readPacked<PackedTerminology>(packed, packedFiles.terminology);
    return packedTerminology;
  };
  let revisions = 0;
  const layer = (registry: ConformanceRegistry, revision: number): Definitions => ({
    ...fixed,
    ...terminologyOf(registry, readTerminology),
    conformance: registry.byCanonical,
    conformanceResources: registry.ofType,
    conceptMaps: () => registry.everyOfType('ConceptMap'),
    isPackaged: registry.isPackaged,
    including(stored) {
      revisions += 1;
      return layer(registry.including(stored), revisions);
    },
    revision: () => revision,
  });
  return layer(conformance, revisions);
}

function terminologyOf(registry: ConformanceRegistry, readTerminology: () => PackedTerminology): Terminology {
  // Of several with one URL, the one that counts.
  const inEffect = (type: string) =>
    registry.ofType(type).filter((resource) => registry.byCanonical(String(resource['url'])) === resource);
  return openTerminology(
    readTerminology,
    // Loaded as resources of these types; what is read of them is looked at there.
    inEffect('CodeSystem') as unknown as readonly RawCodeSystem[],
    inEffect('ValueSet') as unknown as readonly RawValueSet[],
  );
}

/** Our own conformance resources, by folder. The other files of `conformance/` are no FHIR: their readers open them. */
const conformanceFolders = { 'search-parameters': 'SearchParameter', 'operation-definitions': 'OperationDefinition' } as const;

function readConformance(folder: string): readonly Resource[] {
  return Object.entries(conformanceFolders).flatMap(([name, type]) => {
    const path = join(folder, name);
    const resources = existsSync(path) ? readResources(path) : [];
    const other = resources.find(({ resourceType }) => resourceType !== type);
    if (other !== undefined) throw new Error(`${path} is for resources of type ${type}, but holds a ${other.resourceType}.`);
    return resources;
  });
}

function readOwnSearchParameters(conformance: ConformanceRegistry, types: TypeRegistry): readonly PublishedSearchParameter[] {
  return conformance.ofType('SearchParameter').map((resource) => {
    const parameter = packSearchParameter(resource as unknown as RawSearchParameter); // A SearchParameter by its resourceType.
    if (parameter === undefined) throw new Error(`SearchParameter ${String(resource['url'])} has no base or no expression.`);
    const stray = parameter.base.find((base) => expressionFor(parameter.expression ?? '', types.lineage(base)) === '');
    if (stray !== undefined)
      throw new Error(`SearchParameter ${parameter.url} has the base ${stray}, but its expression has no part for it.`);
    return parameter;
  });
}

function folderOf(file: string): string {
  return dirname(fileURLToPath(import.meta.resolve(file)));
}

/** The packer's own output: its shape is given. */
function readPacked<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
}
