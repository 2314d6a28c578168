/**
 * `node bench/stores-redis.ts [--quick]`: many sessions in one Redis, beside what the bare client needs. Everything is under
 * a prefix of its own, and removed afterwards.
 */

import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { createClient } from 'redis';
import { Session } from 'tgsession';
import { RedisSessions } from 'tgsession/redis';
import { dataOf } from './stores.ts';

const URL_OF_REDIS = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
/** How many calls are under way at once while a store is filled. */
const AT_ONCE = 500;

const open = () => createClient({ url: URL_OF_REDIS, socket: { reconnectStrategy: false } });
type Client = ReturnType<typeof open>;

function sessionOf(userId: number, channels: number): Session {
  const { keys, channels: list } = dataOf(channels);
  return new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: keys[1]! }],
    user: { id: userId, dc: 2, bot: false, username: `user_${userId}` },
    state: { pts: 1, qts: 1, date: 1_700_000_000, seq: 1, channels: list },
  });
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

async function medianOf(rounds: number, call: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timed(() => call(round)));
  return median(times);
}

/** A save of one changed channel, and the same HSET in a script of the bare client, in turns. */
async function saves(client: Client, prefix: string, channels: number, rounds: number) {
  const store = new RedisSessions(client, { prefix });
  const storage = store.session(`saves-${channels}`);
  await storage.load();
  const session = sessionOf(1, channels);
  await storage.save(session);
  const text = "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) return 1";
  const sha1 = createHash('sha1').update(text).digest('hex');
  await client.sendCommand(['SCRIPT', 'LOAD', text]);
  const key = `${prefix}{saves-${channels}}:channels`;
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const channel = session.state!.channels[(i * 37) % channels]!;
    const saveOurs = async () => {
      channel.pts += 1;
      ours.push(await timed(() => storage.save(session)));
    };
    const saveBare = async () => {
      const args = ['EVALSHA', sha1, '1', key, String(channel.id), String(i)];
      bare.push(await timed(() => client.sendCommand(args)));
    };
    for (const save of i % 2 === 0 ? [saveOurs, saveBare] : [saveBare, saveOurs]) await save();
  }
  await store.close();
  const warm = rounds >> 2;
  return { ours: median(ours.slice(warm)), bare: median(bare.slice(warm)) };
}

async function loads(client: Client, prefix: string, channels: number, rounds: number) {
  const store = new RedisSessions(client, { prefix });
  const session = sessionOf(1, channels);
  const first = await medianOf(rounds, async (round) => {
    const storage = store.session(`first-${channels}-${round}`);
    await storage.load();
    await storage.save(session);
  });
  await store.close();
  const again = new RedisSessions(client, { prefix });
  const load = await medianOf(rounds, (round) => again.session(`first-${channels}-${round}`).load());
  await again.close();
  return { first, load };
}

/** Fills a store with sessions of a few channels. */
async function fill(store: RedisSessions, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, to - i) }, (_, k) => i + k);
    await Promise.all(
      some.map(async (n) => {
        const storage = store.session(`session-${String(n).padStart(7, '0')}`);
        await storage.load();
        await storage.save(sessionOf(1000 + n, 0));
        await storage.close();
      }),
    );
  }
}

async function inStore(store: RedisSessions, count: number, rounds: number) {
  const nameOf = (n: number) => `session-${String(n % count).padStart(7, '0')}`;
  const page = await medianOf(rounds, (i) => store.list({ after: nameOf(i * 7919) }));
  const find = await medianOf(rounds, async (i) => {
    for await (const { name } of store.find({ userId: 1000 + ((i * 7919) % count) })) if (name === '') break;
  });
  const claim = await medianOf(rounds, async () => {
    const claimed = await store.claim({ limit: 100 });
    if (claimed.length !== 100) throw new Error(`${claimed.length} were claimed`);
    void Promise.all(claimed.map((session) => session.close()));
  });
  return { page, find, claim };
}

/** A claim of 100 when all but 100 are held. */
async function claimOfLast(store: RedisSessions, count: number, rounds: number): Promise<number> {
  for (let left = count - 100; left > 0; left -= 10_000) {
    await store.claim({ limit: Math.min(left, 10_000) });
  }
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const begun = performance.now();
    const claimed = await store.claim({ limit: 100 });
    times.push(performance.now() - begun);
    if (claimed.length !== 100) throw new Error(`${claimed.length} were claimed`);
    await Promise.all(claimed.map((session) => session.close()));
  }
  return median(times);
}

/** Many sessions in Redis, as tables. */
export async function redisStores(quick: boolean): Promise<void> {
  const client = open();
  client.on('error', () => {});
  try {
    await client.connect();
  } catch {
    console.log('\nNo Redis is here, so RedisSessions is left out.');
    return;
  }
  const prefix = `tgsession-bench-${process.pid}:`;
  try {
    console.log('\n**Redis: one session, medians in ms**\n');
    console.log(
      '| channels | save of one change | bare EVALSHA with that HSET | ratio | first save | load |',
    );
    console.log('|---|---|---|---|---|---|');
    for (const channels of [100, 1000, 10_000]) {
      const { ours, bare } = await saves(client, prefix, channels, quick ? 200 : 2000);
      const { first, load } = await loads(client, prefix, channels, quick ? 5 : 15);
      const cells = [
        ours.toFixed(3),
        bare.toFixed(3),
        (ours / bare).toFixed(2),
        first.toFixed(1),
        load.toFixed(1),
      ];
      console.log(`| ${channels} | ${cells.join(' | ')} |`);
    }
    console.log('\n**Redis: many sessions, medians in ms**\n');
    console.log('| sessions | page of 100 | find by user id | claim of 100 | claim of the last 100 |');
    console.log('|---|---|---|---|---|');
    for (const count of quick ? [1000] : [1000, 100_000]) {
      const own = `${prefix}${count}:`;
      const store = new RedisSessions(client, { prefix: own, lease: { ttl: 3_600_000 } });
      await fill(store, 0, count);
      const { page, find, claim } = await inStore(store, count, quick ? 5 : 8);
      // Those that are being given back are not to be counted as free or held.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const last = await claimOfLast(store, count, quick ? 5 : 8);
      console.log(`| ${count} | ${[page, find, claim, last].map((ms) => ms.toFixed(2)).join(' | ')} |`);
      await store.close();
    }
  } finally {
    await removeAll(client, prefix);
    client.destroy();
  }
}

async function removeAll(client: Client, prefix: string): Promise<void> {
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
    if (keys.length > 0) await client.unlink(keys);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await redisStores(process.argv.includes('--quick'));
}
