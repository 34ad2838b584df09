/** The reference store: everything in one map, every query by `search/match.ts`. For tests and short-lived servers; nothing is kept. */
import { formatKey } from '../../fhir/reference.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import type { Authorized, Criterion } from '../../search/criterion.ts';
import type { IndexEntry } from '../../search/index-entry.ts';
import { type Candidate, type Lookup, matches } from '../../search/match.ts';
import { comparePlaces, placeOf } from '../../search/order.ts';
import { referenceParameter } from '../../search/reference-parameter.ts';
import { expectationError } from '../expectation.ts';
import { type Asked, askedIntegrity, refuseFailed } from '../integrity.ts';
import { loadPage, loadSome } from '../page.ts';
import { isOfParameters } from '../reindexing.ts';
import { stamp, unknownVersion } from '../stamp.ts';
import type {
  DistinctQuery,
  DistinctValue,
  HistoryScope,
  Page,
  PageRequest,
  PlanStep,
  Reindexing,
  Store,
  StoredVersion,
  StoreQuery,
  StoreSettings,
  Write,
  WriteResult,
} from '../store.ts';
import { isVisible } from '../visibility.ts';

/** `sequence`: the place in the store-wide order of versions. */
type Version = StoredVersion & Candidate & { readonly sequence: number };

export function openMemory(settings: StoreSettings = {}): Store {
  return new MemoryStore(settings.now ?? Date.now);
}

class MemoryStore implements Store, Lookup {
  readonly #now: () => number;
  /** The versions of each resource, oldest first. */
  #resources = new Map<string, readonly Version[]>();
  readonly #notes = new Map<string, string>();
  #sequence = 0;
  #lastUpdated = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  async transact(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    const before = new Map(this.#resources);
    try {
      const results = writes.map((write, index) => this.#apply(write, index));
      this.#checkIntegrity(writes);
      return results;
    } catch (error) {
      this.#resources = before;
      throw error;
    }
  }

  async read(key: ResourceKey, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    return this.#visible(this.current(key), allowed);
  }

  async readVersion(key: ResourceKey, versionId: string, allowed: Authorized<Criterion>): Promise<StoredVersion | undefined> {
    const named = this.#versions(key).find((version) => version.versionId === versionId);
    return this.#visible(named, allowed);
  }

  async readMany(
    keys: readonly ResourceKey[],
    allowed: Authorized<Criterion>,
    charactersMax?: number,
  ): Promise<readonly StoredVersion[]> {
    return loadSome(keys, charactersMax, (key) => undeleted(this.#visible(this.current(key), allowed))).versions;
  }

  async history(scope: HistoryScope, allowed: Authorized<Criterion>, page: PageRequest): Promise<Page<StoredVersion>> {
    const before = Number(page.after?.[0] ?? Number.POSITIVE_INFINITY);
    const lists = scope.kind === 'instance' ? [this.#versions(scope.key)] : [...this.#resources.values()];
    const found = lists
      .flatMap((versions) => versions.filter((_, index) => isAsked(versions, index, page)))
      .filter((version) => (scope.kind !== 'type' || version.key.type === scope.type) && version.sequence < before)
      .filter((version) => this.#visible(version, allowed) !== undefined)
      .sort((one, other) => other.sequence - one.sequence);
    return loadPage(
      found,
      page,
      ({ sequence }) => [sequence],
      (version) => version,
    );
  }

  async search(query: StoreQuery): Promise<Page<StoredVersion>> {
    const { after, sort } = query;
    const found = this.#undeleted().filter((one) => query.types.includes(one.key.type) && matches(query.criterion, one, this));
    const placed = found.map((version) => ({ version, place: placeOf(version, sort) }));
    placed.sort((one, other) => comparePlaces(sort, one.place, other.place));
    const rest = after === undefined ? placed : placed.filter(({ place }) => comparePlaces(sort, place, after) > 0);
    const page = loadPage(
      rest,
      query,
      ({ place }) => place,
      ({ version }) => version,
    );
    return { ...page, ...(query.total === 'none' ? {} : { total: found.length }) };
  }

  async explain({ types }: StoreQuery): Promise<readonly PlanStep[]> {
    const resources = this.#undeleted();
    return [...new Set(types)].map((type) => {
      const count = resources.filter(({ key }) => key.type === type).length;
      return { text: `${type}: each of the ${count} resources is compared, then those found are sorted.` };
    });
  }

  async distinct({ types, parameter, shape, criterion, count }: DistinctQuery): Promise<readonly DistinctValue[]> {
    const found = this.#undeleted().filter((one) => types.includes(one.key.type) && matches(criterion, one, this));
    const values = new Map<string, DistinctValue>();
    for (const { key, entries } of found) {
      for (const entry of entries) {
        if (entry.parameter !== parameter || entry.shape !== shape) continue;
        const value: DistinctValue =
          entry.shape === 'token'
            ? { type: key.type, system: entry.system, value: entry.code }
            : { type: key.type, system: '', value: entry.value };
        values.set(JSON.stringify(value), value);
      }
    }
    return [...values.values()].slice(0, count);
  }

  async reindex(versions: readonly Reindexing[]): Promise<void> {
    for (const { key, versionId, parameters, entries } of versions) {
      const current = this.current(key);
      if (current === undefined || current.deleted || current.versionId !== versionId) continue;
      const kept = current.entries.filter(({ parameter }) => !isOfParameters(parameter, parameters));
      const past = this.#versions(key).slice(0, -1);
      this.#resources.set(formatKey(key), [...past, { ...current, entries: [...kept, ...entries] }]);
    }
  }

  async readNote(name: string): Promise<string | undefined> {
    return this.#notes.get(name);
  }

  async writeNote(name: string, text: string, expected: string | undefined): Promise<boolean> {
    if (this.#notes.get(name) !== expected) return false;
    this.#notes.set(name, text);
    return true;
  }

  async settled(): Promise<number> {
    return this.#now();
  }

  async close(): Promise<void> {
    this.#resources.clear();
  }

  current(key: ResourceKey): Version | undefined {
    return this.#versions(key).at(-1);
  }

  referrers(type: string, parameter: string, target: string): readonly Version[] {
    const names = (entry: IndexEntry) => entry.shape === 'reference' && entry.parameter === parameter && entry.target === target;
    return this.#undeleted().filter(({ key, entries }) => key.type === type && entries.some(names));
  }

  #versions(key: ResourceKey): readonly Version[] {
    return this.#resources.get(formatKey(key)) ?? [];
  }

  #undeleted(): readonly Version[] {
    return [...this.#resources.values()].flatMap((versions) => versions.at(-1) ?? []).filter((version) => !version.deleted);
  }

  #visible(version: Version | undefined, allowed: Criterion): Version | undefined {
    const last = version === undefined ? undefined : this.#versions(version.key).findLast((other) => !other.deleted);
    return version !== undefined && last !== undefined && isVisible(version, last, allowed, this) ? version : undefined;
  }

  #apply(write: Write, writeIndex: number): WriteResult {
    const { key, method, op } = write;
    const current = this.current(key);
    const present = current?.deleted === false ? current : undefined;
    this.#check(write, writeIndex, current, present);
    if (op === 'delete' && present === undefined) return { ...(current ?? unknownVersion(key)), created: false };
    const versions = this.#versions(key);
    const versionId = String(versions.length + 1);
    const lastUpdated = Math.max(this.#now(), this.#lastUpdated);
    const { entries, compartments } = (op === 'delete' ? present : undefined) ?? write;
    const text = op === 'delete' || write.text === undefined ? '' : stamp(write.text, versionId, lastUpdated);
    this.#sequence += 1;
    this.#lastUpdated = lastUpdated;
    const stored = { key, versionId, lastUpdated, method, deleted: op === 'delete', text };
    const version = { ...stored, entries, compartments, sequence: this.#sequence };
    this.#resources.set(formatKey(key), [...versions, version]);
    return { ...version, created: present === undefined };
  }

  #check(write: Write, writeIndex: number, current: Version | undefined, present: Version | undefined): void {
    const { expect } = write;
    if ((expect.kind === 'absent' || write.op === 'create') && present !== undefined)
      throw expectationError(writeIndex, 'absent');
    if (expect.kind === 'version' && current?.versionId !== expect.versionId) throw expectationError(writeIndex, 'version');
    if (expect.kind !== 'no-match') return;
    for (const versions of this.#resources.values()) {
      const other = versions.at(-1);
      if (other?.key.type !== write.key.type || other.deleted || !matches(expect.criterion, other, this)) continue;
      throw expectationError(writeIndex, 'no-match');
    }
  }

  #checkIntegrity(writes: readonly Write[]): void {
    const { required = [], released = [] } = askedIntegrity(writes) ?? {};
    const isThere = ({ key }: Asked) => this.current(key)?.deleted === false;
    refuseFailed(
      'missing',
      required.filter((asked) => !isThere(asked)),
    );
    refuseFailed(
      'referenced',
      released.filter((asked) => !isThere(asked) && this.#isReferredTo(formatKey(asked.key))),
    );
  }

  #isReferredTo(target: string): boolean {
    const names = (entry: IndexEntry) =>
      entry.shape === 'reference' && entry.parameter === referenceParameter && entry.target === target;
    return this.#undeleted().some(({ entries }) => entries.some(names));
  }
}

function undeleted(version: Version | undefined): Version | undefined {
  return version?.deleted === false ? version : undefined;
}

/** Whether the version's time is what the page asks for; it was current until the next one came. */
function isAsked(versions: readonly Version[], index: number, { since, at, deletions }: PageRequest): boolean {
  if (deletions === true && versions[index]?.deleted !== true) return false;
  const from = versions[index]?.lastUpdated ?? 0;
  const until = versions[index + 1]?.lastUpdated ?? Number.POSITIVE_INFINITY;
  return (since === undefined || from >= since) && (at === undefined || (from <= at.high && until > at.low));
}
