import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisSessions } from '../../../src/stores/redis/index.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { put } from '../../support/backend-steps.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { noRedis, type OpenClient, type OwnServer } from '../../support/redis.ts';
import { CLUSTER_CLIENTS, startCluster } from '../../support/redis-cluster.ts';
import { fullSession } from '../../support/sessions.ts';

const servers: OwnServer[] = noRedis ? [] : await startCluster();
afterAll(async () => {
  for (const server of servers) await server.stop();
});

describe.each(Object.entries(CLUSTER_CLIENTS))('a cluster, through %s', (_, connect) => {
  backendSuite(async () => {
    const prefix = `t${randomUUID()}:`;
    const clients: OpenClient[] = [];
    return {
      async open() {
        const open = await connect(servers);
        clients.push(open);
        return new RedisBackend(open.client, { prefix });
      },
      async remove() {
        for (const { close } of clients) await close();
      },
    };
  }, noRedis);

  test.skipIf(noRedis)('sessions are on all of its servers', async () => {
    const { client, close } = await connect(servers);
    const backend = new RedisBackend(client, { prefix: `t${randomUUID()}:` });
    await backend.prepare();
    for (let i = 0; i < 30; i++) await put(backend, `s${i}`, fullSession());
    expect(await backend.list({ after: null, limit: 100, filter: {} })).toHaveLength(30);
    for (const { port } of servers) {
      const args = ['-p', String(port), '--scan', '--pattern', '*}:session'];
      expect(spawnSync('redis-cli', args, { encoding: 'utf8' }).stdout).toContain(':session');
    }
    await close();
  });

  test.skipIf(noRedis)(
    'one of its servers that stands still takes no lease of another one along',
    async () => {
      const { client, close } = await connect(servers);
      const lease = { ttl: 4000, margin: 500 };
      const prefix = `t${randomUUID()}:`;
      const store = new RedisSessions(client, { prefix, lease });
      const sessions = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const storage = store.session(`s${i}`, { wait: 60_000 });
          await storage.load();
          await storage.save(fullSession());
          return storage;
        }),
      );
      const keysOf = ({ port }: OwnServer) => {
        const args = ['-p', String(port), '--scan', '--pattern', `${prefix}*`];
        return spawnSync('redis-cli', args, { encoding: 'utf8' }).stdout;
      };
      // The one that also knows who may be free.
      const still = servers.find((server) => keysOf(server).includes(`${prefix}until`))!;
      const keys = keysOf(still);
      const [there, others] = [true, false].map((is) =>
        sessions.filter(({ name }) => keys.includes(`{${name}}`) === is),
      );
      expect([there!.length > 0, others!.length > 0]).toEqual([true, true]);

      still.process.kill('SIGSTOP');
      while (there!.some(({ held }) => !held!.aborted)) await sleep(100);
      await sleep(lease.ttl);
      const lost = others!.filter(({ held }) => held!.aborted);
      still.process.kill('SIGCONT');
      expect(lost.map(({ name }) => name)).toEqual([]);
      await Promise.all(there!.map((storage) => storage.load()));
      await store.close();
      await close();
    },
  );
});
