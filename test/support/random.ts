/** Chance that can be repeated: tests print the seed, and `SEED=…` runs them again as they were. */

export interface Random {
  below(limit: number): number;
  pick<T>(of: readonly T[]): T;
  chance(share: number): boolean;
  /** At most `most`, maybe none. */
  many<T>(most: number, make: () => T): readonly T[];
}

export function chooseSeed(environment: NodeJS.ProcessEnv = process.env): number {
  return Number(environment['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}

/** Mulberry32: small, and the same everywhere. */
export function openRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(of: readonly T[]) => of[below(of.length)] as T, // Lists here are never empty.
    chance: (share) => next() < share,
    many: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}
