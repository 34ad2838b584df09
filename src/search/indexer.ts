/** From a resource to its index entries and compartments, by the search parameters' expressions. */
import type { Definitions } from '../definitions/definitions.ts';
import type { Resource } from '../fhir/types.ts';
import type { IndexEntry } from './index-entry.ts';

export interface IndexedResource {
  readonly entries: readonly IndexEntry[];
  /**
   * `Patient/A` for each patient in whose compartment the resource is, by `conformance/compartments/patient-access.json`;
   * `nobodysCompartment` when it names no subject and its rule is `subject-or-none`.
   */
  readonly compartments: readonly string[];
  /**
   * Everything the compartment's subject parameters point at, for the border of writes: `Type/id`, an absolute URL, `#id`, or `?` for a
   * reference without a literal target. Empty when the resource names no subject.
   */
  readonly subjects: readonly string[];
}

export interface Indexer {
  index(resource: Resource): IndexedResource;
  /** The targets (`Type/id` or absolute URL) of one reference parameter, for includes; duplicates removed. */
  targets(resource: Resource, parameter: string): readonly string[];
}

export interface IndexerSettings {
  readonly baseUrl: string;
  readonly timeZone: string;
}

export declare function openIndexer(definitions: Definitions, settings: IndexerSettings): Indexer;
