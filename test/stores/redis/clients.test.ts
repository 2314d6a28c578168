/** What is promised whatever the client does by itself, and what is refused. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient, createClientPool, RESP_TYPES } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisSessions } from '../../../src/stores/redis/index.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { allOf, changesBetween, heldWith, put, TAKER, take, taken } from '../../support/backend-steps.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { failure } from '../../support/errors.ts';
import { CLIENTS, noRedis, type OpenClient, type OwnServer, startRedis } from '../../support/redis.ts';
import { fullSession } from '../../support/sessions.ts';

const server: OwnServer = noRedis ? (null as never) : await startRedis();
const closing: (() => unknown)[] = [() => server?.stop()];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const it = test.skipIf(noRedis);
const newPrefix = () => `t${randomUUID()}:`;

/** A client that ends with the tests. */
async function opened(connect: (url: string) => Promise<OpenClient> = CLIENTS.ioredis, on = server) {
  const open = await connect(on.url);
  closing.push(() => open.close());
  return open.client;
}

async function backendWith(client: unknown, prefix = newPrefix()) {
  const backend = new RedisBackend(client as never, { prefix });
  await backend.prepare();
  return { backend, prefix };
}

/** A client of ioredis whose commands go through a function first. */
async function between(hook: (args: string[]) => unknown) {
  const client = await opened();
  return {
    call: async (command: string, args: string[]) => {
      await hook([command, ...args]);
      return client.call(command, args);
    },
    duplicate: () => client.duplicate(),
  };
}

const OPTIONS: Record<string, (url: string) => Promise<OpenClient>> = {
  'redis with RESP 2': (url) => CLIENTS.redis(url, { RESP: 2 } as never),
  'redis with other types of values': (url) =>
    CLIENTS.redis(url, {
      RESP: 3,
      commandOptions: {
        typeMapping: {
          [RESP_TYPES.BLOB_STRING]: Buffer,
          [RESP_TYPES.NUMBER]: String,
          [RESP_TYPES.MAP]: Map,
        },
      },
    } as never),
  'ioredis with numbers as text': (url) => CLIENTS.ioredis(url, { stringNumbers: true }),
  'ioredis with a keyPrefix': (url) => CLIENTS.ioredis(url, { keyPrefix: 'app:' }),
  'ioredis with automatic pipelines': (url) => CLIENTS.ioredis(url, { enableAutoPipelining: true }),
};

describe.each(Object.entries(OPTIONS))('%s', (_, connect) => {
  backendSuite(async () => {
    const prefix = newPrefix();
    const clients: OpenClient[] = [];
    return {
      async open() {
        const open = await connect(server.url);
        clients.push(open);
        return new RedisBackend(open.client, { prefix });
      },
      async remove() {
        for (const { close } of clients) await close();
      },
    };
  }, noRedis);
});

describe('the user of docs/redis.md, who may do only what is needed', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/redis.md'), 'utf8');
  const rules = /^ACL SETUSER tgsession ([^`]+)^```/m.exec(page)![1]!.trim().split(/\s+/);
  backendSuite(async () => {
    const admin = await CLIENTS.ioredis(server.url);
    await admin.client.call('ACL', ['SETUSER', 'tgsession', ...rules]);
    const clients = [admin];
    const prefix = `tgsession:${randomUUID()}:`;
    return {
      async open() {
        const url = `redis://tgsession:password@127.0.0.1:${server.port}`;
        const open = await (clients.length % 2 === 0 ? CLIENTS.redis : CLIENTS.ioredis)(url);
        clients.push(open);
        return new RedisBackend(open.client, { prefix });
      },
      async remove() {
        for (const { close } of clients) await close();
      },
    };
  }, noRedis);
});

describe('indexes', () => {
  it('whose writer died are made right when the session is loaded, and never show what does not fit', async () => {
    let broken = false;
    const client = await between(([command]) => {
      if (broken && command === 'ZADD') throw new Error('cut');
    });
    const { backend } = await backendWith(client);
    const find = async (filter: object) =>
      (await backend.list({ after: null, limit: 10, filter })).map(({ name }) => name);
    const lease = await taken(backend, 'alice');
    broken = true;
    await failure(() => backend.save(lease, allOf(fullSession())), 'IO');
    broken = false;
    expect(await find({})).toEqual([]);
    await backend.release(lease);
    const again = await taken(backend, 'alice');
    expect(await find({})).toEqual(['alice']);
    expect(await find({ userId: 811432825 })).toEqual(['alice']);

    // Another user moves in, and the writer dies between the session and the indexes.
    const other = fullSession();
    other.user!.id = 5;
    broken = true;
    await failure(() => backend.save(again, changesBetween(fullSession(), other)), 'IO');
    await failure(() => backend.describe('alice', { label: 'x' }), 'IO');
    await failure(() => backend.setStatus('alice', 'dead', null), 'IO');
    broken = false;
    expect(await find({ userId: 811432825 })).toEqual([]);
    await backend.release(again).catch(() => {});
    await taken(backend, 'alice', { dead: true });
    expect(await find({ userId: 5 })).toEqual(['alice']);
    expect(await find({ label: 'x', status: 'dead' })).toEqual(['alice']);
    expect(await find({ status: 'ok' })).toEqual([]);
  });

  it('are right when many describe a session at once, and when one saves what another deletes', async () => {
    const { backend, prefix } = await backendWith(await opened());
    await put(backend, 'alice', fullSession());
    const second = (await backendWith(await opened(CLIENTS.redis), prefix)).backend;
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          [backend, second][i % 2]!.describe('alice', { tags: [`t${i % 3}`], label: `l${i % 2}` }),
        ),
      );
      const { tags, label } = (await backend.info('alice'))!;
      const filter = { tag: tags[0]!, label: label! };
      expect(await backend.list({ after: null, limit: 10, filter })).toHaveLength(1);
      await Promise.all([backend.delete('alice'), take(second, 'alice').catch(() => {})]);
      await second.release({ name: 'alice', fence: 0 });
      const info = await backend.info('alice');
      const lease = await taken(second, 'alice', { takeOver: 'again' });
      await Promise.all([
        second.save(lease, allOf(fullSession()), { replace: true }),
        backend.describe('alice', { label: 'z' }),
      ]);
      expect(info === null || info.name === 'alice').toBe(true);
      expect(await backend.list({ after: null, limit: 10, filter: { userId: 811432825 } })).toHaveLength(1);
      await second.release(lease);
    }
  });
});

describe('what a client sends again, as its connection broke', () => {
  /** A client that sends each script twice, and gives the second answer. */
  async function twice() {
    const client = await opened();
    return {
      call: async (command: string, args: string[]) => {
        if (command === 'EVALSHA') await client.call(command, args).catch(() => {});
        return client.call(command, args);
      },
      duplicate: () => client.duplicate(),
    };
  }

  it('is no save of somebody else, and no lease of somebody else', async () => {
    const { backend } = await backendWith(await twice());
    const lease = await taken(backend, 'alice');
    expect(await backend.save(lease, allOf(fullSession()))).toBe(true);
    expect(await backend.list({ after: null, limit: 10, filter: { userId: 811432825 } })).toHaveLength(1);
    expect(await backend.renew([lease], 1000)).toEqual([true]);
    await backend.release(lease);
    const [claimed] = await backend.claim({ taker: TAKER, ttl: 1000, filter: {}, limit: 1 });
    expect(claimed!.fence).toBeGreaterThan(lease.fence);
  });

  it('is refused when a later save was carried out', async () => {
    let held: { args: string[] } | null = null;
    const client = await opened();
    let holdNext = false;
    const wrapped = {
      call: (command: string, args: string[]) => {
        if (!holdNext || command !== 'EVALSHA') return client.call(command, args);
        holdNext = false;
        held = { args };
        return Promise.reject(new Error('cut'));
      },
      duplicate: () => client.duplicate(),
    };
    const { backend } = await backendWith(wrapped);
    const lease = await heldWith(backend, 'alice', fullSession());
    const first = fullSession();
    first.state!.pts = 300;
    expect(await backend.save(lease, changesBetween(fullSession(), first))).toBe(true);
    const newer = fullSession();
    newer.state!.pts = 500;
    const older = fullSession();
    older.state!.pts = 400;
    holdNext = true;
    await failure(() => backend.save(lease, changesBetween(first, older)), 'IO');
    expect(await backend.save(lease, allOf(newer), { replace: true })).toBe(true);
    expect(await client.call('EVALSHA', held!.args)).toBe(0);
    expect((await backend.read('alice'))!.state!.pts).toBe(500);
  });
});

it('a holder that was replaced writes nothing, also where both have saved as often', async () => {
  const { backend, prefix } = await backendWith(await opened());
  const second = (await backendWith(await opened(), prefix)).backend;
  const at = (pts: number) => {
    const session = fullSession();
    session.state!.pts = pts;
    return session;
  };
  const stale = await heldWith(backend, 'alice', at(1));
  expect(await backend.save(stale, changesBetween(at(1), at(2)))).toBe(true);
  const lease = await taken(second, 'alice', { takeOver: 'for the test' });
  expect(await second.save(lease, changesBetween(at(2), at(3)))).toBe(true);
  expect(await second.save(lease, changesBetween(at(3), at(4)))).toBe(true);
  expect(await backend.save(stale, changesBetween(at(2), at(9)))).toBe(false);
  expect((await backend.read('alice'))!.state!.pts).toBe(4);
});

describe('a store is refused', () => {
  it('on a server that evicts any key, unless that is allowed', async () => {
    const own = await startRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
    closing.push(() => own.stop());
    for (const connect of Object.values(OPTIONS)) {
      const client = await opened(connect, own);
      const prefix = newPrefix();
      await failure(() => new RedisSessions(client, { prefix }).list(), 'UNSUPPORTED', 'maxmemory-policy');
      expect(await new RedisSessions(client, { prefix, allowEviction: true }).list()).toEqual([]);
    }
  });

  it('under a prefix of a newer version', async () => {
    const client = await opened();
    const { backend, prefix } = await backendWith(client);
    await client.set(`${prefix}version`, '2');
    await failure(() => backend.prepare(), 'NEWER_VERSION', `${prefix}version`);
  });

  test('with a pool, through a client that reads from replicas, and with a prefix of braces', async () => {
    const pool = createClientPool({ url: 'redis://127.0.0.1:1' });
    await failure(() => new RedisSessions(pool as never), 'INVALID_VALUE', 'client');
    const client = new Redis({ lazyConnect: true });
    const cluster = { call() {}, duplicate() {}, nodes() {}, options: { scaleReads: 'slave' } };
    await failure(() => new RedisSessions(cluster as never), 'INVALID_VALUE', 'client.options.scaleReads');
    await failure(() => new RedisSessions(client, { prefix: 'a{b}:' }), 'INVALID_VALUE', 'options.prefix');
    client.disconnect();
  });

  test('fits the types of both clients', () => {
    const redis = createClient();
    const ioredis = new Redis({ lazyConnect: true });
    expect(String(new RedisSessions(redis))).toBe('Redis (prefix tgsession:)');
    expect(String(new RedisSessions(ioredis, { prefix: 'a:' }))).toBe('Redis (prefix a:)');
    ioredis.disconnect();
  });
});
