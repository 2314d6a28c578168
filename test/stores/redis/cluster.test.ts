import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { put } from '../../support/backend-steps.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { noRedis, type OpenClient, type OwnServer, startRedis } from '../../support/redis.ts';
import { fullSession } from '../../support/sessions.ts';

const servers: OwnServer[] = noRedis ? [] : await startCluster();
afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** Three servers, one cluster. */
async function startCluster(): Promise<OwnServer[]> {
  const started = await Promise.all(
    [0, 1, 2].map(() => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000'])),
  );
  const addresses = started.map(({ port }) => `127.0.0.1:${port}`);
  const args = ['--cluster', 'create', ...addresses, '--cluster-yes'];
  const made = spawnSync('redis-cli', args, { encoding: 'utf8', timeout: 60_000 });
  if (made.status !== 0) throw new Error(`The cluster was not made: ${made.stdout} ${made.stderr}`);
  for (const { port } of started) {
    const state = () => spawnSync('redis-cli', ['-p', String(port), 'cluster', 'info'], { encoding: 'utf8' });
    while (!state().stdout.includes('cluster_state:ok')) await sleep(50);
  }
  return started;
}

const CLUSTERS: Record<string, () => Promise<OpenClient>> = {
  async redis() {
    const client = createCluster({ rootNodes: servers.map(({ url }) => ({ url })) });
    client.on('error', () => {});
    await client.connect();
    return { client, close: async () => client.destroy() };
  },
  async ioredis() {
    const client = new Cluster(servers.map(({ port }) => ({ host: '127.0.0.1', port })));
    client.on('error', () => {});
    if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', () => resolve(null)));
    return { client, close: async () => client.disconnect() };
  },
};

describe.each(Object.entries(CLUSTERS))('a cluster, through %s', (_, connect) => {
  backendSuite(async () => {
    const prefix = `t${randomUUID()}:`;
    const clients: OpenClient[] = [];
    return {
      async open() {
        const open = await connect();
        clients.push(open);
        return new RedisBackend(open.client, { prefix });
      },
      async remove() {
        for (const { close } of clients) await close();
      },
    };
  }, noRedis);

  test.skipIf(noRedis)('sessions are on all of its servers', async () => {
    const { client, close } = await connect();
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
});
