/** Which versions a caller may know of. */
import type { Criterion } from '../search/criterion.ts';
import { type Candidate, type Lookup, matches } from '../search/match.ts';

/**
 * A version is visible when it is inside the border and the resource's last undeleted version is too: a report filed under patient A by
 * mistake and moved to B is gone for A as a whole, and B never sees the versions that were A's.
 */
export function isVisible(version: Candidate, lastUndeleted: Candidate, allowed: Criterion, lookup: Lookup): boolean {
  return matches(allowed, version, lookup) && (version === lastUndeleted || matches(allowed, lastUndeleted, lookup));
}
