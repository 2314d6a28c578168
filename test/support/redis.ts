/** A real Redis for tests: the one that runs here, or a private one. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { createClient, type RedisClientOptions } from 'redis';

/** A client of one of the two packages, and how to be rid of it. */
export interface OpenClient {
  // biome-ignore lint/suspicious/noExplicitAny: each package has its own type; the tests are about ours.
  client: any;
  close(): Promise<void>;
}

/** Connects with each of the packages. */
export const CLIENTS = {
  async redis(url: string, options: RedisClientOptions = {}): Promise<OpenClient> {
    const client = createClient({ url, ...options });
    client.on('error', () => {});
    await client.connect();
    return { client, close: async () => client.destroy() };
  },
  async ioredis(url: string, options: Partial<RedisOptions> = {}): Promise<OpenClient> {
    const client = new Redis(url, { ...(options as object), lazyConnect: true });
    client.on('error', () => {});
    await client.connect();
    return { client, close: async () => client.disconnect() };
  },
} as const;

/** Whether no server can be started here. CI must have one. */
export const noRedis = process.env.CI !== 'true' && spawnSync('redis-server', ['--version']).status !== 0;

/** A server that a test started. */
export interface OwnServer {
  url: string;
  port: number;
  process: ChildProcess;
  folder: string;
  /** Ends it at once, and leaves its folder. */
  kill(): Promise<void>;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server of its own on a free port of 127.0.0.1, and ends it with `stop`. */
export async function startRedis(args: string[] = [], folder?: string, onPort?: number): Promise<OwnServer> {
  const port = onPort ?? (await freePort());
  const dir = folder ?? (await mkdtemp(join(tmpdir(), 'tgsession-redis-')));
  const all = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', ...args];
  const server = spawn('redis-server', all, { stdio: ['ignore', 'ignore', 'ignore'] });
  const failed = new Promise<never>((_, reject) => server.once('error', reject));
  const url = `redis://127.0.0.1:${port}`;
  await Promise.race([failed, answers(url)]);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url,
    port,
    process: server,
    folder: dir,
    kill,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Where a server is: as the environment says, or here, or one that is started now; null if there is none. */
export async function findRedis(): Promise<{ url: string; stop(): Promise<void> } | null> {
  const { TEST_REDIS_URL, CI } = process.env;
  const here = TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
  if (await isThere(here)) return { url: here, stop: async () => {} };
  try {
    return await startRedis();
  } catch {
    if (CI === 'true') throw new Error('CI must have a Redis: install redis-server.');
    console.warn(
      'Skipped: no Redis is here. Start one on 127.0.0.1:6379, set TEST_REDIS_URL, or install redis-server.',
    );
    return null;
  }
}

/** Removes every key that begins with a prefix, and no other. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true });
  await redis.connect();
  for (let cursor = '0'; ; ) {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
    if (keys.length > 0) await redis.del(...keys);
    if (next === '0') break;
    cursor = next;
  }
  redis.disconnect();
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function isThere(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isThere(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The Redis that was started does not answer.');
}
