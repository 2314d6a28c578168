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
import { RedisSessions } from 'tgsession/redis';
import type { SessionStore } from 'tgsession/stores';
import { growthPlot, type Line, type Panel } from './growth-plot.ts';
import { fill, measure, saveOfOne } from './many-sessions.ts';
import { withServer } from './stores-redis.ts';

const quick = process.argv.includes('--quick');
const SIZES = quick ? [1000] : [1000, 10_000, 100_000];
const POSTGRES = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
/** Nothing is renewed while a store is measured. */
const lease = { ttl: 3_600_000 };

type Row = { sessions: number; save: number; page: number; find: number; claim: number };

async function rowOf(store: SessionStore, sessions: number): Promise<Row> {
  const save = await saveOfOne(store, quick ? { warm: 50, rounds: 50 } : { warm: 3000, rounds: 1000 });
  return { sessions, save, ...(await measure(store, sessions, quick ? 5 : 31)) };
}

async function inRedis(sessions: number): Promise<Row> {
  let row: Row | undefined;
  await withServer(['--appendonly', 'yes', '--appendfsync', 'always'], async (client, prefix) => {
    const store = new RedisSessions(client, { prefix, lease });
    await fill(store, sessions);
    row = await rowOf(store, sessions);
    await store.close();
  });
  return row!;
}

async function inPostgres(sessions: number): Promise<Row> {
  const schema = `growth_${randomUUID().slice(0, 8)}`;
  const pool = new pg.Pool({ connectionString: POSTGRES, max: 4 });
  const filling = new pg.Pool({ connectionString: POSTGRES, max: 4, options: '-c synchronous_commit=off' });
  try {
    const filled = new PostgresSessions(filling, { schema, lease });
    await fill(filled, sessions);
    await filled.close();
    // As its autovacuum does some time after so many writes.
    for (const table of ['sessions', 'dcs']) await pool.query(`VACUUM ANALYZE "${schema}".${table}`);
    const store = new PostgresSessions(pool, { schema, lease });
    const row = await rowOf(store, sessions);
    await store.close();
    return row;
  } finally {
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await Promise.all([pool.end(), filling.end()]);
  }
}

const rows: Record<Line['store'], Row[]> = { Redis: [], PostgreSQL: [] };
const loads: number[] = [];
for (const sessions of SIZES) {
  rows.Redis.push(await inRedis(sessions));
  loads.push(loadavg()[0]!);
  rows.PostgreSQL.push(await inPostgres(sessions));
  loads.push(loadavg()[0]!);
}

console.log('| store | sessions | page of 100 | find by user id | claim of 100 | save of one change |');
console.log('|---|---|---|---|---|---|');
for (const [store, each] of Object.entries(rows)) {
  for (const { sessions, page, find, claim, save } of each) {
    const cells = [page, find, claim, save].map((ms) => ms.toFixed(2));
    console.log(`| ${store} | ${sessions.toLocaleString('en')} | ${cells.join(' | ')} |`);
  }
}
const load = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
console.log(`\nNode.js ${process.version}, load of the machine meanwhile ${load}.`);

if (process.argv.includes('--write')) {
  const panel = (title: string, goal: number | null, of: keyof Row): Panel => ({
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
