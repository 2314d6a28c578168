import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { openStore, type StoreKind } from '../support/open-store.ts';
import { startPostgres } from '../support/own-postgres.ts';
import { noPostgres } from '../support/postgres.ts';
import { findRedis, startRedis } from '../support/redis.ts';
import { placeIn } from '../support/store-places.ts';

const WAITERS = 10_000;
const LISTEN_MS = 5000;
/** Commands in that time that are no storm. */
const CALM = 100;

const redis = await findRedis();
await redis?.stop();

/** A server of the test's own, so that all commands that it counts are ours. */
interface CountingServer {
  url: string;
  /** How many commands came to it so far, but for those of the counting. */
  count(): Promise<number>;
}

async function countingPostgres(): Promise<CountingServer> {
  const server = await startPostgres({ countCommands: true });
  if (server === null) throw new Error('PostgreSQL cannot be started here: install its Debian package.');
  onTestFinished(() => server.remove());
  return { url: server.url, count: async () => server.commands() };
}

async function countingRedis(): Promise<CountingServer> {
  const server = await startRedis();
  const client = new Redis(server.url);
  client.on('error', () => {});
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  return {
    url: server.url,
    async count() {
      const calls = (await client.info('commandstats')).matchAll(/^cmdstat_(\w+)\S*:calls=(\d+)/gm);
      let sum = 0;
      for (const [, name, count] of calls) if (name !== 'info') sum += Number(count);
      return sum;
    },
  };
}

const PLACES: [title: string, kind: StoreKind, isMissing: boolean, start: () => Promise<CountingServer>][] = [
  ['PostgreSQL, through pg', 'pg', noPostgres, countingPostgres],
  ['Redis, through redis', 'redis', redis === null, countingRedis],
];

test.for(PLACES)(
  `${WAITERS} that wait leave the server alone, and get their sessions once they are given back: %s`,
  async ([title, kind, isMissing, start], { skip }) => {
    if (isMissing) skip();
    const server = await start();
    const where = placeIn(kind, server.url);
    // So long that no renewal is among what is counted.
    const options = { lease: { ttl: 3_600_000 } };
    const [holder, waiter] = [
      await openStore(kind, server.url, where, options),
      await openStore(kind, server.url, where, options),
    ];
    onTestFinished(async () => {
      await holder.close();
      await waiter.close();
    });
    const names = Array.from({ length: WAITERS }, (_, i) => `s${i}`);
    await Promise.all(names.map((name) => holder.store.session(name).load()));

    let got = 0;
    const waiting = names.map(async (name) => {
      await waiter.store.session(name, { wait: 600_000 }).load();
      got++;
    });
    // Each tries at once, and again when it has its place in the room; Redis counts what scripts call, too.
    for (let calm = 0, last = 0; calm < 3; ) {
      await sleep(1000);
      const count = await server.count();
      calm = count - last < CALM ? calm + 1 : 0;
      last = count;
    }

    const from = await server.count();
    // Or it counts nothing. PostgreSQL is asked for many at once.
    expect(from).toBeGreaterThan(CALM);
    await sleep(LISTEN_MS);
    const quiet = (await server.count()) - from;
    expect(got).toBe(0);
    const releasedAt = performance.now();
    await holder.store.close();
    await Promise.all(waiting);
    console.info(
      `${title}: ${quiet} commands of ${WAITERS} waiters in ${LISTEN_MS} ms; all had their sessions ${(performance.now() - releasedAt).toFixed()} ms after the first was given back`,
    );
    expect(quiet).toBeLessThan(CALM);
    expect(got).toBe(WAITERS);
  },
);
