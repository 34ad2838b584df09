/** The codes of a value set as an expansion lists them: filtered, paged or nested. https://hl7.org/fhir/R4/valueset.html#expansion */
import type { CodeSet, Definitions } from '../../definitions/definitions.ts';
import type { JsonObject } from '../../fhir/types.ts';
import { fold } from '../../search/fold.ts';
import { type ConceptDetails, displayIn, readConcepts, textOf } from './concepts.ts';

export interface ExpansionOptions {
  readonly filter?: string;
  readonly count?: number;
  readonly offset: number;
  /** Codes beneath those that subsume them in their code system. */
  readonly nested: boolean;
  readonly designations: boolean;
  readonly activeOnly: boolean;
  readonly selectableOnly: boolean;
  readonly language?: string;
  readonly withoutSystems: readonly string[];
}

export interface Expanded {
  /** Codes that there are, on all pages. */
  readonly total: number;
  readonly contains: readonly JsonObject[];
  /** The code systems used, each with its version. */
  readonly versions: readonly string[];
}

interface Member {
  readonly system: string;
  readonly code: string;
  readonly display: string | undefined;
  readonly concept: ConceptDetails | undefined;
}

export function expandCodes(set: CodeSet, options: ExpansionOptions, definitions: Definitions): Expanded {
  const systems = openSystems(definitions);
  const members: Member[] = [];
  for (const { system, code, display } of set.codes()) {
    const concept = systems.concept(system, code);
    const member = { system, code, display: displayIn(options.language, concept, display), concept };
    if (isWanted(member, options)) members.push(member);
  }
  const shown = options.count === undefined && options.offset === 0 ? members : page(members, options);
  const contains = options.nested ? nest(shown, options, systems.concept) : shown.map((member) => format(member, options));
  return { total: members.length, contains, versions: systems.versions() };
}

type ConceptOf = (system: string, code: string) => ConceptDetails | undefined;

interface Systems {
  readonly concept: ConceptOf;
  readonly versions: () => readonly string[];
}

/** The code systems met, each read once. */
function openSystems(definitions: Definitions): Systems {
  const read = new Map<
    string,
    { readonly version: string | undefined; readonly concepts: ReadonlyMap<string, ConceptDetails> }
  >();
  const open = (url: string) => {
    const resource = definitions.conformance(url);
    const isSystem = resource?.resourceType === 'CodeSystem';
    const concepts: ReadonlyMap<string, ConceptDetails> = isSystem ? readConcepts(resource) : new Map();
    const system = { version: isSystem ? textOf(resource['version']) : undefined, concepts };
    read.set(url, system);
    return system;
  };
  return {
    concept: (url: string, code: string) => (read.get(url) ?? open(url)).concepts.get(code),
    versions: () => [...read].flatMap(([url, { version }]) => (version === undefined ? [] : [`${url}|${version}`])),
  };
}

function isWanted(member: Member, { filter, activeOnly, selectableOnly, withoutSystems }: ExpansionOptions): boolean {
  if (withoutSystems.includes(member.system)) return false;
  if (activeOnly && member.concept?.inactive === true) return false;
  if (selectableOnly && member.concept?.abstract === true) return false;
  return filter === undefined || matches(member, filter);
}

/** Every word of the filter stands somewhere in one of the code's texts, or the filter begins the code. */
function matches({ code, display, concept }: Member, filter: string): boolean {
  if (code.toLowerCase().startsWith(filter.trim().toLowerCase())) return true;
  const words = fold(filter)
    .split(' ')
    .filter((word) => word !== '');
  const texts = [display, concept?.display, ...(concept?.designations ?? []).map(({ value }) => textOf(value))];
  return words.length > 0 && texts.some((text) => text !== undefined && hasWords(fold(text), words));
}

function hasWords(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

function page(members: readonly Member[], { count, offset }: ExpansionOptions): readonly Member[] {
  return members.slice(offset, count === undefined ? undefined : offset + count);
}

/** Beneath the nearest code of the set that subsumes it; where several do, the first that its code system names. */
function nest(members: readonly Member[], options: ExpansionOptions, conceptOf: ConceptOf): readonly JsonObject[] {
  const known = new Map(members.map((member) => [keyOf(member.system, member.code), member]));
  const parents = new Map<Member, Member>();
  const beneath = new Map<Member | undefined, Member[]>();
  for (const member of members) {
    const parent = nearest(member, known, conceptOf);
    // A code system may have a circle; it is cut where it would close.
    const kept = parent === undefined || isAbove(member, parent, parents) ? undefined : parent;
    if (kept !== undefined) parents.set(member, kept);
    const list = beneath.get(kept);
    if (list === undefined) beneath.set(kept, [member]);
    else list.push(member);
  }
  const formatAll = (list: readonly Member[]): readonly JsonObject[] =>
    list.map((member) => {
      const inner = formatAll(beneath.get(member) ?? []);
      return inner.length === 0 ? format(member, options) : { ...format(member, options), contains: inner };
    });
  return formatAll(beneath.get(undefined) ?? []);
}

/** Level by level upwards, also through codes that are not in the set. */
function nearest(
  { system, code, concept }: Member,
  known: ReadonlyMap<string, Member>,
  conceptOf: ConceptOf,
): Member | undefined {
  const above = new Set(concept?.parents);
  for (const next of above) {
    const parent = known.get(keyOf(system, next));
    if (parent !== undefined && next !== code) return parent;
    for (const higher of conceptOf(system, next)?.parents ?? []) above.add(higher);
  }
  return undefined;
}

function isAbove(member: Member, below: Member, parents: ReadonlyMap<Member, Member>): boolean {
  for (let at: Member | undefined = below; at !== undefined; at = parents.get(at)) if (at === member) return true;
  return false;
}

function keyOf(system: string, code: string): string {
  return `${system}|${code}`;
}

function format({ system, code, display, concept }: Member, { designations }: ExpansionOptions): JsonObject {
  const given = concept?.designations ?? [];
  return {
    system,
    ...(concept?.abstract === true ? { abstract: true } : {}),
    ...(concept?.inactive === true ? { inactive: true } : {}),
    code,
    ...(display === undefined ? {} : { display }),
    ...(designations && given.length > 0 ? { designation: given } : {}),
  };
}
