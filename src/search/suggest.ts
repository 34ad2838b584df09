/** What a client may have meant, for error sentences. */
import type { Definitions } from '../definitions/definitions.ts';

/** Of a search parameter that a type does not have: that it soon will, or what was meant instead. */
export function aboutUnknown(types: readonly string[], code: string, known: Iterable<string>, definitions: Definitions): string {
  const coming = types.some((type) => definitions.isIndexing(type, code));
  if (!coming) return didYouMean(code, known);
  return ' It is new, and what is stored is still to be indexed by it (npm run -s cli -- reindex): until that is done it can not be searched by.';
}

/** ` Did you mean 'family'?`, or '' when nothing known is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const asked = name.slice(0, charactersMax).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(asked, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? '' : ` Did you mean '${best}'?`;
}

const charactersMax = 64;

/** Insertions, deletions and replacements from one text to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
