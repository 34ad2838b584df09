/** Which search parameters there are beside R4's own, as files and stored SearchParameters say and all servers over the store agree. */
import { everyone } from '../access/access-context.ts';
import { narrow } from '../access/narrow.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { packSearchParameter, type RawSearchParameter } from '../definitions/search-parameters.ts';
import { parseJson } from '../fhir/json.ts';
import { limits } from '../fhir/limits.ts';
import { conflict } from '../fhir/outcome.ts';
import type { Resource } from '../fhir/types.ts';
import type { Criterion } from '../search/criterion.ts';
import type { Store, StoredVersion, StoreQuery } from '../store/store.ts';
import { checkParameter } from './check-parameter.ts';
import { type Log, reasonOf } from './log.ts';
import { formatStates, mergeStates, type ParameterState, parseStates, type WantedParameter, withoutTwins } from './states.ts';

export interface RegistrySettings {
  readonly definitions: Definitions;
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** No other server can have the store open: what this one's files say is known to everybody who writes from now on. */
  readonly alone: boolean;
  /** How often the note is looked at; default: 2 seconds. */
  readonly refreshMs?: number;
}

/** Agrees with the store on the parameters of this server's files. Throws an Error with a sentence for one that can't be used. */
export async function openParameterRegistry(settings: RegistrySettings): Promise<ParameterRegistry> {
  checkFiles(settings.definitions);
  const registry = new ParameterRegistry(settings);
  try {
    await registry.start();
  } catch (error) {
    await registry.close();
    throw error;
  }
  return registry;
}

const noteName = 'search-parameters';
const defaultRefreshMs = 2_000;

/**
 * From the note to the last write that was planned without knowing it: other servers look every `defaultRefreshMs`, and a plan is made, or made
 * anew, shortly before its commit.
 */
const graceMs = 30_000;

export class ParameterRegistry {
  readonly #settings: RegistrySettings;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners: (() => void)[] = [];
  /** Those of this server's files that count. */
  readonly #files: readonly WantedParameter[];
  #text: string | undefined;
  #states: readonly ParameterState[] = [];
  /** Looks at the note and changes of it follow one another. */
  #last: Promise<unknown> = Promise.resolve();
  /** A stored SearchParameter changed, and the note could not be. */
  #behind = false;
  #failing = false;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    const { definitions } = settings;
    this.#files = withoutTwins(
      definitions.ownSearchParameters.map((parameter) => ({ parameter })),
      definitions,
    );
    this.#timer = setInterval(() => void this.refresh(), settings.refreshMs ?? defaultRefreshMs);
    this.#timer.unref();
  }

  get states(): readonly ParameterState[] {
    return this.#states;
  }

  /** Calls back after every change of `states`. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What this server's files say takes the place of what the files of earlier servers said. */
  async start(): Promise<void> {
    await this.#change(async (before) => [...this.#files, ...(await this.#stored(before ?? []))]);
    const indexing = this.#states.filter(({ ready }) => !ready).map(({ parameter }) => parameter.url);
    if (indexing.length === 0) return;
    this.#settings.log(
      'warn',
      'Search parameters are new to what is stored and can not be searched by yet: run npm run -s cli -- reindex',
      { parameters: indexing },
    );
  }

  /** Takes in what has changed in the stored SearchParameters. */
  async reconcile(): Promise<void> {
    this.#behind = true;
    await this.#change(async (before) => {
      const files = (before ?? []).filter(({ id }) => id === undefined);
      return [...files, ...this.#missingFiles(files), ...(await this.#stored(before ?? []))];
    });
    this.#behind = false;
  }

  /** As `reconcile`, after a write that has been committed whatever becomes of this: a failure is made up for at the next look at the note. */
  async follow(): Promise<void> {
    try {
      await this.reconcile();
    } catch (error) {
      this.#settings.log('warn', 'A changed SearchParameter takes effect later.', { failure: reasonOf(error) });
    }
  }

  /** Says of parameters that everything stored is indexed by them, as far as they are still what they were. */
  async markReady(done: readonly ParameterState[]): Promise<void> {
    const names = new Set(done.map(nameOf));
    await this.#write(async (before) =>
      (before ?? []).map((state) => (names.has(nameOf(state)) ? { ...state, ready: true } : state)),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last.catch(() => undefined);
  }

  /** Parameters of this server's files that the note has lost: a server without the file was started. */
  #missingFiles(known: readonly WantedParameter[]): readonly WantedParameter[] {
    return this.#files.filter(({ parameter }) => !known.some((state) => state.parameter.url === parameter.url));
  }

  /** Looks at the note: what other servers changed is known from then on. */
  async refresh(): Promise<void> {
    try {
      if (this.#behind) await this.reconcile();
      await this.#serially(async () => {
        const text = await this.#settings.store.readNote(noteName);
        if (text !== undefined) this.#adopt(text);
      });
      if (this.#missingFiles(this.#states).length > 0) await this.reconcile();
      this.#failing = false;
    } catch (error) {
      // The store can't be reached: the next look makes up for it, and requests say so to their clients.
      if (!this.#failing) this.#settings.log('warn', 'Search parameters can not be looked at.', { failure: reasonOf(error) });
      this.#failing = true;
    }
  }

  /** Merges what is wanted into the note. */
  async #change(wantedOf: (before: readonly ParameterState[] | undefined) => Promise<readonly WantedParameter[]>): Promise<void> {
    const { definitions, now, alone } = this.#settings;
    await this.#write(async (before) => {
      const wanted = withoutTwins(await wantedOf(before), definitions);
      const ready = before === undefined && (await this.#isEmpty());
      const fresh = ({ id }: WantedParameter) => ({ ready, knownFrom: alone && id === undefined ? now() : now() + graceMs });
      return mergeStates(before ?? [], wanted, fresh);
    });
  }

  #write(next: (before: readonly ParameterState[] | undefined) => Promise<readonly ParameterState[]>): Promise<void> {
    const { store } = this.#settings;
    const attempt = async (): Promise<void> => {
      for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
        const text = await store.readNote(noteName);
        const changed = formatStates(await next(parseStates(text)));
        if (changed !== text && !(await store.writeNote(noteName, changed, text))) continue;
        this.#adopt(changed);
        return;
      }
      throw conflict('Other servers kept changing the search parameters. Send the request again.');
    };
    return this.#serially(attempt);
  }

  #serially(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work);
    this.#last = done;
    return done;
  }

  #adopt(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#states = parseStates(text) ?? [];
    for (const listener of this.#listeners) listener();
  }

  async #isEmpty(): Promise<boolean> {
    const { store, definitions } = this.#settings;
    const { items } = await store.history({ kind: 'system' }, narrow(everyone, definitions.resourceTypes, 's'), { count: 1 });
    return items.length === 0;
  }

  /** The stored SearchParameters that can be used: those known already first, then the others in the order they came. */
  async #stored(before: readonly ParameterState[]): Promise<readonly WantedParameter[]> {
    const versions = await readActive(this.#settings.store);
    const place = ({ key }: StoredVersion) => {
      const index = before.findIndex(({ id }) => id === key.id);
      return index < 0 ? before.length : index;
    };
    const sorted = versions.toSorted((one, other) => place(one) - place(other) || one.lastUpdated - other.lastUpdated);
    return sorted.flatMap((version) => this.#readStored(version, before) ?? []).slice(0, limits.ownSearchParametersMax);
  }

  #readStored({ key, text }: StoredVersion, before: readonly ParameterState[]): WantedParameter | undefined {
    const { definitions, log } = this.#settings;
    const resource = parseJson(text) as Resource; // A SearchParameter that this server stored.
    const parameter = packSearchParameter(resource as unknown as RawSearchParameter);
    const known = before.some((state) => state.id === key.id && JSON.stringify(state.parameter) === JSON.stringify(parameter));
    if (parameter !== undefined && known) return { parameter, id: key.id };
    // Writes are refused for these reasons; one that came another way is left out.
    const problems = checkParameter(resource, { definitions, others: definitions.searchParametersWith([]) });
    if (parameter !== undefined && problems.length === 0) return { parameter, id: key.id };
    log('warn', 'A stored SearchParameter can not be searched by.', { id: key.id, reason: problems[0]?.text ?? 'no base' });
    return undefined;
  }
}

/** "active: This resource is ready for normal use": the others are kept and change nothing. https://hl7.org/fhir/R4/valueset-publication-status.html */
const active: Criterion = { kind: 'has', parameter: 'status', test: { shape: 'token', code: 'active' } };

async function readActive(store: Store): Promise<readonly StoredVersion[]> {
  const types = ['SearchParameter'];
  const criterion = narrow(everyone, types, 's', active);
  const found: StoredVersion[] = [];
  let after: StoreQuery['after'];
  do {
    const page = await store.search({
      types,
      criterion,
      sort: [],
      count: 100,
      charactersMax: limits.pageCharactersMax,
      total: 'none',
      ...(after && { after }),
    });
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined && found.length <= limits.ownSearchParametersMax);
  return found;
}

/** A parameter in one of the states it had: removed and brought back, or changed, it is another. */
function nameOf({ parameter, knownFrom }: ParameterState): string {
  return `${knownFrom} ${JSON.stringify(parameter)}`;
}

function checkFiles(definitions: Definitions): void {
  const core = definitions.searchParametersWith([]);
  for (const parameter of definitions.ownSearchParameters) {
    const others = definitions.searchParametersWith(definitions.ownSearchParameters.filter(({ url }) => url !== parameter.url));
    // Packages often define R4's own again: the code of such a one is taken, and it counts for nothing.
    if (core.searchParameterByUrl(parameter.url) !== undefined) continue;
    const problems = checkParameter({ resourceType: 'SearchParameter', ...asJson(parameter) }, { definitions, others });
    const problem = problems.find(({ element }) => element !== 'code' && element !== 'url');
    if (problem !== undefined) throw new Error(`SearchParameter ${parameter.url}, ${problem.element}: ${problem.text}`);
  }
}

/** A published parameter consists of JSON. */
function asJson(parameter: object): Omit<Resource, 'resourceType'> {
  return JSON.parse(JSON.stringify(parameter)) as Omit<Resource, 'resourceType'>;
}
