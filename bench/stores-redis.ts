/**
 * `node bench/stores-redis.ts [--quick]`: many sessions in one Redis, beside what the bare client needs. It starts servers of
 * its own (`redis-server`); where it cannot, it takes the one at `TEST_REDIS_URL` or 127.0.0.1:6379, under a prefix of its
 * own that is removed afterwards.
 */

import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { createClient } from 'redis';
import { RedisSessions } from 'tgsession/redis';
import { findRedis, noRedis, startRedis } from '../test/support/redis.ts';
import { claimOf100, fill, sessionOf, workIn } from './many-sessions.ts';
import { inTurns, medianGiven, medianOf } from './timing.ts';

/** How durable a save is, and the settings of the server. The first one is what we recommend. */
const DURABILITIES: [name: string, args: string[]][] = [
  ['appendfsync always', ['--appendonly', 'yes', '--appendfsync', 'always']],
  ['appendfsync everysec', ['--appendonly', 'yes', '--appendfsync', 'everysec']],
  ['in memory only', []],
];

const open = async (url: string) => {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  return client;
};
type Client = Awaited<ReturnType<typeof open>>;

/**
 * The limit of a save: the bytes that it writes, into copies of the same hashes on the same server, by a script that checks
 * nothing: pts of the channel, number and time of the save.
 */
const SAME_BYTES = `redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[1], 'save', ARGV[3], 'saved', ARGV[4])
return 1`;
/** Less than that: pts of the channel alone. */
const CHANNEL_ALONE = "redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) return 1";

/** A save of one changed channel, and bare scripts of the same client, in turns. */
async function saves(client: Client, prefix: string, channels: number, quick: boolean) {
  const store = new RedisSessions(client, { prefix });
  const name = `saves-${channels}`;
  const storage = store.session(name);
  await storage.load();
  const session = sessionOf(1, channels);
  await storage.save(session);
  const keys = [`${prefix}{${name}}:bare-session`, `${prefix}{${name}}:bare-channels`];
  await client.sendCommand(['COPY', `${prefix}{${name}}:session`, keys[0]!]);
  await client.sendCommand(['COPY', `${prefix}{${name}}:channels`, keys[1]!]);
  const bare = async (text: string) => {
    await client.sendCommand(['SCRIPT', 'LOAD', text]);
    const sha1 = createHash('sha1').update(text).digest('hex');
    return (i: number) => {
      const { id } = session.state!.channels[(i * 37) % channels]!;
      const args = [String(id), String(i), String(i), `${1_790_000_000 + i} ${100_000 + i}`];
      return client.sendCommand(['EVALSHA', sha1, '2', ...keys, ...args]);
    };
  };
  const ours = (i: number) => {
    session.state!.channels[(i * 37) % channels]!.pts += 1;
    return storage.save(session);
  };
  // A process that saves runs for days: by then its code is compiled.
  const rounds = quick ? { warm: 100, rounds: 100 } : { warm: 8000, rounds: 4000 };
  const times = await inTurns(
    { ours, same: await bare(SAME_BYTES), alone: await bare(CHANNEL_ALONE) },
    rounds,
  );
  await store.close();
  return times;
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

/** A claim of 100 when all but 100 are held. */
async function claimOfLast(store: RedisSessions, count: number, rounds: number): Promise<number> {
  for (let left = count - 100; left > 0; left -= 10_000) {
    await store.claim({ limit: Math.min(left, 10_000) });
  }
  return medianGiven(rounds, () => claimOf100(store));
}

async function oneSession(quick: boolean): Promise<void> {
  console.log('\n**Redis: one session, medians in ms**\n');
  console.log(
    '| durability | channels | save of one change | EVALSHA of the same bytes | ratio | EVALSHA of the channel alone | ratio | first save | load |',
  );
  console.log(`|---${'|---'.repeat(8)}|`);
  const all = noRedis ? [['as the server there', []] as (typeof DURABILITIES)[number]] : DURABILITIES;
  for (const [durability, args] of all) {
    await withServer(args, async (client, prefix) => {
      for (const channels of [100, 1000, 10_000]) {
        const { ours, same, alone } = await saves(client, prefix, channels, quick);
        const { first, load } = await loads(client, prefix, channels, quick ? 5 : 15);
        const cells = [
          ours.toFixed(3),
          same.toFixed(3),
          (ours / same).toFixed(2),
          alone.toFixed(3),
          (ours / alone).toFixed(2),
          first.toFixed(1),
          load.toFixed(1),
        ];
        console.log(`| ${durability} | ${channels} | ${cells.join(' | ')} |`);
      }
    });
  }
}

async function manySessions(quick: boolean): Promise<void> {
  console.log('\n**Redis: many sessions, appendfsync always, medians in ms**\n');
  console.log('| sessions | page of 100 | find by user id | claim of 100 | claim of the last 100 |');
  console.log('|---|---|---|---|---|');
  for (const count of quick ? [1000] : [1000, 100_000]) {
    await withServer(DURABILITIES[0]![1], async (client, prefix) => {
      const store = new RedisSessions(client, { prefix, lease: { ttl: 3_600_000 } });
      await fill(store, count);
      const rounds = quick ? 5 : 15;
      const { page, find, claim } = workIn(store, count);
      const times: number[] = [];
      for (const work of [page, find, claim]) times.push(await medianGiven(rounds, work));
      times.push(await claimOfLast(store, count, rounds));
      console.log(`| ${count} | ${times.map((ms) => ms.toFixed(2)).join(' | ')} |`);
      await store.close();
    });
  }
}

/** Runs a call with a client of a server that was started for it, or of the one that is there. */
export async function withServer(
  args: string[],
  call: (client: Client, prefix: string) => Promise<void>,
): Promise<void> {
  const server = noRedis ? await findRedis() : await startRedis(args);
  if (server === null) throw new Error('No Redis is here.');
  const client = await open(server.url);
  const prefix = `tgsession-bench-${process.pid}:`;
  try {
    await call(client, prefix);
  } finally {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
      if (keys.length > 0) await client.unlink(keys);
    }
    client.destroy();
    await server.stop();
  }
}

/** Many sessions in Redis, as tables. */
export async function redisStores(quick: boolean): Promise<void> {
  if (noRedis && (await findRedis()) === null) {
    console.log('\nNo Redis is here, so RedisSessions is left out.');
    return;
  }
  await oneSession(quick);
  await manySessions(quick);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await redisStores(process.argv.includes('--quick'));
}
