/**
 * `npm run bench`: the workloads of the project side by side, interleaved in one run, as medians and ratios. Absolute
 * times are this machine's of this minute; compare the ratios.
 */

import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clients } from './clients.ts';
import { conversions } from './conversions.ts';
import { importTimes } from './imports.ts';
import { millionPeers } from './million-peers.ts';
import { limit, limitArrays, type OpenStore, ours, type Store, telethonV1 } from './stores.ts';
import { postgresStores } from './stores-postgres.ts';
import { redisStores } from './stores-redis.ts';
import { stringRates } from './strings.ts';
import { saveCosts } from './system-calls.ts';
import { median, shuffled } from './timing.ts';

const SIZES = [0, 100, 1000, 10_000];
const quick = process.argv.includes('--quick');
const folder = mkdtempSync(join(import.meta.dirname, '.files-'));

function format(ms: number): string {
  if (Number.isNaN(ms)) return '-';
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}

/** A row for each size, a column for each store, and our ratio to the limits. */
function table(
  title: string,
  rows: Map<number, Map<Store, number[]>>,
  stores: Store[],
  limits: Store[],
): void {
  console.log(`\n**${title}**\n`);
  const heads = limits.map((store) => `tgsession ÷ ${store.name}`);
  console.log(`| n | ${[...stores.map(({ name }) => name), ...heads].join(' | ')} |`);
  console.log(`|---${'|---'.repeat(stores.length + limits.length)}|`);
  for (const [n, times] of rows) {
    const of = (store: Store) => median(times.get(store) ?? []);
    const ratios = limits.map((store) => (of(store) > 0 ? (of(ours) / of(store)).toFixed(2) : '-'));
    console.log(`| ${n} | ${[...stores.map((store) => format(of(store))), ...ratios].join(' | ')} |`);
  }
}

/**
 * Runs a workload of every store in turn, in a new order each round, and gives the times by store: what a store leaves
 * to the disk and to the caches slows down the next one.
 */
async function inTurn(
  stores: Store[],
  rounds: number,
  run: (store: Store, round: number) => Promise<number | number[]>,
): Promise<Map<Store, number[]>> {
  const times = new Map<Store, number[]>(stores.map((store) => [store, []]));
  for (let round = 0; round < rounds; round++) {
    for (const store of shuffled(stores)) times.get(store)!.push(...[await run(store, round)].flat());
  }
  return times;
}

const others = telethonV1();
const savers = [ours, limit, ...(others === null ? [] : [others])];
const readers = [ours, limit, limitArrays, ...(others === null ? [] : [others])];
let made = 0;
const newPath = () => join(folder, `s${made++}.session`);

async function file(store: Store, n: number): Promise<string> {
  const path = newPath();
  await store.w4(path, n);
  return path;
}

try {
  console.log(`Node.js ${process.version}, SQLite ${process.versions.sqlite}; medians in ms.`);
  if (others === null) console.log("Debian's python3-telethon is not here, so Telethon 1 is left out.");

  const w: Record<'w1' | 'w2' | 'w3' | 'w6', Map<number, Map<Store, number[]>>> = {
    w1: new Map(),
    w2: new Map(),
    w3: new Map(),
    w6: new Map(),
  };
  for (const n of SIZES) {
    const open = new Map<Store, OpenStore>();
    for (const store of savers) {
      const opened = await store.open(await file(store, n), n);
      // The first saves of a run prepare the ground (journal, statements); they are no W1.
      for (let i = 0; i < 5; i++) await opened.w2(i);
      open.set(store, opened);
    }
    const rounds = quick ? 5 : 40;
    const batch = 10;
    const many = (call: (opened: OpenStore, i: number) => Promise<number>) =>
      inTurn(savers, rounds, async (store, round) => {
        const times = [];
        for (let i = 0; i < batch; i++) times.push(await call(open.get(store)!, round * batch + i));
        return times;
      });
    if (n > 0) w.w1.set(n, await many((opened, i) => opened.w1(i)));
    w.w2.set(n, await many((opened, i) => opened.w2(i)));
    w.w3.set(n, await many((opened) => opened.w3()));
    for (const opened of open.values()) await opened.w6();
    w.w6.set(
      n,
      await inTurn(savers, quick ? 3 : 15, async (store) => {
        const opened = await store.open(await file(store, n), n);
        for (let i = 0; i < 3; i++) await (n > 0 ? opened.w1(i) : opened.w2(i));
        return opened.w6();
      }),
    );
  }
  table('W1: one channel changed, save', w.w1, savers, [limit]);
  table('W2: pts and date changed, save', w.w2, savers, [limit]);
  table('W3: nothing changed, save', w.w3, savers, []);

  const w4 = new Map<number, Map<Store, number[]>>();
  for (const n of SIZES) w4.set(n, await inTurn(savers, quick ? 3 : 25, (store) => store.w4(newPath(), n)));
  table('W4: first full save (open, load, save)', w4, savers, [limit]);

  const w5 = new Map<number, Map<Store, number[]>>();
  for (const n of SIZES) {
    const paths = new Map<Store, string>();
    for (const store of readers) paths.set(store, await file(store, n));
    w5.set(n, await inTurn(readers, quick ? 20 : 200, (store) => store.w5(paths.get(store)!)));
  }
  table('W5: open and load', w5, readers, [limit, limitArrays]);
  table('W6: close after saves', w.w6, savers, []);

  const w7 = new Map<number, Map<Store, number[]>>();
  const files = quick ? 100 : 1000;
  for (const n of [0, 100, 1000]) {
    const paths = new Map<Store, string[]>();
    for (const store of readers) {
      const sub = join(folder, `w7-${made++}`);
      mkdirSync(sub);
      paths.set(store, []);
      for (let i = 0; i < files; i++) {
        const path = join(sub, `${i}.session`);
        await store.w4(path, n);
        paths.get(store)!.push(path);
      }
    }
    w7.set(n, await inTurn(readers, quick ? 2 : 5, (store) => store.w7(paths.get(store)!)));
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
  }
  table(`W7: ${files} files, each opened, loaded and closed`, w7, readers, [limit, limitArrays]);

  console.log('\n**W8: bytes on disk after close**\n');
  console.log(`| n | ${savers.map(({ name }) => name).join(' | ')} |\n|---${'|---'.repeat(savers.length)}|`);
  for (const n of SIZES) {
    const sizes = [];
    for (const store of savers) sizes.push(statSync(await file(store, n)).size.toLocaleString('en'));
    console.log(`| ${n} | ${sizes.join(' | ')} |`);
  }

  stringRates();
  await conversions(folder, quick ? 100 : 1000, quick ? 2 : 5);
  millionPeers(folder);
  saveCosts(folder);
  await clients(folder, quick);
  await importTimes();
  await redisStores(quick);
  await postgresStores(quick);
} finally {
  others?.end();
  rmSync(folder, { recursive: true, force: true });
}
