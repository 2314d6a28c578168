/**
 * What is promised of a server that has forgotten what it had acknowledged: as it was killed between two of its own saves, or
 * as a replica took over that had not got everything.
 */

import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Peer } from '../../src/peers.ts';
import type { Backend } from '../../src/stores/backend.ts';
import { LeasedSessions } from '../../src/stores/leased-sessions.ts';
import { PostgresBackend } from '../../src/stores/postgres/postgres-backend.ts';
import { RedisBackend } from '../../src/stores/redis/redis-backend.ts';
import { allOf, LONG, put, taken } from '../support/backend-steps.ts';
import { failure } from '../support/errors.ts';
import { sessionOf } from '../support/numbered-session.ts';
import { startPostgres } from '../support/own-postgres.ts';
import { noPostgres } from '../support/postgres.ts';
import { CLIENTS, noRedis, startRedis } from '../support/redis.ts';
import { fullSession, testKey } from '../support/sessions.ts';

/** A server that can forget. */
interface Forgetful {
  /** A backend there, as another process would have it. */
  open(): Promise<Backend>;
  /** Keeps what it has now. */
  keep(): Promise<void>;
  /** Forgets all that came after that. It is back when this resolves, and so are the backends. */
  forget(): Promise<void>;
}

/** Waits until backends have their connection again. */
async function again(backends: readonly Backend[]): Promise<void> {
  for (const backend of backends) {
    for (let tries = 0; ; tries++) {
      try {
        await backend.info('nobody');
        break;
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

async function forgetfulPostgres(): Promise<Forgetful> {
  const server = await startPostgres({ skipSync: true });
  if (server === null) throw new Error('PostgreSQL cannot be started here: install its Debian package.');
  onTestFinished(() => server.remove());
  const backends: Backend[] = [];
  return {
    async open() {
      const pool = new pg.Pool({ connectionString: server.url, max: 1 });
      pool.on('error', () => {}); // it was cut off while nobody used it
      onTestFinished(() => pool.end());
      const backend = new PostgresBackend(pool);
      await backend.prepare();
      backends.push(backend);
      return backend;
    },
    async keep() {
      await server.keep();
      await again(backends);
    },
    async forget() {
      await server.putBack();
      await again(backends);
    },
  };
}

function forgetfulRedis(client: keyof typeof CLIENTS) {
  return async (): Promise<Forgetful> => {
    let server = await startRedis();
    onTestFinished(() => server.stop());
    const backends: Backend[] = [];
    return {
      async open() {
        const opened = await CLIENTS[client](server.url);
        onTestFinished(() => opened.close());
        const backend = new RedisBackend(opened.client, {});
        await backend.prepare();
        backends.push(backend);
        return backend;
      },
      async keep() {
        const { stdout } = spawnSync('redis-cli', ['-p', String(server.port), 'SAVE'], { encoding: 'utf8' });
        expect(stdout).toContain('OK');
      },
      async forget() {
        await server.kill();
        server = await startRedis([], server.folder, server.port);
        await again(backends);
      },
    };
  };
}

const PLACES: [title: string, isMissing: boolean, start: () => Promise<Forgetful>][] = [
  ['PostgreSQL, through pg', noPostgres, forgetfulPostgres],
  ['Redis, through redis', noRedis, forgetfulRedis('redis')],
  ['Redis, through ioredis', noRedis, forgetfulRedis('ioredis')],
];

describe.each(PLACES)('%s: a server that forgot', (_, isMissing, start) => {
  const it = test.skipIf(isMissing);

  it('saves refuses the next one, and gets the session whole with the one after it: nothing is mixed', async () => {
    const server = await start();
    const backend = await server.open();
    const store = new LeasedSessions(backend, { lease: { ttl: LONG } });
    const storage = store.session('alice');
    await storage.load();
    const session = fullSession();
    await storage.save(session);
    await server.keep();
    // A key that is new, and acknowledged; the server knows nothing of it when it is back.
    session.dcs[3]!.auth = testKey('new');
    session.user!.username = 'renamed';
    await storage.save(session);
    session.state!.pts++;
    await storage.save(session);
    await server.forget();

    session.state!.pts++;
    const error = await failure(() => storage.save(session), 'IO');
    expect(error.message).toContain('lost saves of the session alice that it had acknowledged');
    expect((await backend.read('alice'))!.equals(fullSession())).toBe(true);
    await storage.save(session);
    expect((await backend.read('alice'))!.equals(session)).toBe(true);
    expect(storage.held!.aborted).toBe(false);
    const names: string[] = [];
    for await (const { name } of store.find({ username: 'renamed' })) names.push(name);
    expect(names).toEqual(['alice']);
    // From then on it is as always.
    session.state!.pts++;
    await storage.save(session);
    expect((await backend.read('alice'))!.equals(session)).toBe(true);
    await store.close();
  });

  it('all saves under a lease, but not the lease, gets it whole too', async () => {
    const server = await start();
    const backend = await server.open();
    await put(backend, 'alice', sessionOf(1));
    const store = new LeasedSessions(backend, { lease: { ttl: LONG } });
    const storage = store.session('alice');
    await storage.load();
    await server.keep();
    await storage.save(sessionOf(2));
    await server.forget();
    await failure(() => storage.save(sessionOf(3)), 'IO');
    await storage.save(sessionOf(3));
    expect((await backend.read('alice'))!.equals(sessionOf(3))).toBe(true);
    await store.close();
  });

  it('a lease says so to who had it, also when another one has the session by now', async () => {
    const server = await start();
    const [first, second] = [await server.open(), await server.open()];
    for (const name of ['alice', 'bob', 'carol']) await put(first, name, sessionOf(1));
    await server.keep();
    const old = await taken(first, 'alice');
    const idle = await taken(first, 'bob');
    const store = new LeasedSessions(first, { lease: { ttl: LONG } });
    const storage = store.session('carol');
    await storage.load();
    await storage.save(sessionOf(2));
    await first.save(old, allOf(sessionOf(2)), { replace: true });
    await server.forget();

    expect(await first.renew([idle], LONG)).toEqual([false]);
    // In the same order as before, so that a number which the server only counts would come again.
    const now = await taken(second, 'alice');
    const others = [await taken(second, 'bob'), await taken(second, 'carol')];
    expect(now.fence).not.toBe(old.fence);
    expect(await first.renew([old, idle], LONG)).toEqual([false, false]);
    expect(await first.save(old, allOf(sessionOf(3)))).toBe(false);
    await first.release(old);
    await failure(() => storage.save(sessionOf(3)), 'LEASE_LOST');
    expect(storage.held!.aborted).toBe(true);
    for (const name of ['alice', 'bob', 'carol'])
      expect((await second.read(name))!.equals(sessionOf(1))).toBe(true);
    expect(await second.renew([now, ...others], LONG)).toEqual([true, true, true]);
    await store.close();
  });

  it('peers has them no more, and gets whole ones: each put begins with what is there', async () => {
    const server = await start();
    const backend = await server.open();
    const store = new LeasedSessions(backend, { lease: { ttl: LONG } });
    const storage = store.session('alice');
    await storage.load();
    await storage.save(fullSession());
    const [ann, ben] = [peerOf(1, 'ann'), peerOf(2, 'ben')];
    await storage.peers!.put([ann]);
    await server.keep();
    await storage.peers!.put([{ ...ann, usernames: ['anna'] }, ben]);
    await server.forget();
    await storage.peers!.put([{ ...ben, phone: '4915112345678' }]);
    expect(await storage.peers!.getByUsername('ben')).toEqual({ ...ben, phone: '4915112345678' });
    expect(await storage.peers!.getByUsername('ann')).toEqual(ann);
    expect(await storage.peers!.getByUsername('anna')).toBeNull();
    await store.close();
  });
});

function peerOf(id: number, username: string): Peer {
  const accessHash = BigInt(id) * 1000n;
  return { kind: 'user', id, accessHash, usernames: [username], phone: null, name: username, seen: null };
}
