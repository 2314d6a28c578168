import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { STORE_PLACES, workerStore } from '../support/store-places.ts';
import { type Said, StoreWorker } from '../support/store-workers.ts';

const PROCESSES = 4;
const SESSIONS = 1000;
const EACH = SESSIONS / PROCESSES;

/** From when to when one process used a session, with its number then. */
interface Use {
  began: Said;
  /** Null for one that uses it still. */
  ended: Said | null;
}

/** What processes did with each session, in order. */
function usesOf(workers: readonly StoreWorker[]): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const worker of workers) {
    const ended = new Map(worker.all('ended').map((one) => [one.name!, one]));
    for (const began of worker.all('began')) {
      const list = uses.get(began.name!) ?? [];
      uses.set(began.name!, [...list, { began, ended: ended.get(began.name!) ?? null }]);
    }
  }
  for (const list of uses.values()) list.sort((a, b) => a.began.at - b.began.at);
  return uses;
}

// One client of each database: what differs between two clients of Redis is not what this is about.
test.for(STORE_PLACES.slice(0, 2))(
  `${SESSIONS} sessions move from process to process with each one in use once at most, and nothing lost: %s`,
  async ([title, place], { skip }) => {
    if (place.isMissing) skip();
    const { store, where } = await workerStore(place, {});
    const workers: StoreWorker[] = [];
    const start = (i: number) => {
      const worker = new StoreWorker(place.kind, place.url, where, [i * EACH, EACH], 'rolling-worker.ts');
      workers.push(worker);
      return worker;
    };
    const old = Array.from({ length: PROCESSES }, (_, i) => start(i));
    for (const worker of old) await worker.next('ready');

    for (const [i, before] of old.entries()) {
      const successor = start(i);
      await successor.next('waiting');
      await sleep(500); // so that it has asked for all of them, and waits
      before.signal('SIGTERM');
      expect(await before.end()).toBe('SIGTERM');
      await successor.next('ready');
    }
    const last = workers.slice(PROCESSES);
    for (const worker of last) worker.signal('SIGTERM');
    for (const worker of last) expect(await worker.end()).toBe('SIGTERM');

    const uses = usesOf(workers);
    expect(uses.size).toBe(SESSIONS);
    const gaps: number[] = [];
    for (const [name, [first, second, ...more]] of uses) {
      expect(more, name).toEqual([]);
      expect(second!.began.at, name).toBeGreaterThan(first!.ended!.at);
      expect(second!.began.pts, name).toBe(first!.ended!.pts);
      gaps.push(second!.began.at - first!.ended!.at);
    }
    for (const worker of workers) expect(worker.all('aborted')).toEqual([]);
    gaps.sort((a, b) => a - b);
    console.info(
      `${title}: gap of service of ${SESSIONS} sessions: median ${gaps[SESSIONS / 2]!.toFixed()} ms, longest ${gaps.at(-1)!.toFixed()} ms`,
    );
    expect(gaps.at(-1)).toBeLessThan(20_000);

    const found = new Map<string, number>();
    for (const name of uses.keys()) {
      const storage = store.session(name);
      found.set(name, (await storage.load())!.state!.pts);
      await storage.close();
    }
    for (const [name, [, second]] of uses) expect(found.get(name), name).toBe(second!.ended!.pts);
  },
);
