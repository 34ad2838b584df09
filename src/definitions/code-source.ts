/** Where value sets find their codes: code systems and other value sets, each followed once. */
import { type CodeSource, type CodeSystemConcepts, type Codes, unknownCodes } from './value-set.ts';

export interface CodeOrigins {
  codeSystem(url: string): CodeSystemConcepts | undefined;
  /** The codes of a value set, found by way of `source`. */
  valueSet(canonical: string, source: CodeSource): Codes | undefined;
}

export function openCodeSource({ codeSystem, valueSet }: CodeOrigins): CodeSource {
  const sets = new Map<string, Codes>();
  const displays = new Map<string, ReadonlyMap<string, string>>();
  const follow = (canonical: string): Codes | undefined => {
    // Until it is known, and for every set on a circle with it, what it holds is not.
    sets.set(canonical, unknownCodes);
    const codes = valueSet(canonical, source);
    if (codes === undefined) sets.delete(canonical);
    else sets.set(canonical, codes);
    return codes;
  };
  const displaysOf = (system: string): ReadonlyMap<string, string> => {
    const known = displays.get(system);
    if (known !== undefined) return known;
    const concepts = codeSystem(system)?.concepts;
    const made = new Map((concepts ?? []).map(([code, display]) => [code, display ?? '']));
    if (concepts !== undefined) displays.set(system, made);
    return made;
  };
  const source: CodeSource = {
    codeSystem,
    valueSet: (canonical) => sets.get(canonical) ?? follow(canonical),
    display: (system, code) => displaysOf(system).get(code) ?? '',
  };
  return source;
}
