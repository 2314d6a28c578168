/** Measuring several ways to do the same thing in one run, in batches that alternate between them. */

import { median, shuffled } from './timing.ts';

/** One of the ways. */
export interface Way {
  readonly name: string;
  /** Does it for the i-th time. */
  once(i: number): Promise<void>;
}

/** What each took: medians, in milliseconds. */
export interface Took {
  name: string;
  wall: number;
  /** Of CPU. */
  cpu: number;
}

/** Runs `batch` times of each way in a new order each round; the first round prepares the ground and does not count. */
export async function alternate(ways: readonly Way[], rounds: number, batch: number): Promise<Took[]> {
  const walls = new Map<Way, number[]>(ways.map((way) => [way, []]));
  const cpus = new Map<Way, number[]>(ways.map((way) => [way, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const way of shuffled(ways)) {
      const [begun, cpu] = [performance.now(), process.cpuUsage()];
      for (let i = 0; i < batch; i++) await way.once(round * batch + i);
      const { user, system } = process.cpuUsage(cpu);
      if (round === 0) continue;
      walls.get(way)!.push((performance.now() - begun) / batch);
      cpus.get(way)!.push((user + system) / 1000 / batch);
    }
  }
  return ways.map((way) => ({
    name: way.name,
    wall: median(walls.get(way)!),
    cpu: median(cpus.get(way)!),
  }));
}

/** Prints a table, the first way being what the others are compared with. */
export function printTook(rows: readonly Took[]): void {
  console.log(`| storage | updates saved in a second | ms of CPU for each | time ÷ ${rows[0]!.name} |`);
  console.log('|---|---|---|---|');
  for (const { name, wall, cpu } of rows) {
    const ratio = wall / rows[0]!.wall;
    console.log(`| ${name} | ${(1000 / wall).toFixed(0)} | ${cpu.toFixed(3)} | ${ratio.toFixed(2)} |`);
  }
}
