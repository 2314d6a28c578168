import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import type { Peer } from '../../../src/peers.ts';
import { LeasedSessions } from '../../../src/stores/leased-sessions.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { sampleSession } from '../../../src/testing/index.ts';
import { CLIENTS, findRedis, removeKeys } from '../../support/redis.ts';

const server = await findRedis();
afterAll(() => server?.stop());

/** How many peers one script may write: the server answers nobody meanwhile. */
const BOUND = 250;

function peersOf(count: number): Peer[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'user',
    id: i + 1,
    accessHash: BigInt(i),
    usernames: [`name${i + 1}`],
    phone: null,
    name: null,
    seen: null,
  }));
}

/** A session that is held, and what is written of its peers. */
async function held() {
  const prefix = `tgsession-test-${randomUUID()}:`;
  const { client, close } = await CLIENTS.redis(server!.url);
  const backend = new RedisBackend(client, { prefix });
  const store = new LeasedSessions(backend);
  onTestFinished(async () => {
    await store.close();
    await close();
    await removeKeys(server!.url, prefix);
  });
  const session = store.session('alice');
  await session.load();
  await session.save(sampleSession());
  const write = backend.peers.write.bind(backend.peers);
  return { session, peers: session.peers!, backend, write };
}

describe.skipIf(server === null)('many peers in one put', () => {
  test('are written some at a time, so that no script keeps the server from others for long', async () => {
    const { peers, backend, write } = await held();
    const sizes: number[] = [];
    backend.peers.write = (lease, changes) => {
      sizes.push(changes.put.length);
      return write(lease, changes);
    };
    await peers.put(peersOf(1100));
    expect(sizes).toEqual([BOUND, BOUND, BOUND, BOUND, 100]);
    expect(await peers.count()).toBe(1100);
  });

  test('are there whole, each with its name, as far as a put came that was cut off; the next one completes it', async () => {
    const { peers, backend, write } = await held();
    let writes = 0;
    backend.peers.write = (lease, changes) => {
      if (++writes === 3) return Promise.reject(new SessionError('IO', 'cut off'));
      return write(lease, changes);
    };
    const all = peersOf(1000);
    await expect(peers.put(all)).rejects.toThrow('cut off');
    const there = await peers.list({ limit: 1000 });
    expect(there).toEqual(all.slice(0, 2 * BOUND));
    for (const peer of [all[0]!, all[2 * BOUND - 1]!]) {
      expect(await peers.getByUsername(peer.usernames[0]!)).toEqual(peer);
    }
    expect(await peers.getByUsername(`name${2 * BOUND + 1}`)).toBeNull();
    await peers.put(all);
    expect(await peers.list({ limit: 1000 })).toEqual(all);
  });

  test('pass names on as they would one by one, also from one step to a later one', async () => {
    const { peers } = await held();
    const all = peersOf(600);
    await peers.put(all);
    const first = { ...all[0]!, usernames: ['other'] };
    const last = { ...all[599]!, usernames: ['name1'] };
    await peers.put([first, ...all.slice(1, 599), last]);
    expect(await peers.getByUsername('name1')).toEqual(last);
    expect(await peers.getByUsername('other')).toEqual(first);
    expect(await peers.getByUsername('name600')).toBeNull();
  });

  test('of another login take the place of those before in their first step', async () => {
    const { session, peers } = await held();
    await peers.put(peersOf(600));
    await session.save(sampleSession(2));
    await peers.put(peersOf(300).map((peer) => ({ ...peer, usernames: [] })));
    expect(await peers.count()).toBe(300);
    expect(await peers.getByUsername('name1')).toBeNull();
  });
});
