/** Code systems and value sets of the specification, without the codes that are licensed. */
import { openCodeSource } from './code-source.ts';
import { isLicensed, isLicensedCode } from './licensed.ts';
import type { PackedTerminology, PackedValueSet } from './packed.ts';
import {
  type CodeSource,
  type CodeSystemConcepts,
  type Concept,
  codeSystemConcepts,
  formatConcept,
  type RawCodeSystem,
  type RawValueSet,
  valueSetCodes,
} from './value-set.ts';

/** Takes the code systems, the value sets, and the published expansions of some of them (HL7's own answer where filters are beyond us). */
export function packTerminology(
  codeSystems: readonly RawCodeSystem[],
  valueSets: readonly RawValueSet[],
  expansions: readonly RawValueSet[],
): PackedTerminology {
  const kept = codeSystems.filter(
    ({ url, content }) => !isLicensed(url) && content !== 'supplement' && content !== 'not-present',
  );
  const systems = new Map(kept.map((system) => [system.url, withoutLicensed(codeSystemConcepts(system))]));
  const sets = new Map([...valueSets, ...expansions].map((set) => [set.url, set]));
  const source = openCodeSource({
    codeSystem: (url) => systems.get(url),
    valueSet: (canonical, own) => {
      const set = sets.get(canonical);
      return set && valueSetCodes(set, own);
    },
  });
  return {
    valueSets: [...sets.values()].map((set) => packValueSet(set, source)).sort(byUrl),
    codeSystems: [...systems.values()].sort(byUrl),
  };
}

function withoutLicensed(system: CodeSystemConcepts): CodeSystemConcepts {
  const concepts = system.concepts.filter(([code]) => !isLicensedCode(system.url, code));
  if (concepts.length === system.concepts.length) return system;
  const position = new Map(concepts.map((concept, index) => [concept, index]));
  const moved = (parents: readonly number[]): readonly number[] =>
    parents.flatMap((parent) => position.get(system.concepts[parent] ?? ['']) ?? []);
  return {
    ...system,
    concepts: concepts.map(([code, display, parents]) => formatConcept(code, display ?? '', moved(parents ?? []))),
  };
}

function byUrl(a: { readonly url: string }, b: { readonly url: string }): number {
  return a.url < b.url ? -1 : 1;
}

function packValueSet(set: RawValueSet, source: CodeSource): PackedValueSet {
  const { complete, systems } = valueSetCodes(set, source);
  const open = [...systems].flatMap(([system, codes]): [string, ReadonlyMap<string, string>][] => {
    const kept = [...codes].filter(([code]) => !isLicensedCode(system, code));
    return kept.length === 0 ? [] : [[system, new Map(kept)]];
  });
  const whole = open.length === systems.size && open.every(([system, codes]) => codes.size === systems.get(system)?.size);
  const shown = open.every(([system]) => source.codeSystem(system)?.complete !== false);
  const { url, version, name, status } = set;
  return {
    url,
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
    complete: complete && whole && shown,
    systems: Object.fromEntries(open.map(([system, codes]) => [system, packCodes(codes, source.codeSystem(system))])),
  };
}

/** `*` when they are all the codes of a packed code system, which they mostly are. */
function packCodes(codes: ReadonlyMap<string, string>, system: CodeSystemConcepts | undefined): readonly Concept[] | '*' {
  const whole =
    system !== undefined && system.concepts.length === codes.size && system.concepts.every(([code]) => codes.has(code));
  return whole ? '*' : [...codes].map(([code, display]) => formatConcept(code, display));
}
