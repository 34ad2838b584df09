/** Where each search parameter beside R4's own stands: kept in the store as one note, shared by all servers over it. */
import type { Definitions, PublishedSearchParameter } from '../definitions/definitions.ts';

export interface ParameterState {
  readonly parameter: PublishedSearchParameter;
  /** The id of the stored SearchParameter; absent: it comes from a file. */
  readonly id?: string;
  /** Milliseconds since 1970: what is stamped from this time on has been indexed by the parameter when it was written, whoever wrote it. */
  readonly knownFrom: number;
  /** Everything that was stored before has been indexed by it too: it may be searched by. */
  readonly ready: boolean;
}

/** A parameter that a server has in its files or found in the store. */
export type WantedParameter = Pick<ParameterState, 'parameter' | 'id'>;

/** The note's text. */
export function formatStates(states: readonly ParameterState[]): string {
  return JSON.stringify(states);
}

/** Undefined when there is no note yet. */
export function parseStates(text: string | undefined): readonly ParameterState[] | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as readonly ParameterState[]); // Only formatStates writes it.
}

/** The states of what is wanted, in its order: as they were where nothing has changed, as given where a parameter is new or says something else. */
export function mergeStates(
  before: readonly ParameterState[],
  wanted: readonly WantedParameter[],
  fresh: (one: WantedParameter) => Pick<ParameterState, 'knownFrom' | 'ready'>,
): readonly ParameterState[] {
  const byUrl = new Map(before.map((state) => [state.parameter.url, state]));
  return wanted.map(({ parameter, id }) => {
    const known = byUrl.get(parameter.url);
    const origin = id === undefined ? {} : { id };
    const same = known !== undefined && JSON.stringify(known.parameter) === JSON.stringify(parameter);
    const { knownFrom, ready } = same ? known : fresh({ parameter, ...origin });
    return { parameter, ...origin, knownFrom, ready };
  });
}

/** The resource types that a parameter is for. */
export function typesOf({ base }: Pick<PublishedSearchParameter, 'base'>, definitions: Definitions): readonly string[] {
  return definitions.resourceTypes.filter((type) => definitions.lineage(type).some((name) => base.includes(name)));
}

/**
 * Those that count beside R4's own. Of several with one canonical the first does; of several with one code on a type the first as well: one
 * from a file counts for the types left to it ("guides often define R4's again"), a stored one, which was free when it came, whole or not at all.
 */
export function withoutTwins(wanted: readonly WantedParameter[], definitions: Definitions): readonly WantedParameter[] {
  const core = definitions.searchParametersWith([]);
  const urls = new Set<string>();
  const taken = new Set<string>();
  return wanted.filter(({ parameter, id }) => {
    if (urls.has(parameter.url) || core.searchParameterByUrl(parameter.url) !== undefined) return false;
    const places = typesOf(parameter, definitions).map((type) => ({ type, name: `${type} ${parameter.code}` }));
    const free = places.filter(({ type, name }) => !taken.has(name) && core.searchParameter(type, parameter.code) === undefined);
    if (free.length === 0 || (id !== undefined && free.length < places.length)) return false;
    urls.add(parameter.url);
    for (const { name } of free) taken.add(name);
    return true;
  });
}
