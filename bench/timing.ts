/** Times of calls, in milliseconds. */

export function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

export async function timed(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

/** The median of what so many calls give, one after the other. */
export async function medianGiven(rounds: number, call: (round: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await call(round));
  return median(times);
}

/** The median time of so many calls, one after the other. */
export async function medianOf(rounds: number, call: (round: number) => Promise<unknown>): Promise<number> {
  return medianGiven(rounds, (round) => timed(() => call(round)));
}

/** A list in a random order: what one way leaves to the disk and to the caches slows down the next one. */
export function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** The medians of calls that are made in turns, in a new order each round. The first rounds are not counted. */
export async function inTurns<K extends string>(
  ways: Record<K, (round: number) => Promise<unknown>>,
  { warm, rounds }: { warm: number; rounds: number },
): Promise<Record<K, number>> {
  const names = Object.keys(ways) as K[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < warm + rounds; round++) {
    for (const name of shuffled(names)) {
      const time = await timed(() => ways[name](round));
      if (round >= warm) times.get(name)!.push(time);
    }
  }
  return Object.fromEntries([...times].map(([name, each]) => [name, median(each)])) as Record<K, number>;
}
