/**
 * `node bench/growth.ts [--quick] [--write]`: how stores in Redis and PostgreSQL behave as they grow from 1,000 to 100,000
 * sessions, as a table; with `--write` also as docs/stores-growth.svg. Through `SessionStore` alone. Redis is a server of its
 * own with `appendfsync always`, PostgreSQL the one at `TEST_POSTGRES_URL` or 127.0.0.1, with `synchronous_commit` as it is
 * there (on, unless somebody changed it): a save is on the disk when it resolves.
 */

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PostgresSessions } from 'tgsession/postgres';
import { type RedisClient, RedisSessions } from 'tgsession/redis';
import type { SessionStore } from 'tgsession/stores';
import { growthPlot, type Line, type Panel } from './growth-plot.ts';
import { fill, saverIn, workIn } from './many-sessions.ts';
import { withServer } from './stores-redis.ts';
import { median } from './timing.ts';

const quick = process.argv.includes('--quick');
const SIZES = quick ? [1000] : [1000, 10_000, 100_000];
const POSTGRES = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
/** Nothing is renewed while a store is measured. */
const lease = { ttl: 3_600_000 };

const WORK = ['page', 'find', 'claim', 'save'] as const;
type Name = (typeof WORK)[number];

/** A store of one size. */
interface Place {
  store: Line['store'];
  sessions: number;
  work: Record<Name, (round: number) => Promise<number>>;
  times: Record<Name, number[]>;
}

async function placeOf(name: Line['store'], store: SessionStore, sessions: number): Promise<Place> {
  const work = { ...workIn(store, sessions), save: await saverIn(store) };
  return { store: name, sessions, work, times: { page: [], find: [], claim: [], save: [] } };
}

async function inRedis(client: RedisClient, prefix: string, sessions: number): Promise<Place> {
  const store = new RedisSessions(client, { prefix: `${prefix}${sessions}:`, lease });
  await fill(store, sessions);
  return placeOf('Redis', store, sessions);
}

async function inPostgres(pool: pg.Pool, schema: string, sessions: number): Promise<Place> {
  const filling = new pg.Pool({ connectionString: POSTGRES, max: 4, options: '-c synchronous_commit=off' });
  const filled = new PostgresSessions(filling, { schema, lease });
  await fill(filled, sessions);
  await filled.close();
  await filling.end();
  // As autovacuum does some time after so many writes.
  for (const table of ['sessions', 'dcs']) await pool.query(`VACUUM ANALYZE "${schema}".${table}`);
  return placeOf('PostgreSQL', new PostgresSessions(pool, { schema, lease }), sessions);
}

/** All sizes of both in turns, so that what else the machine does falls on all alike. */
async function measure(places: Place[]): Promise<void> {
  const rounds = quick ? 3 : 40;
  const saves = quick ? 5 : 50;
  for (let round = -1; round < rounds; round++) {
    for (const { work, times } of places.toSorted(() => Math.random() - 0.5)) {
      for (const name of WORK) {
        for (let i = 0; i < (name === 'save' ? saves : 1); i++) {
          const time = await work[name](Math.max(round, 0) * saves + i);
          // The first round prepares the ground.
          if (round >= 0) times[name].push(time);
        }
      }
    }
  }
}

const places: Place[] = [];
const schemas = SIZES.map((sessions) => `growth_${sessions}_${randomUUID().slice(0, 8)}`);
const pool = new pg.Pool({ connectionString: POSTGRES, max: 4 });
try {
  await withServer(['--appendonly', 'yes', '--appendfsync', 'everysec'], async (client, prefix) => {
    for (const [i, sessions] of SIZES.entries()) {
      places.push(await inRedis(client, prefix, sessions));
      places.push(await inPostgres(pool, schemas[i]!, sessions));
    }
    await client.sendCommand(['CONFIG', 'SET', 'appendfsync', 'always']);
    await measure(places);
  });
} finally {
  for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await pool.end();
}

const rows = Object.groupBy(
  places.map(({ store, sessions, times }) => ({
    store,
    sessions,
    page: median(times.page),
    find: median(times.find),
    claim: median(times.claim),
    save: median(times.save),
  })),
  ({ store }) => store,
) as Record<Line['store'], ({ sessions: number } & Record<Name, number>)[]>;
console.log('| store | sessions | page of 100 | find by user id | claim of 100 | save of one change |');
console.log('|---|---|---|---|---|---|');
for (const [store, each] of Object.entries(rows)) {
  for (const { sessions, page, find, claim, save } of each) {
    const cells = [page, find, claim, save].map((ms) => ms.toFixed(2));
    console.log(`| ${store} | ${sessions.toLocaleString('en')} | ${cells.join(' | ')} |`);
  }
}
console.log(`\nNode.js ${process.version}, load of the machine ${loadavg()[0]!.toFixed(1)}.`);

if (process.argv.includes('--write')) {
  const panel = (title: string, goal: number | null, of: Name): Panel => ({
    title,
    goal,
    lines: Object.entries(rows).map(([store, each]) => ({
      store: store as Line['store'],
      points: each.map((row) => ({ sessions: row.sessions, ms: row[of] })),
    })),
  });
  const plot = growthPlot(
    'What a store costs as it grows from 1,000 to 100,000 sessions',
    'Each save on the disk when it resolves. Both axes are logarithmic.',
    'Four panels with a line for Redis and one for PostgreSQL each; the numbers stand in a table in docs/performance.md.',
    [
      panel('page of 100', 10, 'page'),
      panel('find by user id', 2, 'find'),
      panel('claim of 100', 50, 'claim'),
      panel('save of one change', null, 'save'),
    ],
  );
  writeFileSync(join(import.meta.dirname, '../docs/stores-growth.svg'), plot);
}
