/** Value sets and code systems as sets of codes: the specification's, packed, and those of packages and of the store. */
import type { Resource } from '../fhir/types.ts';
import { openCodeSource } from './code-source.ts';
import type { CodeSet } from './definitions.ts';
import { type CodeHierarchy, openHierarchy } from './hierarchy.ts';
import type { PackedTerminology, PackedValueSet } from './packed.ts';
import {
  type CodeSource,
  type CodeSystemConcepts,
  type Codes,
  codeSystemConcepts,
  type RawCodeSystem,
  type RawValueSet,
  valueSetCodes,
} from './value-set.ts';

export interface Terminology {
  valueSet(canonical: string): CodeSet | undefined;
  codesOf(valueSet: Resource): CodeSet;
  codeSystem(url: string): CodeSet | undefined;
  codeHierarchy(url: string): CodeHierarchy | undefined;
}

/**
 * `readPacked` is called when a code is first asked for: many a start never needs one. Of several code systems or value sets with the same
 * URL the last counts, and the specification's before all.
 */
export function openTerminology(
  readPacked: () => PackedTerminology,
  codeSystems: readonly RawCodeSystem[],
  valueSets: readonly RawValueSet[],
): Terminology {
  let opened: Source | undefined;
  const open = (): Source => {
    opened ??= openSource(readPacked(), codeSystems, valueSets);
    return opened;
  };
  const sets = memoize((canonical): CodeSet | undefined => {
    const { source, about } = open();
    const codes = source.valueSet(canonical);
    return codes && openCodeSet({ ...about(canonical), url: canonical }, codes);
  });
  const systems = memoize((url): CodeSet | undefined => {
    const system = open().source.codeSystem(url);
    return system && openCodeSet({ url }, wholeSystem(system));
  });
  const hierarchies = memoize((url): CodeHierarchy | undefined => {
    const system = open().source.codeSystem(url);
    return system?.complete === true ? openHierarchy(system) : undefined;
  });
  return {
    valueSet: (canonical) => sets(canonical.replace(/\|.*$/, '')),
    codesOf(resource) {
      const set = resource as unknown as RawValueSet; // A ValueSet that has passed its base check.
      return openCodeSet(aboutOf(set), valueSetCodes(set, open().source));
    },
    codeSystem: systems,
    codeHierarchy: hierarchies,
  };
}

type About = Omit<CodeSet, 'complete' | 'has' | 'display' | 'codes'>;

interface Source {
  readonly source: CodeSource;
  /** What a value set is called. */
  about(canonical: string): About | undefined;
}

function openSource(packed: PackedTerminology, codeSystems: readonly RawCodeSystem[], valueSets: readonly RawValueSet[]): Source {
  // The specification's own definitions come last: nothing replaces them.
  const systems = new Map<string, RawCodeSystem | CodeSystemConcepts>(
    [...codeSystems, ...packed.codeSystems].map((system) => [system.url, system]),
  );
  const sets = new Map<string, RawValueSet | PackedValueSet>([...valueSets, ...packed.valueSets].map((set) => [set.url, set]));
  const read = memoize((url): CodeSystemConcepts | undefined => {
    const system = systems.get(url);
    return system !== undefined && 'resourceType' in system ? codeSystemConcepts(system) : system;
  });
  const source = openCodeSource({
    codeSystem: read,
    valueSet(canonical, own) {
      const set = sets.get(canonical);
      if (set === undefined) return undefined;
      return 'systems' in set ? openPacked(set, own) : valueSetCodes(set, own);
    },
  });
  return {
    source,
    about(canonical) {
      const set = sets.get(canonical);
      return set && aboutOf(set);
    },
  };
}

function aboutOf({ url, version, name, status }: RawValueSet | PackedValueSet): About {
  return {
    url,
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
  };
}

function openPacked({ complete, systems }: PackedValueSet, source: CodeSource): Codes {
  const open = Object.entries(systems).map(([url, concepts]): [string, ReadonlyMap<string, string>] => {
    const codes = concepts === '*' ? source.codeSystem(url)?.concepts : concepts;
    return [url, new Map((codes ?? []).map(([code, display]) => [code, display ?? '']))];
  });
  return { complete, systems: new Map(open) };
}

function wholeSystem({ url, complete, concepts }: CodeSystemConcepts): Codes {
  return { complete, systems: new Map([[url, new Map(concepts.map(([code, display]) => [code, display ?? '']))]]) };
}

function openCodeSet(about: About, { complete, systems }: Codes): CodeSet {
  const [first, ...others] = systems.values();
  return {
    ...about,
    complete,
    has: (code, system) =>
      system === undefined
        ? first?.has(code) === true || others.some((codes) => codes.has(code))
        : systems.get(system)?.has(code) === true,
    display: (code, system) => systems.get(system)?.get(code) || undefined,
    *codes() {
      for (const [system, codes] of systems) {
        for (const [code, display] of codes) yield { system, code, ...(display !== '' && { display }) };
      }
    },
  };
}

function memoize<V>(make: (key: string) => V | undefined): (key: string) => V | undefined {
  const made = new Map<string, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    if (value !== undefined) made.set(key, value);
    return value;
  };
}
