/**
 * Indexes what is stored by the parameters that came after it, a step at a time: where it stands is a note in the store, so that whoever asks for
 * the next step goes on from there, on whichever server, and two who ask at once share the work.
 */
import { everyone } from '../access/access-context.ts';
import { narrow } from '../access/narrow.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { parseJson } from '../fhir/json.ts';
import { formatKey } from '../fhir/reference.ts';
import type { Resource } from '../fhir/types.ts';
import type { Indexer } from '../search/indexer.ts';
import { isOfParameters } from '../store/reindexing.ts';
import type { Position, Reindexing, Store, StoredVersion } from '../store/store.ts';
import { type Log, reasonOf } from './log.ts';
import type { ParameterRegistry } from './registry.ts';
import { type ParameterState, typesOf } from './states.ts';

export interface ReindexSettings {
  readonly definitions: Definitions;
  readonly store: Store;
  readonly registry: ParameterRegistry;
  /** By all parameters, those on their way too. */
  readonly indexer: Indexer;
  readonly log: Log;
  /** How many resources are taken at once, and for how many milliseconds a step goes on taking them; default: 100, half a second. */
  readonly pace?: { readonly count: number; readonly stepMs: number };
}

export interface ReindexStep {
  /** The canonicals of the parameters that the work is for: those still to come, and those that the step has made ready. */
  readonly parameters: readonly string[];
  /** Resources looked at so far, of all. */
  readonly done: number;
  readonly total: number;
  /** Resources on which a parameter could not be evaluated; the log names them. */
  readonly skipped: number;
  /** Nothing is left to do. */
  readonly finished: boolean;
  /** Nothing was done yet: for so long (milliseconds) writes may come in that were planned without a parameter. */
  readonly waitMs: number;
}

const noteName = 'reindex';
const defaultPace = { count: 100, stepMs: 500 };
/** Of the texts of a page, so that long resources don't fill the memory. */
const pageCharactersMax = 4 * 1024 * 1024;

/** A reindexing under way, as its note has it. */
interface Run {
  /** Of every parameter, not only of those that are not ready. */
  readonly all: boolean;
  /** Those it makes ready. */
  readonly states: readonly ParameterState[];
  readonly types: readonly string[];
  readonly done: number;
  readonly total: number;
  readonly skipped: number;
  readonly after?: Position;
}

/**
 * Does the next step and says where that leaves the work. `all`: everything is to be indexed anew, after a change of `TIME_ZONE` or
 * `PUBLIC_BASE_URL`, on which entries depend; for the first step only, or it begins again at the end.
 */
export async function reindexStep(settings: ReindexSettings, { all = false } = {}): Promise<ReindexStep> {
  const { registry, store } = settings;
  await registry.reconcile();
  const text = await store.readNote(noteName);
  const begun = readRun(text);
  const pending = registry.states.filter(({ ready }) => !ready);
  const going = begun !== undefined && (begun.all || !all) && (begun.all || stillWanted(begun, pending)) ? begun : undefined;
  if (going === undefined && pending.length === 0 && !all) return progressOf(undefined, pending);
  const waitMs = await timeToWait(pending, store);
  if (waitMs > 0) return { ...progressOf(going, pending), waitMs };
  const run = going ?? (await beginRun(all, pending, settings));
  const reached = await takePages(run, settings);
  const over = reached.after === undefined;
  // Somebody else who took the step meanwhile has written what it came to: then this one's pages were the same.
  const written = await store.writeNote(noteName, over ? 'null' : JSON.stringify(reached), text);
  if (written && over) await registry.markReady(reached.states);
  const left = registry.states.filter(({ ready }) => !ready);
  return { ...progressOf(reached, left), finished: written && over && left.length === 0 };
}

function readRun(text: string | undefined): Run | undefined {
  const run = text === undefined ? null : (JSON.parse(text) as Run | null); // Only written above.
  return run ?? undefined;
}

/** A run for parameters that have all been removed or changed since leads nowhere. */
function stillWanted({ states }: Run, pending: readonly ParameterState[]): boolean {
  return states.some(({ parameter: { url }, knownFrom }) =>
    pending.some((state) => state.parameter.url === url && state.knownFrom === knownFrom),
  );
}

function progressOf(run: Run | undefined, pending: readonly ParameterState[]): ReindexStep {
  const { done, total, skipped } = run ?? { done: 0, total: 0, skipped: 0 };
  const parameters = new Set([...(run?.states ?? []), ...pending].map(({ parameter }) => parameter.url));
  return { parameters: [...parameters], done, total, skipped, finished: run === undefined && pending.length === 0, waitMs: 0 };
}

/** What was written before everybody knew the parameters has to be in the store before it can be gone through. */
async function timeToWait(pending: readonly ParameterState[], store: Store): Promise<number> {
  if (pending.length === 0) return 0;
  const known = Math.max(...pending.map(({ knownFrom }) => knownFrom));
  return Math.max(0, known - (await store.settled()));
}

async function beginRun(all: boolean, states: readonly ParameterState[], settings: ReindexSettings): Promise<Run> {
  const { definitions, store } = settings;
  const types = all
    ? definitions.resourceTypes
    : [...new Set(states.flatMap(({ parameter }) => typesOf(parameter, definitions)))];
  const criterion = narrow(everyone, types, 's');
  const { total = 0 } = await store.search({ types, criterion, sort: [], count: 0, total: 'accurate' });
  return { all, states, types, done: 0, total, skipped: 0 };
}

/** Takes pages for a while; a run without a place to go on from is over. */
async function takePages(run: Run, settings: ReindexSettings): Promise<Run> {
  const { store, pace = defaultPace } = settings;
  const criterion = narrow(everyone, run.types, 's');
  const until = performance.now() + pace.stepMs;
  let reached = run;
  do {
    const { after: behind, ...rest } = reached;
    const page = await store.search({
      types: run.types,
      criterion,
      sort: [],
      count: pace.count,
      total: 'none',
      charactersMax: pageCharactersMax,
      ...(behind === undefined ? {} : { after: behind }),
    });
    const indexed = page.items.map((version) => reindexed(version, run, settings)).filter((one) => one !== undefined);
    await store.reindex(indexed);
    const done = rest.done + page.items.length;
    const skipped = rest.skipped + page.items.length - indexed.length;
    reached = { ...rest, done, skipped, ...(page.next === undefined ? {} : { after: page.next }) };
  } while (reached.after !== undefined && performance.now() < until);
  return reached;
}

function reindexed({ key, versionId, text }: StoredVersion, run: Run, settings: ReindexSettings): Reindexing | undefined {
  const { indexer, log } = settings;
  try {
    const resource = parseJson(text) as Resource; // Stored text is a resource.
    if (run.all) return { key, versionId, ...everythingOf(resource, settings) };
    const parameters = codesFor(key.type, run, settings);
    return { key, versionId, parameters, entries: parameters.flatMap((code) => indexer.entries(resource, code)) };
  } catch (error) {
    // The others have to be found nevertheless; this one stays as it is found now.
    log('warn', 'A resource could not be indexed.', { resource: formatKey(key), failure: reasonOf(error) });
    return undefined;
  }
}

function codesFor(type: string, { states }: Run, { definitions }: ReindexSettings): readonly string[] {
  return states.filter(({ parameter }) => typesOf(parameter, definitions).includes(type)).map(({ parameter }) => parameter.code);
}

function everythingOf(
  resource: Resource,
  { indexer, definitions, registry }: ReindexSettings,
): Pick<Reindexing, 'parameters' | 'entries'> {
  const own = registry.states.map(({ parameter }) => parameter);
  const codes = definitions
    .searchParametersWith(own)
    .searchParameters(resource.resourceType)
    .map(({ code }) => code);
  const { entries } = indexer.index(resource);
  const others = entries.map(({ parameter }) => parameter).filter((name) => !isOfParameters(name, codes));
  return { parameters: [...codes, ...new Set(others)], entries };
}
