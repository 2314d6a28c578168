import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { STORE_PLACES, workerStore } from '../support/store-places.ts';
import { holdings, overlaps, type StoreWorker } from '../support/store-workers.ts';

const PROCESSES = 4;
const ROUNDS = 5;
const TTL = 1000;

/** The one that said last that it holds the session. */
function holderAmong(workers: readonly StoreWorker[]): StoreWorker {
  const lastHeld = (worker: StoreWorker) => worker.all('holds').at(-1)?.at ?? 0;
  return workers.reduce((a, b) => (lastHeld(b) > lastHeld(a) ? b : a));
}

test.for(STORE_PLACES)(
  'of processes that fight for a session, and are killed and stopped, two never hold it at once: %s',
  async ([title, place], { skip }) => {
    if (place.isMissing) skip();
    const { worker, store } = await workerStore(place, { lease: { ttl: TTL } });
    const all: StoreWorker[] = [];
    const start = async () => {
      const one = await worker();
      all.push(one);
      one.tell('fight', 'alice');
      return one;
    };
    const alive = await Promise.all(Array.from({ length: PROCESSES }, start));
    let [kills, stops] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(200 + Math.random() * 500);
      // Mostly the holder, for whom it matters most.
      const victim =
        Math.random() < 0.8 ? holderAmong(alive) : alive[Math.floor(Math.random() * alive.length)]!;
      if (round % 2 === 0) {
        await victim.kill();
        kills++;
        alive[alive.indexOf(victim)] = await start();
      } else {
        victim.signal('SIGSTOP');
        stops++;
        await sleep(TTL * (0.5 + 1.5 * Math.random()));
        victim.signal('SIGCONT');
      }
    }
    await sleep(TTL);
    for (const one of alive) await one.kill();

    const held = holdings(all);
    expect(overlaps(held)).toEqual([]);
    const events = all
      .flatMap((one, i) => one.said.map((said) => ({ ...said, by: `process ${i}` })))
      .filter(({ event }) => event === 'saved' || event === 'loaded')
      .sort((a, b) => a.at - b.at);
    let pts = 0;
    for (const { event, by, pts: found } of events) {
      // A save that was under way when its process was killed may have come about, and is found by the next one.
      if (event === 'loaded') expect(found, `${by} found an older number`).toBeGreaterThanOrEqual(pts);
      else expect(found, `${by} wrote over a newer number`).toBe(pts + 1);
      pts = found!;
    }
    for (const one of all) expect(one.all('broken')).toEqual([]);
    const lost = all.flatMap((one) => one.all('failed'));
    for (const { code } of lost) expect(['LEASE_LOST', 'HELD']).toContain(code);
    console.info(
      `${title}: ${kills} kills and ${stops} stops; ${held.length} holds, ${events.length - held.length} saves, ${lost.length} leases lost`,
    );
    expect((await store.info('alice'))!.savedAt).not.toBeNull();
  },
);
