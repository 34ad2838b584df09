/**
 * The search parameters beside R4's own, as a running server needs them: definitions and indexer that follow the registry, so that who holds them
 * need not know that parameters come and go.
 */
import type { Definitions, SearchParameters } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import type { Resource } from '../fhir/types.ts';
import { type Indexer, type IndexerSettings, openIndexer } from '../search/indexer.ts';
import type { Store } from '../store/store.ts';
import { checkParameter, type ParameterProblem } from './check-parameter.ts';
import { type Log, reasonOf } from './log.ts';
import type { ParameterRegistry } from './registry.ts';
import { type ReindexStep, reindexStep } from './reindex.ts';

export interface OwnParameters {
  /** With the parameters that can be searched by. */
  readonly definitions: Definitions;
  /** By all parameters, those on their way too. */
  readonly indexer: Indexer;
  /** What keeps a SearchParameter that is to be stored from being used; of one that is not active nothing, since it changes nothing. */
  problemsOf(resource: Resource): readonly ParameterProblem[];
  /** The next step of indexing what is stored, see `reindex.ts`. */
  reindex(options?: { readonly all?: boolean }): Promise<ReindexStep>;
}

export interface OwnParametersSettings {
  /** Without a store's parameters. */
  readonly definitions: Definitions;
  readonly registry: ParameterRegistry;
  readonly store: Store;
  readonly indexing: Pick<IndexerSettings, 'baseUrl' | 'timeZone'>;
  readonly log: Log;
}

export function openOwnParameters(settings: OwnParametersSettings): OwnParameters {
  const { definitions: base, registry, store, log } = settings;
  const following = follow(settings);
  const { indexer } = following;
  return {
    ...following,
    problemsOf(resource) {
      if (resource['status'] !== 'active') return [];
      const others = registry.states
        .filter(({ id }) => id === undefined || id !== resource['id'])
        .map(({ parameter }) => parameter);
      if (others.length >= limits.ownSearchParametersMax) return [tooMany];
      return checkParameter(resource, { definitions: base, others: base.searchParametersWith(others) });
    },
    reindex: (options) => reindexStep({ definitions: base, store, registry, indexer, log }, options),
  };
}

const tooMany: ParameterProblem = {
  element: 'status',
  text: `There are ${limits.ownSearchParametersMax} search parameters beside R4's own, and no more are taken.`,
};

function follow({
  definitions: base,
  registry,
  indexing,
  log,
}: OwnParametersSettings): Pick<OwnParameters, 'definitions' | 'indexer'> {
  let ready: SearchParameters;
  let all: SearchParameters;
  let indexer: Indexer;
  let changes = 0;
  const definitions: Definitions = {
    ...base,
    ...current(() => ready),
    isIndexing: (type, code) => ready.searchParameter(type, code) === undefined && all.searchParameter(type, code) !== undefined,
    // Both only grow, so that their sum is another number after a change of either.
    revision: () => base.revision() + changes,
  };
  const indexed: Definitions = { ...base, ...current(() => all) };
  const take = () => {
    const { states } = registry;
    changes += 1;
    ready = base.searchParametersWith(states.filter((state) => state.ready).map(({ parameter }) => parameter));
    all = base.searchParametersWith(states.map(({ parameter }) => parameter));
    // What was compiled before belongs to the parameters there were.
    indexer = openIndexer(indexed, { ...indexing, onFailure: tellOnce(log) });
  };
  registry.onChange(take);
  take();
  return {
    definitions,
    indexer: {
      index: (resource) => indexer.index(resource),
      entries: (resource, parameter) => indexer.entries(resource, parameter),
      targets: (resource, parameter) => indexer.targets(resource, parameter),
    },
  };
}

function current(parameters: () => SearchParameters): SearchParameters {
  return {
    searchParameters: (type) => parameters().searchParameters(type),
    searchParameter: (type, code) => parameters().searchParameter(type, code),
    searchParameterByUrl: (url) => parameters().searchParameterByUrl(url),
  };
}

/** An expression that fails on one resource will on many. */
function tellOnce(log: Log): (type: string, parameter: string, error: Error) => void {
  const told = new Set<string>();
  return (type, parameter, error) => {
    const name = `${type} ${parameter}`;
    if (told.has(name)) return;
    told.add(name);
    log('warn', 'A search parameter could not be evaluated: what it fails on is not found by it.', {
      type,
      parameter,
      failure: reasonOf(error),
    });
  };
}
