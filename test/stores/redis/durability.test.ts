import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisSessions } from '../../../src/stores/redis/index.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { changesBetween, put, take, taken } from '../../support/backend-steps.ts';
import { failure } from '../../support/errors.ts';
import { CLIENTS, noRedis, startRedis } from '../../support/redis.ts';
import { fullSession } from '../../support/sessions.ts';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always'];
/** A save with a pts. */
const step = (pts: number) => {
  const before = fullSession();
  const after = fullSession();
  after.state!.pts = pts;
  return changesBetween(before, after);
};

describe.skipIf(noRedis)('a server that is killed, with appendfsync always', () => {
  test.each(Object.entries(CLIENTS))('loses no save that was acknowledged, through %s', async (_, open) => {
    let server = await startRedis(ALWAYS);
    closing.push(() => server.stop());
    let acknowledged = 0;
    let fence = 0;
    for (let round = 0; round < 3; round++) {
      const opened = await open(server.url);
      const backend = new RedisBackend(opened.client, {});
      await backend.prepare();
      if (round === 0) await put(backend, 'alice', fullSession());
      const lease = await taken(backend, 'alice', round === 0 ? {} : { takeOver: 'the test goes on' });
      expect(lease.fence).toBeGreaterThan(fence);
      fence = lease.fence;
      let sent = acknowledged;
      const begun = acknowledged;
      const saving = (async () => {
        for (;;) {
          await backend.save(lease, step(1000 + ++sent));
          acknowledged = sent;
        }
      })().catch(() => {});
      while (acknowledged < begun + 50) await sleep(5);
      await server.kill();
      await Promise.race([saving, sleep(200)]);
      await opened.close();
      server = await startRedis(ALWAYS, server.folder, server.port);

      const again = await open(server.url);
      const reader = new RedisBackend(again.client, {});
      await reader.prepare();
      const found = (await reader.read('alice'))!;
      expect(found.state!.pts).toBeGreaterThanOrEqual(1000 + acknowledged);
      expect(found.state!.pts).toBeLessThanOrEqual(1000 + sent);
      expect(found.dcs).toEqual(fullSession().dcs);
      // Nobody gets what is held, and its holder goes on.
      expect((await take(reader, 'alice')).outcome).toBe('held');
      expect(await reader.renew([lease], 600_000)).toEqual([true]);
      expect(
        await reader.claim({ taker: { pid: 1, host: 'h', label: null }, ttl: 1000, filter: {}, limit: 1 }),
      ).toEqual([]);
      acknowledged = found.state!.pts - 1000;
      await again.close();
    }
  });
});

describe.skipIf(noRedis)('waiting for replicas', () => {
  test.each(Object.entries(CLIENTS))(
    'a save resolves when they have it, and rejects when they do not, through %s',
    async (_, open) => {
      const server = await startRedis();
      closing.push(() => server.stop());
      const replicaOf = ['--replicaof', `127.0.0.1 ${server.port}`, '--repl-diskless-sync-delay', '0'];
      let replica = await startRedis(replicaOf);
      closing.push(() => replica.stop());
      const main = await open(server.url);
      const copy = await open(replica.url);
      closing.push(
        () => main.close(),
        () => copy.close(),
      );
      const admin = await CLIENTS.ioredis(server.url);
      closing.push(() => admin.close());
      const online = async () => {
        while (!/state=online/.test(await admin.client.info('replication'))) await sleep(50);
      };
      await online();

      const store = new RedisSessions(main.client, { waitForReplicas: { count: 1, timeout: 10_000 } });
      closing.push(() => store.close());
      const storage = store.session('alice');
      await storage.load();
      const session = fullSession();
      const onReplica = () => new RedisBackend(copy.client, {}).read('alice');
      for (let pts = 200; pts < 220; pts++) {
        session.state!.pts = pts;
        await storage.save(session);
        expect((await onReplica())!.state!.pts).toBe(pts);
      }
      await copy.close();

      const gone = once(replica.process, 'exit');
      replica.process.kill('SIGKILL');
      await gone;
      const hasty = new RedisSessions(main.client, { waitForReplicas: { count: 1, timeout: 100 } });
      closing.push(() => hasty.close());
      await storage.close();
      const other = hasty.session('alice');
      const loaded = (await other.load())!;
      loaded.state!.pts = 300;
      const error = await failure(() => other.save(loaded), 'IO');
      expect(error.message).toMatch(/0 of 1 replicas/);
      // It is on the server all the same, and the next save is whole.
      expect((await new RedisBackend(main.client, {}).read('alice'))!.state!.pts).toBe(300);
      await other.close();
      replica = await startRedis(replicaOf, replica.folder, replica.port);
      await online();
      const last = store.session('alice');
      const whole = (await last.load())!;
      whole.state!.pts = 301;
      await last.save(whole);
      const late = await open(replica.url);
      closing.push(() => late.close());
      expect((await new RedisBackend(late.client, {}).read('alice'))!.equals(whole)).toBe(true);
      await last.close();
    },
  );

  test('is refused without a count or with a cluster', async () => {
    const client = { call() {}, duplicate() {}, nodes() {} };
    const waitForReplicas = { count: 1, timeout: 10 };
    expect(() => new RedisSessions(client as never, { waitForReplicas })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field: 'options.waitForReplicas' }),
    );
    for (const wrong of [{ count: 0, timeout: 10 }, { count: 1 }, 1]) {
      expect(() => new RedisSessions(client as never, { waitForReplicas: wrong as never })).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
  });
});
