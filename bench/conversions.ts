/** W9c: many SQLite files converted: by the library in a loop, and by the command line with one worker and several. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { read, write } from 'tgsession/formats';
import { ours } from './stores.ts';

const MAIN = join(import.meta.dirname, '../dist/cli/main.js');
const CHANNELS = 100;

/** Converts all files of a folder into another one, and gives the milliseconds that it took. */
type Way = { name: string; run(source: string, target: string, files: number): Promise<number> };

const loop: Way = {
  name: 'library, one after the other, not synced',
  async run(source, target, files) {
    mkdirSync(target);
    const begun = performance.now();
    for (let i = 0; i < files; i++) {
      const { snapshots } = await read({ path: join(source, `${i}.session`) });
      const written = await write(snapshots, 'telethon-v1-sqlite');
      writeFileSync(join(target, `${i}.session`), written.files.get('')!, { mode: 0o600 });
    }
    return performance.now() - begun;
  },
};

function commandLine(workers: number): Way {
  return {
    name: workers === 1 ? 'command line, 1 worker' : `command line, ${workers} workers`,
    async run(source, target) {
      const args = ['convert', source, '--to', 'telethon-v1-sqlite', '-o', target, '--workers', `${workers}`];
      const begun = performance.now();
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
        stdio: 'ignore',
      });
      return performance.now() - begun;
    },
  };
}

/** Prints the table. */
export async function conversions(folder: string, files: number, rounds: number): Promise<void> {
  const source = join(folder, 'conversions');
  mkdirSync(source);
  for (let i = 0; i < files; i++) await ours.w4(join(source, `${i}.session`), CHANNELS);
  const ways = [loop, ...[1, 2, 4].map(commandLine)];
  const times = new Map<Way, number[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    // In another order each round: what one leaves to the disk slows down the next one.
    const order = [...ways.slice(round % ways.length), ...ways.slice(0, round % ways.length)];
    for (const way of order) {
      const target = join(folder, 'converted');
      times.get(way)!.push(await way.run(source, target, files));
      rmSync(target, { recursive: true });
    }
  }
  rmSync(source, { recursive: true });

  const median = (way: Way) => times.get(way)!.toSorted((a, b) => a - b)[rounds >> 1]!;
  const one = median(ways[1]!);
  console.log(
    `\n**W9c: ${files} SQLite files of ${CHANNELS} channels, telethon-v2-sqlite to telethon-v1-sqlite** (${availableParallelism()} processors)\n`,
  );
  console.log('| | ms | ms per file | ÷ 1 worker |\n|---|---|---|---|');
  for (const way of ways) {
    const time = median(way);
    const cells = [way.name, time.toFixed(0), (time / files).toFixed(2), (time / one).toFixed(2)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
