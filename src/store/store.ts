/** The store port: keeps versions and index entries, commits a list of writes atomically, answers a criterion. */

import type { StampableText } from '../fhir/json.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { Authorized, Criterion, SortKey } from '../search/criterion.ts';
import type { IndexEntry } from '../search/index-entry.ts';

export interface StoredVersion {
  readonly key: ResourceKey;
  readonly versionId: string;
  /** Milliseconds since 1970, as in `meta.lastUpdated`. */
  readonly lastUpdated: number;
  /** How the version came to be: what history's `request.method` says. */
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly deleted: boolean;
  /** The resource's JSON, final, exactly as it is sent; '' when deleted. */
  readonly text: string;
}

/** What must hold when the write is committed; checked inside the store's transaction, after the writes before it in the list. */
export type Expectation =
  | { readonly kind: 'any' }
  /** No version of the key was ever stored, or the last one is deleted. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'version'; readonly versionId: string }
  /** No current resource of the key's type meets the criterion (conditional create). */
  | { readonly kind: 'no-match'; readonly criterion: Authorized<Criterion> };

export interface Write {
  /**
   * `create` of a key that has a current version fails as if it expected `absent`. `update` of an unknown or deleted key creates it.
   * `delete` of an unknown or deleted key does nothing and returns the state: the deleted version, or for an unknown key one with
   * `versionId` ''.
   */
  readonly op: 'create' | 'update' | 'delete';
  readonly key: ResourceKey;
  readonly method: StoredVersion['method'];
  /** Absent for a delete. */
  readonly text?: StampableText;
  readonly entries: readonly IndexEntry[];
  /**
   * `Patient/A` for each patient in whose compartment this version is. Ignored for a delete, as `entries` are: the store gives a deleted
   * version those of the version it deletes, so that the border of a deleted resource is that of its last content.
   */
  readonly compartments: readonly string[];
  readonly expect: Expectation;
  /** Referential integrity of a create or update: resources that must be there, undeleted, once the whole list is applied. */
  readonly requires?: readonly ResourceKey[];
  /** Referential integrity of a delete: once the whole list is applied, no other resource may hold this one by a `referenceParameter` entry. */
  readonly unreferenced?: true;
}

export interface WriteResult extends StoredVersion {
  /** No current version stood before: the answer is 201. */
  readonly created: boolean;
}

/** The cause of the error `transact` throws when an expectation does not hold; nothing was written. `store/expectation.ts` makes and reads it. */
export interface ExpectationFailure {
  /** The write whose expectation failed: its place in the list. */
  readonly writeIndex: number;
  /** `missing`: something it requires is not there; `referenced`: it deletes what is referred to. */
  readonly kind: Expectation['kind'] | 'missing' | 'referenced';
  /** Further writes that failed in the same way, of those that are checked together at the end. */
  readonly others?: readonly number[];
}

export type HistoryScope =
  | { readonly kind: 'instance'; readonly key: ResourceKey }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'system' };

/** A place in an ordered result: the values a store needs to go on behind it. Opaque to everyone else; JSON. */
export type Position = readonly (string | number | null)[];

export interface PageRequest extends PageSize {
  readonly after?: Position;
  /** Only versions with lastUpdated at or after this (milliseconds). */
  readonly since?: number;
  /** Only versions that were current at some point of this period (milliseconds, both ends included): https://hl7.org/fhir/R4/http.html#history `_at`. */
  readonly at?: { readonly low: number; readonly high: number };
  /** Only versions that are deletions. */
  readonly deletions?: true;
}

/** How much a page holds. */
export interface PageSize {
  readonly count: number;
  /** The page ends early with the version that brings its texts to so many characters; absent: `count` alone ends it. */
  readonly charactersMax?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Present only when there is more. */
  readonly next?: Position;
  /** Present when it was asked for. */
  readonly total?: number;
}

export interface StoreQuery extends PageSize {
  /** The types searched; one or more. */
  readonly types: readonly string[];
  readonly criterion: Authorized<Criterion>;
  /** After the keys given, always by type and id ascending, so that the order is total. */
  readonly sort: readonly SortKey[];
  /** 0: only the total. */
  readonly count: number;
  readonly after?: Position;
  readonly total: 'none' | 'estimate' | 'accurate';
}

/** Which values a parameter has. */
export interface DistinctQuery {
  readonly types: readonly string[];
  readonly parameter: string;
  readonly shape: 'token' | 'uri';
  readonly criterion: Authorized<Criterion>;
  /** The most values to give. */
  readonly count: number;
}

export interface DistinctValue {
  readonly type: string;
  /** Of a token; '' when absent, and for a uri. */
  readonly system: string;
  /** The code of a token or the uri, as indexed. */
  readonly value: string;
}

/** What search parameters find in a version, worked out after it was stored. */
export interface Reindexing {
  readonly key: ResourceKey;
  /** Of the version that was looked at: only while it is current are its entries replaced. */
  readonly versionId: string;
  /** By code. What the version has under them and the keys derived from them is replaced; everything else it is found by stays. */
  readonly parameters: readonly string[];
  readonly entries: readonly IndexEntry[];
}

/** A step of a search's plan, for people. */
export interface PlanStep {
  /** A sentence. */
  readonly text: string;
  /** The database's own words, where it has some. */
  readonly details?: string;
}

export interface StoreSettings {
  /** Milliseconds since 1970; the system's clock if absent. Should it go back, `lastUpdated` stays where it was. */
  readonly now?: () => number;
}

export interface Store {
  /** Atomic, durable when it resolves. Throws FhirError `conflict` or `versionMismatch` with an `ExpectationFailure` as cause. */
  transact(writes: readonly Write[]): Promise<readonly WriteResult[]>;
  /** The current version, a deleted one as deleted; undefined when there is none or the caller may not know of it. */
  read(key: ResourceKey, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined>;
  /** Visible only when both this version and the last undeleted one are inside `allowed`. */
  readVersion(key: ResourceKey, versionId: string, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined>;
  /**
   * The current, undeleted ones among the keys, in the order of the keys; with `charactersMax` the list ends early, with the version that
   * brings its texts to so many.
   */
  readMany(
    keys: readonly ResourceKey[],
    allowed: Authorized<Criterion>,
    charactersMax?: number,
  ): Promise<readonly StoredVersion[]>;
  /** Newest first (lastUpdated never grows down the list). Visible as with `readVersion`; filtered in the store, before the page is cut. */
  history(scope: HistoryScope, allowed: Authorized<Criterion>, page: PageRequest): Promise<Page<StoredVersion>>;
  search(query: StoreQuery): Promise<Page<StoredVersion>>;
  /** How `search` would go about the query, one step or more for each type; nothing in it is personal data. */
  explain(query: StoreQuery): Promise<readonly PlanStep[]>;
  /** The values that current resources of the types have in a parameter, each once per type, in no particular order. */
  distinct(query: DistinctQuery): Promise<readonly DistinctValue[]>;
  /**
   * Replaces what current, undeleted versions offer to search, each alone; a version that is current no more, or deleted, is passed over: its
   * successor has entries of its own. Neither version nor history changes. Durable when it resolves.
   */
  reindex(versions: readonly Reindexing[]): Promise<void>;
  /** A text that the server keeps beside the resources, under a name of its own; undefined when there is none. */
  readNote(name: string): Promise<string | undefined>;
  /** Keeps the text when the note still is what was expected (undefined: absent), and says whether it was. Durable when it resolves. */
  writeNote(name: string, text: string, expected: string | undefined): Promise<boolean>;
  /**
   * A time (milliseconds since 1970) before which nothing is still to come: every version whose `lastUpdated` is before it can be read by
   * now. Whoever asks again from that time on misses nothing, though a write may take a while from its time stamp to its commit.
   */
  settled(): Promise<number>;
  close(): Promise<void>;
}
