import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { SessionError } from '../../../src/errors.ts';
import { Session } from '../../../src/index.ts';
import type { Backend, LeaseRef } from '../../../src/stores/backend.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { allOf, heldWith } from '../../support/backend-steps.ts';
import { failure } from '../../support/errors.ts';
import { leakIn } from '../../support/key-in-text.ts';
import {
  CLIENTS,
  freePort,
  noRedis,
  type OpenClient,
  type OwnServer,
  startRedis,
} from '../../support/redis.ts';
import { fullSession, testKey } from '../../support/sessions.ts';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const SEEDS = ['1-2', '1-4'];

/** Nothing that anybody may print of an error holds bytes of a key. */
function expectNoKey(error: SessionError): void {
  const texts = [
    error.message,
    error.stack ?? '',
    String(error.cause),
    JSON.stringify(error),
    inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }),
  ];
  for (const text of texts) for (const seed of SEEDS) expect(leakIn(text, testKey(seed))).toBeNull();
}

async function ownServer(...args: string[]): Promise<OwnServer> {
  const server = await startRedis(args);
  closing.push(() => server.stop());
  return server;
}

/** A connection to a port that is cut as soon as something of a length comes through it. */
async function cuttingProxy(port: number): Promise<{ port: number; cutAt(bytes: number): void }> {
  let left = Number.POSITIVE_INFINITY;
  const open = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    far.on('data', (data) => near.write(data));
    near.on('data', (data) => {
      left -= data.length;
      if (left > 0) far.write(data);
      else {
        near.destroy();
        // A client that connects again sends again, without end.
        proxy.close();
      }
    });
  });
  const own = await freePort();
  await new Promise<void>((resolve) => proxy.listen(own, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  return {
    port: own,
    cutAt: (bytes) => {
      left = bytes;
    },
  };
}

const withOptions = {
  redis: CLIENTS.redis,
  ioredis: (url: string) => CLIENTS.ioredis(url, { maxRetriesPerRequest: 2, retryStrategy: () => 20 }),
  'ioredis, tried once': (url: string) => CLIENTS.ioredis(url, { maxRetriesPerRequest: 0 }),
};

describe.skipIf(noRedis).each(Object.entries(withOptions))('an error holds no key, through %s', (_, open) => {
  /** A store with a session that is held, and the error of the next save of a thousand channels. */
  async function failing(
    url: string,
    spoil: (client: OpenClient) => unknown,
    save: (backend: Backend, lease: LeaseRef) => Promise<unknown> = (backend, lease) =>
      backend.save(lease, allOf(fullSession(1000)), { replace: true }),
  ): Promise<SessionError> {
    const opened = await open(url);
    closing.push(() => opened.close());
    const backend = new RedisBackend(opened.client, { prefix: `t${randomUUID()}:` });
    await backend.prepare();
    const lease = await heldWith(backend, 'alice', fullSession());
    await spoil(opened);
    const error = await failure(() => save(backend, lease), 'IO');
    expectNoKey(error);
    return error;
  }

  test('when the server is killed in the middle', async () => {
    const server = await ownServer();
    await failing(
      server.url,
      () => {},
      async (backend, lease) => {
        const saves = Array.from({ length: 20 }, async () => {
          for (;;) await backend.save(lease, allOf(fullSession(5000)));
        });
        setTimeout(() => server.process.kill('SIGKILL'), 200);
        // Some may be waiting for the server to come back.
        await Promise.all(saves);
      },
    );
  });

  test('when the connection is cut in the middle of a save', async () => {
    const server = await ownServer();
    const proxy = await cuttingProxy(server.port);
    await failing(`redis://127.0.0.1:${proxy.port}`, () => proxy.cutAt(2000));
  });

  test('when scripts are forbidden', async () => {
    const server = await ownServer();
    const admin = await CLIENTS.ioredis(server.url);
    closing.push(() => admin.close());
    await admin.client.call('ACL', ['SETUSER', 'some', 'on', '>pw', '~*', '&*', '+@all']);
    const error = await failing(`redis://some:pw@127.0.0.1:${server.port}`, () =>
      admin.client.call('ACL', ['SETUSER', 'some', '-evalsha', '-eval']),
    );
    expect(error.message).toContain('NOPERM');
    expect(error.message).not.toContain('pw');
  });

  test('when the memory is full', async () => {
    const server = await ownServer('--maxmemory-policy', 'noeviction');
    const admin = await CLIENTS.ioredis(server.url);
    closing.push(() => admin.close());
    const error = await failing(server.url, () => admin.client.call('CONFIG', ['SET', 'maxmemory', '1']));
    expect(error.message).toContain('OOM');
  });

  test('when a key is of another kind', async () => {
    const server = await ownServer();
    const admin = await CLIENTS.ioredis(server.url);
    closing.push(() => admin.close());
    const spoil = async () => {
      const [key] = await admin.client.keys('*:channels');
      await admin.client.set(key, 'text');
    };
    const error = await failing(server.url, spoil, (backend, lease) =>
      backend.save(lease, allOf(fullSession(10))),
    );
    expect(error.message).toMatch(/WRONGTYPE|ERR/);
  });
});

describe.skipIf(noRedis)('what is damaged, or somebody else’s', () => {
  /** A store whose one session was changed by hand. */
  async function changed(change: (client: OpenClient['client'], prefix: string) => Promise<unknown>) {
    server ??= await ownServer();
    const { client, close } = await CLIENTS.ioredis(server.url);
    closing.push(close);
    const prefix = `t${randomUUID()}:`;
    const backend = new RedisBackend(client, { prefix });
    await backend.prepare();
    await heldWith(backend, 'alice', fullSession());
    await backend.describe('alice', { label: 'x', tags: ['t'], phone: '1' });
    await change(client, `${prefix}{alice}:`);
    return backend;
  }
  let server: OwnServer | undefined;
  const secret = Buffer.from(testKey('1-2')).toString('base64');

  const read: [what: string, key: string, field: string, value: string, code: string][] = [
    ['a user that is no JSON', 'session', 'user', secret, 'DAMAGED'],
    ['a user with another id', 'session', 'user', `{"id":"${secret}","dc":1,"bot":false}`, 'INVALID_VALUE'],
    ['a state of three numbers', 'session', 'state', '1,2,3', 'DAMAGED'],
    ['a state of text', 'session', 'state', `1,2,3,${secret}`, 'INVALID_VALUE'],
    ['a data centre that is no JSON', 'dcs', '2', secret, 'DAMAGED'],
    ['a data centre whose number is none', 'dcs', secret, '{}', 'INVALID_VALUE'],
    ['a key that is cut off', 'dcs', '2', JSON.stringify({ auth: secret.slice(0, 64) }), 'INVALID_VALUE'],
    ['a key that is no base64', 'dcs', '2', JSON.stringify({ auth: `!${secret}` }), 'DAMAGED'],
    ['a key that is a list', 'dcs', '2', JSON.stringify({ auth: [...testKey('1-2')] }), 'INVALID_VALUE'],
    ['a channel whose id is none', 'channels', secret, '1', 'INVALID_VALUE'],
    ['a pts beyond what is exact', 'channels', '77', '99999999999999999999', 'INVALID_VALUE'],
  ];
  test.each(read)('%s is refused where it is read', async (_, key, field, value, code) => {
    const backend = await changed((client, base) => client.hset(base + key, field, value));
    expectNoKey(await failure(() => backend.read('alice'), code as 'DAMAGED'));
  });

  const told: [field: string, value: string, code: string][] = [
    ['status', secret, 'INVALID_VALUE'],
    ['tags', secret, 'DAMAGED'],
    ['tags', '[1]', 'INVALID_VALUE'],
    ['saved', secret, 'INVALID_VALUE'],
    ['holder', secret, 'DAMAGED'],
    ['holder', '{"pid":1,"host":1,"label":null}', 'INVALID_VALUE'],
    ['until', secret, 'INVALID_VALUE'],
  ];
  test.each(told)('a %s of %s is refused by info', async (field, value, code) => {
    const backend = await changed((client, base) => client.hset(`${base}session`, field, value));
    expectNoKey(await failure(() => backend.info('alice'), code as 'DAMAGED'));
  });

  test('peers and what is aside are checked too', async () => {
    const peers = await changed(async (client, base) => {
      await client.zadd(`${base}peers-order`, 0, secret);
      await client.hset(`${base}peers`, secret, '{}');
    });
    expectNoKey(await failure(() => peers.peers.page('alice', null, 10), 'INVALID_VALUE'));
    const aside = await changed((client, base) => client.hset(`${base}aside`, secret, '{}'));
    expectNoKey(await failure(() => aside.aside.list('alice'), 'INVALID_VALUE'));
  });

  test('a damaged session is kept from nobody, does not keep others from being claimed, and can be deleted', async () => {
    const backend = await changed((client, base) =>
      client.hset(`${base}session`, 'tags', 'no', 'until', '0'),
    );
    const taker = { pid: 1, host: 'h', label: null };
    const take = () => backend.take({ name: 'alice', taker, ttl: 600_000, dead: false, takeOver: null });
    await failure(take, 'DAMAGED');
    // The lease was given back.
    await failure(take, 'DAMAGED');
    const other = await heldWith(backend, 'bob', new Session({ ...fullSession() }));
    await backend.release(other);
    const request = { taker, ttl: 600_000, limit: 10 };
    const filter = { status: 'ok', userId: 811432825 } as const;
    expect((await backend.claim({ ...request, filter })).map(({ name }) => name)).toEqual(['bob']);
    expect(await backend.delete('alice')).toBe('deleted');
    expect(await backend.list({ after: null, limit: 10, filter: {} })).toHaveLength(1);
  });
});
