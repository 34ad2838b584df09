/** What `pack.ts` writes to `dist/definitions/` and `load.ts` reads: the interfaces of definitions.ts without the members that are off or empty. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Binding, Constraint, ElementType, TypeDefinition } from './definitions.ts';
import type { CodeSystemConcepts, Concept } from './value-set.ts';

export interface PackedElement {
  readonly path: string;
  readonly min?: number;
  /** -1 is `*`; absent is 1. */
  readonly max?: number;
  readonly array?: true;
  readonly types?: readonly ElementType[];
  readonly children?: readonly PackedElement[];
  readonly contentReference?: string;
  readonly binding?: Binding;
  /** Positions in `PackedTypes.constraints`. */
  readonly constraints?: readonly number[];
  readonly summary?: true;
  readonly modifier?: true;
  readonly system?: true;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}

export interface PackedType {
  readonly url: string;
  readonly name: string;
  readonly kind: TypeDefinition['kind'];
  readonly abstract?: true;
  readonly base?: string;
  readonly elements: readonly PackedElement[];
  readonly constraints?: readonly number[];
  readonly binding?: Binding;
}

export interface PackedTypes {
  /** Each constraint once: most are inherited by hundreds of types. */
  readonly constraints: readonly Constraint[];
  readonly types: readonly PackedType[];
}

/** Compartment code (`Patient`), then member type, then the parameters. */
export type PackedCompartments = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface PackedValueSet {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly status?: string;
  /** False: not all of its codes are known here, so nothing may be refused on its account. */
  readonly complete: boolean;
  /** By code system: its codes, or `*` for every code of a packed code system. */
  readonly systems: Readonly<Record<string, readonly Concept[] | '*'>>;
}

export interface PackedTerminology {
  readonly valueSets: readonly PackedValueSet[];
  readonly codeSystems: readonly CodeSystemConcepts[];
}

/** Canonical to the resource's type and its file in `resources/`; without a file only what it means is packed, as with value sets. */
export type PackedResources = Readonly<Record<string, { readonly type: string; readonly file?: string }>>;

/** Written last: while it matches, the other files are good. */
export interface Stamp {
  /** `name@version` of each package read. */
  readonly packages: readonly string[];
  /** SHA-256 over the sources of this room. */
  readonly packer: string;
}

/** The packed files by what they hold. */
export const packedFiles = {
  types: 'types.json',
  searchParameters: 'search-parameters.json',
  compartments: 'compartments.json',
  terminology: 'terminology.json',
  /** The index of `resources/`: core structures, extensions and operations, read one by one when asked for. */
  resources: 'resources.json',
  resourcesFolder: 'resources',
  stamp: 'stamp.json',
} as const;

/** The folder of the packed definitions. */
export function packedFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('#dist/definitions/stamp.json')));
}
