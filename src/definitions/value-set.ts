/** From a ValueSet to its codes, as far as the code systems at hand go. https://hl7.org/fhir/R4/valueset.html#compositions */
import { limits } from '../fhir/limits.ts';

/** A code system's concepts, in the order published. */
export interface CodeSystemConcepts {
  readonly url: string;
  /** False: other codes than these exist. */
  readonly complete: boolean;
  readonly caseSensitive: boolean;
  readonly concepts: readonly Concept[];
}

/** `[code]`, `[code, display]` or `[code, display, positions of the parents]`; an empty display is none. */
export type Concept = readonly [code: string, display?: string, parents?: readonly number[]];

/** Codes by system, each with its display; not complete when some may be missing. */
export interface Codes {
  readonly complete: boolean;
  readonly systems: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Where codes come from: `code-source.ts` opens one. */
export interface CodeSource {
  codeSystem(url: string): CodeSystemConcepts | undefined;
  /** A value set that is being followed already is not complete, so that one that contains itself ends. */
  valueSet(canonical: string): Codes | undefined;
  /** The display of a code in its system; empty when there is none. */
  display(system: string, code: string): string;
}

/** The parts of R4's CodeSystem and ValueSet that are read here. */
export interface RawCodeSystem {
  readonly resourceType: 'CodeSystem';
  readonly url: string;
  readonly content: 'complete' | 'not-present' | 'example' | 'fragment' | 'supplement';
  readonly caseSensitive?: boolean;
  readonly concept?: readonly RawConcept[];
}

interface RawConcept {
  readonly code: string;
  readonly display?: string;
  readonly concept?: readonly RawConcept[];
  readonly property?: readonly { readonly code: string; readonly valueCode?: string }[];
}

export interface RawValueSet {
  readonly resourceType: 'ValueSet';
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly status?: string;
  readonly compose?: { readonly include: readonly Include[]; readonly exclude?: readonly Include[] };
  readonly expansion?: { readonly extension?: readonly { readonly url: string }[]; readonly contains?: readonly Contains[] };
}

interface Include {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string; readonly display?: string }[];
  readonly filter?: readonly Filter[];
  readonly valueSet?: readonly string[];
}

interface Filter {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}

interface Contains {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
  readonly contains?: readonly Contains[];
}

type CodeMap = Map<string, Map<string, string>>;

const truncated = /\/valueset-(toocostly|unclosed)$/;
/** Of what nothing is known, or too much. */
export const unknownCodes: Codes = { complete: false, systems: new Map() };

/**
 * The codes of a value set: its expansion where it brings one, otherwise what its definition comes down to. A part that cannot be followed
 * (an unknown code system, a filter only a terminology server can run) is left out, and the result is not complete; nor is that of a
 * definition that looks at more than `limits.valueSetStepsMax` codes.
 */
export function valueSetCodes(set: RawValueSet, source: CodeSource): Codes {
  return set.expansion === undefined ? composedCodes(set, { source, steps: 0 }) : expandedCodes(set.expansion, source);
}

/** One value set on its way to its codes. */
interface Work {
  readonly source: CodeSource;
  /** Codes looked at. */
  steps: number;
}

/** A code system's concepts with their parents, from nesting and from the properties `parent`, `subsumedBy` and `child`. */
export function codeSystemConcepts({ url, content, caseSensitive, concept }: RawCodeSystem): CodeSystemConcepts {
  const flat = flatten(concept ?? [], undefined);
  const positions = new Map(flat.map(([{ code }], position) => [code, position]));
  const stated = statedParents(flat.map(([raw]) => raw));
  const concepts = flat.map(([raw, parent]): Concept => {
    const above = parent === undefined ? (stated.get(raw.code) ?? []) : [parent, ...(stated.get(raw.code) ?? [])];
    const parents = new Set(above.flatMap((code) => positions.get(code) ?? []));
    parents.delete(positions.get(raw.code) ?? -1);
    return formatConcept(raw.code, raw.display ?? '', [...parents]);
  });
  return { url, complete: content === 'complete', caseSensitive: caseSensitive ?? true, concepts };
}

/** By code, the parents that properties state, on the concept itself or on the parent. */
function statedParents(concepts: readonly RawConcept[]): ReadonlyMap<string, readonly string[]> {
  const stated = new Map<string, string[]>();
  for (const { code, property } of concepts) {
    for (const { code: name, valueCode } of property ?? []) {
      if (valueCode === undefined) continue;
      if (name === 'subsumedBy' || name === 'parent') append(stated, code, valueCode);
      else if (name === 'child') append(stated, valueCode, code);
    }
  }
  return stated;
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

export function formatConcept(code: string, display: string, parents: readonly number[] = []): Concept {
  if (parents.length > 0) return [code, display, parents];
  return display === '' ? [code] : [code, display];
}

function flatten(
  concepts: readonly RawConcept[],
  parent: string | undefined,
  found: [RawConcept, string | undefined][] = [],
): [RawConcept, string | undefined][] {
  for (const concept of concepts) {
    found.push([concept, parent]);
    flatten(concept.concept ?? [], concept.code, found);
  }
  return found;
}

function expandedCodes({ extension, contains }: NonNullable<RawValueSet['expansion']>, source: CodeSource): Codes {
  const systems: CodeMap = new Map();
  const add = (items: readonly Contains[]): void => {
    for (const { system, code, display, contains: inner } of items) {
      if (system !== undefined && code !== undefined) codesOf(systems, system).set(code, display ?? source.display(system, code));
      add(inner ?? []);
    }
  };
  add(contains ?? []);
  return { complete: !(extension ?? []).some(({ url }) => truncated.test(url)), systems };
}

function composedCodes({ compose }: RawValueSet, work: Work): Codes {
  if (compose === undefined) return unknownCodes;
  const included = union(compose.include, work);
  const excluded = union(compose.exclude ?? [], work);
  const systems: CodeMap = new Map();
  for (const [system, codes] of included.systems) {
    for (const [code, display] of codes)
      if (!excluded.systems.get(system)?.has(code)) codesOf(systems, system).set(code, display);
  }
  return { complete: included.complete && excluded.complete, systems };
}

function union(includes: readonly Include[], work: Work): Codes {
  const systems: CodeMap = new Map();
  let complete = true;
  for (const include of includes) {
    if (work.steps > limits.valueSetStepsMax) return { complete: false, systems };
    const part = includedCodes(include, work);
    complete &&= part.complete;
    work.steps += 1;
    for (const [system, codes] of part.systems) {
      work.steps += codes.size;
      for (const [code, display] of codes) codesOf(systems, system).set(code, display);
    }
  }
  return { complete, systems };
}

/** "All the conditions apply" within one include: the codes of its system that are in every value set it names. */
function includedCodes({ system, concept, filter, valueSet }: Include, work: Work): Codes {
  const { source } = work;
  const parts = (valueSet ?? []).map((canonical) => source.valueSet(canonical.replace(/\|.*$/, '')) ?? unknownCodes);
  if (system !== undefined && concept !== undefined) parts.push(listedCodes(system, concept, source));
  else if (system !== undefined) parts.push(systemCodes(system, filter ?? [], work));
  const [first, ...others] = parts;
  return first === undefined ? unknownCodes : others.reduce(intersection, first);
}

function listedCodes(system: string, concepts: NonNullable<Include['concept']>, source: CodeSource): Codes {
  const codes = new Map(concepts.map(({ code, display }) => [code, display ?? source.display(system, code)]));
  return { complete: true, systems: new Map([[system, codes]]) };
}

function systemCodes(url: string, filters: readonly Filter[], work: Work): Codes {
  const system = work.source.codeSystem(url);
  if (system === undefined) return unknownCodes;
  work.steps += system.concepts.length * filters.length;
  const selections = filters.map((filter) => selectConcepts(system.concepts, filter));
  if (selections.includes(undefined)) return unknownCodes;
  const chosen = system.concepts.filter((_, position) => selections.every((selection) => selection?.has(position)));
  return {
    complete: system.complete,
    systems: new Map([[url, new Map(chosen.map(([code, display]) => [code, display ?? '']))]]),
  };
}

/** The positions a filter over the hierarchy selects; undefined for another filter. https://hl7.org/fhir/R4/valueset-filter-operator.html */
function selectConcepts(concepts: readonly Concept[], { op, property, value }: Filter): ReadonlySet<number> | undefined {
  const root = concepts.findIndex(([code]) => code === value);
  if (property !== 'concept' || root < 0) return undefined;
  const beneath = descendants(concepts, root);
  if (op === 'descendent-of') return beneath;
  const whole = new Set([root, ...beneath]);
  if (op === 'is-a') return whole;
  return op === 'is-not-a' ? new Set([...concepts.keys()].filter((position) => !whole.has(position))) : undefined;
}

function descendants(concepts: readonly Concept[], root: number): ReadonlySet<number> {
  const children = concepts.map((): number[] => []);
  for (const [position, [, , parents]] of concepts.entries())
    for (const parent of parents ?? []) children[parent]?.push(position);
  const found = new Set(children[root] ?? []);
  for (const position of found) for (const child of children[position] ?? []) found.add(child);
  found.delete(root);
  return found;
}

function intersection(a: Codes, b: Codes): Codes {
  const systems: CodeMap = new Map();
  for (const [system, codes] of a.systems) {
    for (const [code, display] of codes) if (b.systems.get(system)?.has(code)) codesOf(systems, system).set(code, display);
  }
  return { complete: a.complete && b.complete, systems };
}

function codesOf(systems: CodeMap, system: string): Map<string, string> {
  const codes = systems.get(system) ?? new Map<string, string>();
  systems.set(system, codes);
  return codes;
}
