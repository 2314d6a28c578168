import { expect, onTestFinished, test } from 'vitest';
import type { StoreKind } from '../support/open-store.ts';
import { startPostgres } from '../support/own-postgres.ts';
import { noPostgres } from '../support/postgres.ts';
import { findRedis, startRedis } from '../support/redis.ts';
import { workerStore } from '../support/store-places.ts';
import { holdings, overlaps, type StoreWorker } from '../support/store-workers.ts';

const redis = await findRedis();
await redis?.stop();

/** A server of the test's own. */
interface OwnServer {
  url: string;
  crash(): Promise<void>;
  start(): Promise<void>;
}

async function ownPostgres(): Promise<OwnServer> {
  const server = await startPostgres();
  if (server === null) throw new Error('PostgreSQL cannot be started here: install its Debian package.');
  onTestFinished(() => server.remove());
  return server;
}

async function ownRedis(): Promise<OwnServer> {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
  let server = await startRedis(args);
  onTestFinished(() => server.stop());
  const { url, port, folder } = server;
  return {
    url,
    async crash() {
      const ended = new Promise((resolve) => server.process.once('exit', resolve));
      server.process.kill('SIGKILL');
      await ended;
    },
    async start() {
      server = await startRedis(args, folder, port);
    },
  };
}

const PLACES: [title: string, kind: StoreKind, isMissing: boolean, start: () => Promise<OwnServer>][] = [
  ['PostgreSQL, through pg', 'pg', noPostgres, ownPostgres],
  ['Redis, through redis', 'redis', redis === null, ownRedis],
  ['Redis, through ioredis', 'ioredis', redis === null, ownRedis],
];

/** Until a worker has saved a number after a time. */
async function savesAfter(worker: StoreWorker, at: number): Promise<void> {
  while (!worker.all('saved').some((one) => one.at > at)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test.for(PLACES)(
  'a server that crashes and starts again has every save and every lease: %s',
  async ([title, kind, isMissing, start], { skip }) => {
    if (isMissing) skip();
    const server = await start();
    const place = { kind, url: server.url, isMissing };
    // One lease outlasts the restart, the other one does not.
    const { store, worker } = await workerStore(place, { lease: { ttl: 60_000 } });
    const [long, short] = await Promise.all([worker(), worker({ lease: { ttl: 1000 } })]);
    for (const [one, name] of [
      [long, 'long'],
      [short, 'short'],
    ] as const) {
      one.tell('load', name, 60_000);
      await one.next('loaded');
      one.tell('keep-saving', name);
      await savesAfter(one, 0);
    }
    await server.crash();
    await short.next('aborted');
    const [atLong, atShort] = [long, short].map((one) => one.all('saved').at(-1)!);
    await server.start();

    await savesAfter(long, atLong!.at);
    expect(long.all('aborted')).toEqual([]);
    expect((await store.info('long'))!.holder!.pid).toBe(long.child.process.pid);
    short.tell('load', 'short');
    const again = await short.next('loaded');
    // What was under way when the server went may have come about.
    expect(again.pts! - atShort!.pts!).toBeGreaterThanOrEqual(0);
    expect(again.pts! - atShort!.pts!).toBeLessThanOrEqual(1);
    expect(overlaps(holdings([long, short]))).toEqual([]);

    // The pools of all processes are back, and who waits is told.
    const taker = await worker();
    taker.tell('load', 'long', 60_000);
    long.tell('close', 'long');
    const taken = await taker.next('loaded');
    expect(taken.pts).toBeGreaterThanOrEqual(long.all('saved').at(-1)!.pts!);
    for (const one of [long, short, taker]) expect(one.all('broken')).toEqual([]);
    console.info(
      `${title}: the lease that outlasted the restart was kept, the other one lost and taken again`,
    );
  },
);
