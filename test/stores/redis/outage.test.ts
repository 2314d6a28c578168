/** What is promised when replicas are away, and when a part of a cluster does not answer. */

import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisSessions } from '../../../src/stores/redis/index.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { failure } from '../../support/errors.ts';
import { CLIENTS, noRedis, startRedis } from '../../support/redis.ts';
import { fullSession } from '../../support/sessions.ts';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

describe.skipIf(noRedis)('replicas that are away', () => {
  test.each(Object.entries(CLIENTS))(
    'cost no lease, however many sessions are saved, through %s',
    async (_, open) => {
      const server = await startRedis();
      closing.push(() => server.stop());
      const { client, close } = await open(server.url);
      closing.push(close);
      const store = new RedisSessions(client, {
        waitForReplicas: { count: 1, timeout: 500 },
        lease: { ttl: 5000 },
      });
      const sessions = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const storage = store.session(`s${i}`);
          await storage.load();
          return storage;
        }),
      );
      const outcomes = await Promise.allSettled(sessions.map((storage) => storage.save(fullSession())));
      expect(outcomes.map(({ status }) => status)).toEqual(sessions.map(() => 'rejected'));
      expect(sessions.filter(({ held }) => held!.aborted)).toHaveLength(0);
      await store.close();
    },
  );

  test.each(Object.entries(CLIENTS))(
    'of another server, to which the client went while it waited, are not asked, through %s',
    async (_, open) => {
      const [first, second] = [await startRedis(), await startRedis()];
      const replicaOf = ['--replicaof', `127.0.0.1 ${second.port}`, '--repl-diskless-sync-delay', '0'];
      const replica = await startRedis(replicaOf);
      const proxy = await switchTo(first.port);
      const { client, close } = await open(`redis://127.0.0.1:${proxy.port}`);
      const [watch, other] = [await CLIENTS.ioredis(first.url), await CLIENTS.ioredis(second.url)];
      closing.push(first.stop, second.stop, replica.stop, proxy.stop, close, watch.close, other.close);
      while (!/state=online/.test(await other.client.info('replication'))) await sleep(50);
      const store = new RedisSessions(client, { waitForReplicas: { count: 1, timeout: 7000 } });
      const storage = store.session('alice');
      await storage.load();

      const saving = failure(() => storage.save(fullSession()), 'IO');
      while (!/blocked_clients:1/.test(await watch.client.info('clients'))) await sleep(20);
      proxy.switch(second.port);
      await saving;
      expect(await new RedisBackend(other.client, {}).read('alice')).toBeNull();
      await failure(() => storage.save(fullSession()), 'LEASE_LOST');
      await store.close();
    },
  );
});

/** A port that leads to another one, and to yet another after a switch, which cuts its connections. */
async function switchTo(first: number): Promise<{ port: number; switch(to: number): void; stop(): void }> {
  let target = first;
  const open = new Set<Socket>();
  const cut = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  const proxy = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as { port: number }).port,
    switch(to) {
      target = to;
      cut();
    },
    stop() {
      cut();
      proxy.close();
    },
  };
}
