/** https://hl7.org/fhir/R4/search.html#include */
import { limits } from '../fhir/limits.ts';
import { tooCostly } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { Include } from './query.ts';

export interface Found {
  readonly key: ResourceKey;
  /** The resource as JSON. */
  readonly text: string;
}

/** Where included resources come from: every answer is inside the caller's border. */
export interface IncludeSource {
  /** The types there are, for `*`. */
  readonly types: readonly string[];
  /** The reference parameters of a type. */
  referenceParameters(type: string): readonly string[];
  /** What a resource names in a reference parameter: `Type/id`, or absolute URLs. */
  targets(found: Found, parameter: string): readonly string[];
  /** The current ones among the keys that the caller may see, up to `limits.pageCharactersMax`. */
  read(keys: readonly ResourceKey[]): Promise<readonly Found[]>;
  /** Resources that name one of the targets in one of their type's parameters; at most `count`, and up to `limits.pageCharactersMax`. */
  referring(wanted: Referring): Promise<readonly Found[]>;
}

export interface Referring {
  /** The types looked through, each with the parameters looked at. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly targets: readonly string[];
  readonly count: number;
}

export interface Included {
  readonly found: readonly Found[];
  /** `includes`: `limits.includesMax` or `pageCharactersMax` is reached, some are left out. `depth`: `:iterate` would have gone on. */
  readonly cut?: 'includes' | 'depth';
}

/**
 * What the includes add to a page of matches: each resource once, none that is a match. Includes with `:iterate` are followed from what was
 * included too, for `limits.includeDepthMax` rounds: "Servers are expected to limit the number of iterations done to an appropriate level".
 */
export async function collectIncludes(
  matches: readonly Found[],
  includes: readonly Include[],
  source: IncludeSource,
): Promise<Included> {
  const seen = new Set(matches.map(({ key }) => formatKey(key)));
  const collection: Collection = { seen, found: [], characters: 0, cut: false };
  const iterated = includes.filter((include) => include.iterate);
  let frontier = await follow(matches, includes, source, collection);
  for (let round = 0; round < limits.includeDepthMax && frontier.length > 0; round += 1) {
    frontier = await follow(frontier, iterated, source, collection);
  }
  const { found } = collection;
  if (collection.cut) return { found, cut: 'includes' };
  const beyond = await follow(frontier, iterated, source, { seen: new Set(seen), found: [], characters: 0, cut: false });
  return beyond.length > 0 ? { found, cut: 'depth' } : { found };
}

/** One round: what the includes find from the resources given, added to the collection. */
async function follow(
  from: readonly Found[],
  includes: readonly Include[],
  source: IncludeSource,
  collection: Collection,
): Promise<readonly Found[]> {
  if (from.length === 0 || includes.length === 0 || collection.cut) return [];
  const before = collection.found.length;
  await followForwards(from, includes, source, collection);
  for (const include of includes) {
    if (include.reverse) await followBackwards(from, include, source, collection);
  }
  return collection.found.slice(before);
}

interface Collection {
  readonly seen: Set<string>;
  readonly found: Found[];
  /** Of the texts found. */
  characters: number;
  cut: boolean;
}

async function followForwards(
  frontier: readonly Found[],
  includes: readonly Include[],
  source: IncludeSource,
  collection: Collection,
) {
  const wanted = new Map<string, ResourceKey>();
  for (const include of includes) {
    if (include.reverse) continue;
    for (const found of frontier) {
      if (include.source !== '*' && include.source !== found.key.type) continue;
      for (const target of targetsOf(found, include, source)) wanted.set(formatKey(target), target);
    }
  }
  const keys = [...wanted].filter(([name]) => !collection.seen.has(name)).map(([, key]) => key);
  if (keys.length > 0) keep(await source.read(keys), collection);
}

function targetsOf(found: Found, include: Include, source: IncludeSource): readonly ResourceKey[] {
  const parameters = include.parameter === '*' ? source.referenceParameters(found.key.type) : [include.parameter];
  return parameters
    .flatMap((parameter) => source.targets(found, parameter))
    .flatMap((target) => {
      const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(target) ?? [];
      if (type === undefined || id === undefined) return [];
      return include.target === undefined || include.target === type ? [{ type, id }] : [];
    });
}

async function followBackwards(frontier: readonly Found[], include: Include, source: IncludeSource, collection: Collection) {
  if (collection.cut) return;
  const pointedAt = frontier.filter(({ key }) => include.target === undefined || include.target === key.type);
  if (pointedAt.length === 0) return;
  const types = include.source === '*' ? source.types : [include.source];
  const parameters = new Map(
    types.map((type) => [type, include.parameter === '*' ? source.referenceParameters(type) : [include.parameter]] as const),
  );
  const names = new Set([...parameters.values()].flat());
  if (names.size * pointedAt.length > limits.includeTestsMax) {
    throw tooCostly(
      'So many reverse includes at once cost too much: name the parameter instead of `*`, or ask for a smaller _count.',
    );
  }
  // One more than fits, besides those that are there already, tells whether some are left out.
  const count = limits.includesMax + 1 + collection.seen.size - collection.found.length;
  keep(await source.referring({ parameters, targets: pointedAt.map(({ key }) => formatKey(key)), count }), collection);
}

function keep(found: readonly Found[], collection: Collection): void {
  for (const one of found) {
    const name = formatKey(one.key);
    if (collection.seen.has(name)) continue;
    if (collection.cut || collection.found.length >= limits.includesMax) {
      collection.cut = true;
      return;
    }
    collection.seen.add(name);
    collection.found.push(one);
    collection.characters += one.text.length;
    // What was asked for ended here too.
    collection.cut = collection.characters >= limits.pageCharactersMax;
  }
}
