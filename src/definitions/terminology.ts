/** Value sets and code systems as sets of codes: the specification's, packed, and those that packages bring. */
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
  codeSystem(url: string): CodeSet | undefined;
  codeHierarchy(url: string): CodeHierarchy | undefined;
}

/** `readPacked` is called when a code is first asked for: many a start never needs one. */
export function openTerminology(
  readPacked: () => PackedTerminology,
  codeSystems: readonly RawCodeSystem[],
  valueSets: readonly RawValueSet[],
): Terminology {
  let source: CodeSource | undefined;
  const open = (): CodeSource => {
    source ??= openSource(readPacked(), codeSystems, valueSets);
    return source;
  };
  const sets = memoize((canonical): CodeSet | undefined => {
    const codes = open().valueSet(canonical, new Set());
    return codes && openCodeSet(canonical, codes);
  });
  const systems = memoize((url): CodeSet | undefined => {
    const system = open().codeSystem(url);
    return system && openCodeSet(url, wholeSystem(system));
  });
  const hierarchies = memoize((url): CodeHierarchy | undefined => {
    const system = open().codeSystem(url);
    return system?.complete === true ? openHierarchy(system) : undefined;
  });
  return { valueSet: (canonical) => sets(canonical.replace(/\|.*$/, '')), codeSystem: systems, codeHierarchy: hierarchies };
}

function openSource(
  packed: PackedTerminology,
  codeSystems: readonly RawCodeSystem[],
  valueSets: readonly RawValueSet[],
): CodeSource {
  // The specification's own definitions come last: nothing replaces them.
  const systems = new Map([...codeSystems.map(codeSystemConcepts), ...packed.codeSystems].map((system) => [system.url, system]));
  const sets = new Map<string, RawValueSet | PackedValueSet>([...valueSets, ...packed.valueSets].map((set) => [set.url, set]));
  const source: CodeSource = {
    codeSystem: (url) => systems.get(url),
    valueSet(canonical, visited) {
      const set = sets.get(canonical);
      if (set === undefined) return undefined;
      return 'systems' in set ? openPacked(set, source) : valueSetCodes(set, source, visited);
    },
  };
  return source;
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

function openCodeSet(url: string, { complete, systems }: Codes): CodeSet {
  return {
    url,
    complete,
    has: (code, system) =>
      system === undefined ? [...systems.values()].some((codes) => codes.has(code)) : systems.get(system)?.has(code) === true,
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
