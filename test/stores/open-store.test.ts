import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DirectorySessions } from '../../src/stores/directory/index.ts';
import type { SessionStore } from '../../src/stores/index.ts';
import { MemorySessions, openStore } from '../../src/stores/index.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { failure } from '../support/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { peerOf } from '../support/peer.ts';
import { noPostgres, postgresUrl, testSchema } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';

async function keepsSessions(open: () => Promise<SessionStore>): Promise<void> {
  const store = await open();
  const alice = store.session('alice');
  expect(await alice.load()).toBeNull();
  await alice.save(sampleSession(1));
  expect((await store.info('alice'))?.holder?.label).toBe('opener');
  await store.close();
  await store.close();
  const again = await open();
  expect((await again.session('alice').load())?.equals(sampleSession(1))).toBe(true);
  await again.close();
}

describe('openStore', () => {
  test('opens a path and a file: URL as a folder', async () => {
    const folder = join(temporaryFolder(), 'sessions');
    await keepsSessions(() => openStore(folder, { label: 'opener' }));
    const store = await openStore(pathToFileURL(folder));
    expect(store).toBeInstanceOf(DirectorySessions);
    expect((await store.list()).map(({ name }) => name)).toEqual(['alice']);
    expect(await openStore(pathToFileURL(folder).href)).toBeInstanceOf(DirectorySessions);
  });

  test('opens memory:', async () => {
    expect(await openStore('memory:')).toBeInstanceOf(MemorySessions);
  });

  test('passes on how many peers are kept, and how long leases last', async () => {
    for (const place of ['memory:', join(temporaryFolder(), 'sessions')]) {
      const store = await openStore(place, { maxPeers: 2, lease: { ttl: 5000 } });
      const alice = store.session('alice');
      await alice.load();
      await alice.save(sampleSession(1));
      const { expires, since } = (await store.info('alice'))!.holder!;
      if (expires !== null) expect(expires.getTime() - since.getTime()).toBeLessThanOrEqual(5000);
      await alice.peers!.put([1, 2, 3].map((id) => peerOf({ id })));
      expect(await alice.peers!.count()).toBe(2);
      await store.close();
    }
  });

  test.skipIf(noPostgres)('opens postgres:, in the schema of the URL, and ends its connections', async () => {
    const url = new URL(postgresUrl!);
    url.searchParams.set('schema', testSchema());
    await keepsSessions(() => openStore(url, { label: 'opener' }));
  });

  test('opens redis:, with the prefix of the URL, and ends its connection', async () => {
    const server = await startRedis();
    try {
      await keepsSessions(() => openStore(`${server.url}/?prefix=mine:`, { label: 'opener' }));
      const other = await openStore(`${server.url}/?prefix=other:`);
      expect(await other.list()).toEqual([]);
      await other.close();
    } finally {
      await server.stop();
    }
  });

  test('the password of a URL is in no error and no text of the store', async () => {
    const secret = 'hunter2secret';
    const places = [
      `redis://user:${secret}@127.0.0.1:1/0`,
      `mysql://user:${secret}@127.0.0.1:1/x`,
      `postgres://user:${secret}@[bad`,
    ];
    for (const place of places) {
      const error = await openStore(place).then(
        () => expect.unreachable(place),
        (one: unknown) => one,
      );
      expect(inspect(error, { depth: 9 })).not.toContain(secret);
    }
    const store = await openStore(`postgres://user:${secret}@127.0.0.1:1/db?password=${secret}`);
    expect(inspect(store, { depth: 9 })).not.toContain(secret);
    expect(String(store)).toBe('postgres://user@127.0.0.1:1/db');
    const error = await failure(() => store.list(), 'IO');
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
    await store.close();
  });

  test('another kind of URL is INVALID_PATH', async () => {
    const error = await failure(() => openStore('mysql://host/db'), 'INVALID_PATH');
    expect(error.message).toContain('postgres:');
  });
});
