/** Times of several ways to do something with the same texts, in one run, so that they can be compared on a machine that is not quiet. */

/** What is done with a text, by name. */
export type Ways = Readonly<Record<string, (text: string) => unknown>>;

/**
 * Microseconds that each way takes for a text on average. The ways take turns, all texts at a time; of each text's times the lower quartile
 * counts, so that what else the machine did falls out: on one that is busy even the median of a millisecond's work has a wait in it. The first
 * turns, in which code is still being compiled, count for nothing.
 */
export function interleave<W extends Ways>(ways: W, texts: readonly string[], rounds: number): Readonly<Record<keyof W, number>> {
  const names = Object.keys(ways) as (keyof W & string)[]; // As Object.keys gives them.
  const times = new Map(names.map((name) => [name, texts.map((): number[] => [])]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) takeTurn(ways[name] as Ways[string], texts, round < rounds / 3 ? undefined : times.get(name));
  }
  const average = (lists: readonly number[][]) => lists.reduce((sum, list) => sum + quantile(list, 0.25), 0) / lists.length;
  return Object.fromEntries(names.map((name) => [name, average(times.get(name) ?? []) * 1000])) as Record<keyof W, number>;
}

function takeTurn(way: (text: string) => unknown, texts: readonly string[], into: readonly number[][] | undefined): void {
  for (const [index, text] of texts.entries()) {
    const started = performance.now();
    way(text);
    const ms = performance.now() - started;
    into?.[index]?.push(ms);
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
