/** What is beneath and above a code in its code system. https://hl7.org/fhir/R4/codesystem.html#hierarchy */
import type { CodeSystemConcepts, Concept } from './value-set.ts';

export interface CodeHierarchy {
  /** The code as the system writes it, and every code it subsumes; undefined when the system has no such code. */
  below(code: string): readonly string[] | undefined;
  /** The code as the system writes it, and every code that subsumes it. */
  above(code: string): readonly string[] | undefined;
}

/** Codes are found without case, as search compares them; where the system has two that differ only in case, by the exact one first. */
export function openHierarchy({ concepts }: CodeSystemConcepts): CodeHierarchy {
  const parents = concepts.map(([, , positions]) => positions ?? []);
  const children = concepts.map((): number[] => []);
  for (const [position, above] of parents.entries()) for (const parent of above) children[parent]?.push(position);
  const find = finder(concepts);
  const reach = (code: string, links: readonly (readonly number[])[]): readonly string[] | undefined => {
    const start = find(code);
    return start === undefined ? undefined : [...reachable(start, links)].flatMap((position) => concepts[position]?.[0] ?? []);
  };
  return { below: (code) => reach(code, children), above: (code) => reach(code, parents) };
}

function finder(concepts: readonly Concept[]): (code: string) => number | undefined {
  const exact = new Map(concepts.map(([code], position) => [code, position]));
  const folded = new Map(concepts.map(([code], position) => [code.toLowerCase(), position]));
  return (code) => exact.get(code) ?? folded.get(code.toLowerCase());
}

/** The position itself first. A system may have a code under several others, and even under itself. */
function reachable(start: number, links: readonly (readonly number[])[]): ReadonlySet<number> {
  const found = new Set([start]);
  for (const position of found) for (const next of links[position] ?? []) found.add(next);
  return found;
}
