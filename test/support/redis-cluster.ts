/** A real cluster of Redis for tests. */

import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { type OpenClient, type OwnServer, startRedis } from './redis.ts';

/** Three servers, one cluster. */
export async function startCluster(): Promise<OwnServer[]> {
  const started = await Promise.all(
    [0, 1, 2].map(() => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '60000'])),
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

/** Connects to a cluster with each of the packages. */
export const CLUSTER_CLIENTS: Record<string, (servers: OwnServer[]) => Promise<OpenClient>> = {
  async redis(servers) {
    const client = createCluster({ rootNodes: servers.map(({ url }) => ({ url })) });
    client.on('error', () => {});
    await client.connect();
    return { client, close: async () => client.destroy() };
  },
  async ioredis(servers) {
    const client = new Cluster(servers.map(({ port }) => ({ host: '127.0.0.1', port })));
    client.on('error', () => {});
    if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', () => resolve(null)));
    return { client, close: async () => client.disconnect() };
  },
};
