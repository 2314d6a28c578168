import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { STORE_PLACES, type StorePlace, workerStore } from '../support/store-places.ts';
import { holdings, overlaps, type StoreWorker, sharedNow } from '../support/store-workers.ts';
import { startProxy } from '../support/tcp-proxy.ts';

/** Short leases; half of them is margin, so that a busy machine has time to tell a holder that it lost one. */
const TTL = 2000;
const SHORT = { lease: { ttl: TTL, margin: TTL / 2 } };
/** Longer than any test takes. */
const LONG = { lease: { ttl: 600_000 } };

/** The number that was acknowledged last. */
function lastSaved(worker: StoreWorker): number {
  return worker.all('saved').at(-1)!.pts!;
}

/** Waits until a worker has saved some more numbers. */
async function savesMore(worker: StoreWorker, count = 5): Promise<void> {
  const from = worker.all('saved').length;
  while (worker.all('saved').length < from + count) await sleep(5);
}

describe.each(STORE_PLACES)('processes on %s', (title, place: StorePlace) => {
  const it = test.skipIf(place.isMissing);
  const tell = (text: string) => console.info(`${title}: ${text}`);

  it('a holder that is killed keeps its session until its lease has run out; the next one finds every save', async () => {
    const { store, worker } = await workerStore(place, SHORT);
    const [first, second] = await Promise.all([worker(), worker()]);
    first.tell('load', 'alice');
    await first.next('loaded');
    first.tell('keep-saving', 'alice');
    second.tell('load', 'alice', 60_000);
    await savesMore(first, 20);
    const killedAt = sharedNow();
    await first.kill();
    const left = (await store.info('alice'))!.holder!;
    expect(left.pid).toBe(first.child.process.pid);

    const next = await second.next('loaded');
    const holder = (await store.info('alice'))!.holder!;
    expect(holder.pid).toBe(second.child.process.pid);
    // Both times are those of the database.
    expect(holder.since.getTime()).toBeGreaterThanOrEqual(left.expires!.getTime());
    // The save that was under way when it was killed may have come about.
    expect(next.pts! - lastSaved(first)).toBeGreaterThanOrEqual(0);
    expect(next.pts! - lastSaved(first)).toBeLessThanOrEqual(1);
    expect(second.all('broken')).toEqual([]);
    tell(`next holder ${(next.at - killedAt).toFixed()} ms after kill -9 (ttl ${TTL})`);
    expect(next.at - killedAt).toBeLessThan(TTL + 10_000);
  });

  it('a holder that is stopped for longer than its lease has lost it when it goes on, and writes nothing', async () => {
    const { store, worker } = await workerStore(place, SHORT);
    const [first, second] = await Promise.all([worker(), worker()]);
    first.tell('load', 'alice');
    await first.next('loaded');
    first.tell('save', 'alice', 1);
    await first.next('saved');
    first.signal('SIGSTOP');
    first.tell('save', 'alice', 2); // comes to it when it goes on
    second.tell('load', 'alice', 60_000);
    expect((await second.next('loaded')).pts).toBe(1);
    second.tell('save', 'alice', 100);
    await second.next('saved');

    const goesOnAt = sharedNow();
    first.signal('SIGCONT');
    expect(await first.next('failed')).toMatchObject({ command: 'save', code: 'LEASE_LOST' });
    const aborted = await first.next('aborted');
    tell(`held aborted ${(aborted.at - goesOnAt).toFixed(1)} ms after SIGCONT`);
    expect(aborted.at - goesOnAt).toBeLessThan(5000);
    // Not even by mistake did it believe to hold it once it went on.
    expect(first.all('holds').at(-1)!.at).toBeLessThan(goesOnAt);
    expect(overlaps(holdings([first, second]))).toEqual([]);
    second.tell('close', 'alice');
    await second.next('closed');
    const storage = store.session('alice');
    expect((await storage.load())!.state!.pts).toBe(100);
    await storage.close();
  });

  it.each(['cut', 'stalled'] as const)(
    'a holder with a network that is %s gives up before the next one begins, and goes on when it is back',
    async (how) => {
      const { worker } = await workerStore(place, SHORT);
      const proxy = await startProxy(Number(new URL(place.url).port));
      onTestFinished(() => proxy.close());
      const [first, second] = await Promise.all([worker(SHORT, proxy.port), worker()]);
      first.tell('load', 'alice', 60_000);
      await first.next('loaded');
      first.tell('keep-saving', 'alice');
      await savesMore(first);
      second.tell('load', 'alice', 60_000);

      const goneAt = sharedNow();
      if (how === 'cut') proxy.cut();
      else proxy.stall();
      const next = await second.next('loaded');
      const aborted = await first.next('aborted');
      tell(
        `${how}: held aborted after ${(aborted.at - goneAt).toFixed()} ms, the next one began after ${(next.at - goneAt).toFixed()} ms`,
      );
      expect(aborted.at).toBeLessThan(next.at);
      expect(overlaps(holdings([first, second]))).toEqual([]);
      // What was under way when the network went may have come about, once.
      expect(next.pts! - lastSaved(first)).toBeGreaterThanOrEqual(0);
      expect(next.pts! - lastSaved(first)).toBeLessThanOrEqual(1);
      second.tell('save', 'alice', 1000);
      await second.next('saved');

      proxy.restore();
      first.tell('load', 'alice');
      // A save that waited for the network is refused; one that came about before it went may be acknowledged now.
      await sleep(200);
      expect(lastSaved(first)).toBeLessThanOrEqual(next.pts!);
      second.tell('save', 'alice', 1001);
      await second.next('saved');
      second.tell('close', 'alice');
      await first.next('loaded');
      await savesAgain(first);
      expect(overlaps(holdings([first, second]))).toEqual([]);
    },
  );

  async function savesAgain(worker: StoreWorker): Promise<void> {
    expect(worker.all('loaded').at(-1)!.pts).toBe(1001);
    worker.tell('save', 'alice', 1002);
    while (lastSaved(worker) !== 1002) await sleep(5);
    expect(worker.all('broken')).toEqual([]);
  }

  it('who waits begins as soon as the session is given back', async () => {
    const { worker } = await workerStore(place, LONG);
    const [first, second] = await Promise.all([worker(), worker()]);
    first.tell('load', 'alice');
    await first.next('loaded');
    const took: number[] = [];
    let [from, to] = [first, second];
    for (let round = 1; round <= 10; round++) {
      to.tell('load', 'alice', 60_000);
      await sleep(50);
      from.tell('save', 'alice', round);
      await from.next('saved');
      from.tell('close', 'alice');
      const next = await to.next('loaded');
      expect(next.pts).toBe(round);
      // From the last moment in which the first one held it, so that giving it back is part of it.
      took.push(next.at - from.all('holds').at(-1)!.at);
      await from.next('closed');
      [from, to] = [to, from];
    }
    took.sort((a, b) => a - b);
    tell(
      `handover: ${took[0]!.toFixed(1)} to ${took.at(-1)!.toFixed(1)} ms, median ${took[5]!.toFixed(1)} ms`,
    );
    expect(took.at(-1)).toBeLessThan(5000);
    expect(took[5]).toBeLessThan(1000);
    expect(overlaps(holdings([first, second]))).toEqual([]);
  });

  describe('a process that is to end', () => {
    it('saves, gives all its sessions back, and ends by the signal', async () => {
      const { store, worker } = await workerStore(place, LONG);
      const first = await worker();
      for (const name of ['alice', 'bob']) {
        first.tell('load', name);
        await first.next('loaded');
        first.tell('save', name, 7);
        await first.next('saved');
      }
      first.tell('handover', 60_000);
      await first.next('ready');
      first.signal('SIGTERM');
      expect(await first.end()).toBe('SIGTERM');
      expect(first.all('failed')).toEqual([]);
      for (const name of ['alice', 'bob']) {
        expect((await store.info(name))!.holder).toBeNull();
        const storage = store.session(name);
        expect((await storage.load())!.state!.pts).toBe(8);
        await storage.close();
      }
    });

    it('ends after the timeout, though its clients do not stop', async () => {
      const { store, worker } = await workerStore(place, LONG);
      const first = await worker();
      first.tell('load', 'alice');
      await first.next('loaded');
      first.tell('save', 'alice', 7);
      await first.next('saved');
      first.tell('handover', 300, 'hang');
      await first.next('ready');
      first.signal('SIGTERM');
      const { at } = await first.next('stopping');
      expect(await first.end()).toBe('SIGTERM');
      expect(sharedNow() - at).toBeGreaterThanOrEqual(250);
      expect(first.all('failed')).toMatchObject([{ command: 'handover', code: 'IO' }]);
      // What could not be given back is not: its client may still be on the network.
      expect((await store.info('alice'))!.holder!.pid).toBe(first.child.process.pid);
    });

    it('ends at once at a second signal', async () => {
      const { worker } = await workerStore(place, LONG);
      const first = await worker();
      first.tell('load', 'alice');
      await first.next('loaded');
      first.tell('handover', 600_000, 'hang');
      await first.next('ready');
      first.signal('SIGTERM');
      await first.next('stopping');
      first.signal('SIGINT');
      expect(await first.end()).toBe('SIGINT');
    });
  });
});
