/**
 * `node bench/stores-postgres.ts [url] [--quick]`: PostgresSessions beside a bare statement of the same client in the same
 * run, beside `@mtcute/postgres`, and as a store grows from 1,000 to 100,000 sessions. Medians in milliseconds. With
 * `--json`, one line of JSON in the place of tables.
 */

import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { ICorePlatform } from '@mtcute/core';
import { NodePlatform } from '@mtcute/node';
import { LogManager } from '@mtcute/node/utils.js';
import { PostgresStorage } from '@mtcute/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { Session } from 'tgsession';
import { PostgresSessions } from 'tgsession/postgres';
import { dataOf } from './stores.ts';
import { inTurns, median } from './timing.ts';

const USUAL_URL = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';

/** A run: what is measured, how often, and where. */
let quick: boolean;
let pool: pg.Pool;
let sql: postgres.Sql;
const schemas: string[] = [];

/** What was measured, by workload: a row for each size, a column for each way. */
const results: Record<string, Record<string, Record<string, number>>> = {};

function newSchema(): string {
  const schema = `bench_${randomUUID().slice(0, 8)}`;
  schemas.push(schema);
  return schema;
}

type Ways = Record<string, () => Promise<unknown>>;

/** Runs the ways in turns, in a new order each round. */
async function compare(workload: string, size: number, rounds: number, ways: Ways, warm = 10): Promise<void> {
  results[workload] ??= {};
  results[workload][size] = await inTurns(ways, { warm, rounds });
}

function sessionOf(channels: number): Session {
  const { keys, channels: list } = dataOf(channels);
  return new Session({
    dcs: keys.map((auth, i) => ({ id: i + 1, ipv4Addr: `149.154.167.${50 + i}:443`, auth })),
    user: { id: 777_000, dc: 2, bot: false, username: 'bench' },
    state: { pts: 1, qts: 1, date: 1, seq: 1, channels: list },
  });
}

/** One session of n channels, saved again and again. */
async function saves(channels: number): Promise<void> {
  const session = sessionOf(channels);
  const schema = newSchema();
  const [store, storeJs] = [new PostgresSessions(pool, { schema }), new PostgresSessions(sql, { schema })];
  const [own, js] = [store.session('a'), storeJs.session('b')];
  for (const each of [own, js]) {
    await each.load();
    await each.save(session);
  }
  await pool.query(
    `CREATE TABLE "${schema}".bare (session bigint, id bigint, pts bigint, PRIMARY KEY (session, id)) WITH (fillfactor = 80)`,
  );
  for (let i = 0; i < channels; i += 1000) {
    const ids = session.state!.channels.slice(i, i + 1000).map(({ id }) => id);
    await pool.query(`INSERT INTO "${schema}".bare SELECT 1, unnest($1::bigint[]), 0`, [ids]);
  }
  const mtcute = new PostgresStorage(pool, { schema: newSchema() });
  const platform = new NodePlatform() as unknown as ICorePlatform;
  mtcute.driver.setup(new LogManager('bench', platform), platform);
  await mtcute.driver.load();

  const upsert = `INSERT INTO "${schema}".bare VALUES ($1, $2, $3) ON CONFLICT (session, id) DO UPDATE SET pts = excluded.pts`;
  let n = 0;
  const next = () => {
    const channel = session.state!.channels[++n % channels]!;
    channel.pts += 1;
    return channel;
  };
  const rounds = quick ? 100 : 1000;
  await compare(
    'save of one changed channel',
    channels,
    rounds,
    {
      'tgsession (pg)': () => {
        next();
        return own.save(session);
      },
      'bare upsert (pg)': () => {
        const { id, pts } = next();
        return pool.query({ name: `bare ${channels}`, text: upsert, values: [1, id, pts] });
      },
      'tgsession (postgres)': () => {
        next();
        return js.save(session);
      },
      'bare upsert (postgres)': () => {
        const { id, pts } = next();
        return sql.unsafe(upsert, [1, id, pts], { prepare: true });
      },
      '@mtcute/postgres': async () => {
        const { id, pts } = next();
        await mtcute.kv.set(`updates_channel:${id}`, new Uint8Array(new Int32Array([pts]).buffer));
      },
    },
    300,
  );
  await compare('save of the state', channels, rounds, {
    'tgsession (pg)': () => {
      session.state!.pts += 1;
      return own.save(session);
    },
    'bare upsert (pg)': () =>
      pool.query({
        name: `bare ${channels}`,
        text: upsert,
        values: [1, session.state!.channels[0]!.id, ++n],
      }),
  });
  for (const each of [own, js]) await each.close();
  await compare('load', channels, quick ? 5 : 30, {
    'tgsession (pg)': async () => {
      const storage = store.session('a');
      await storage.load();
      await storage.close();
    },
    'bare select of all rows (pg)': () =>
      pool.query({ name: `all ${channels}`, text: `SELECT id, pts FROM "${schema}".bare WHERE session = 1` }),
  });
  await compare(
    'first save',
    channels,
    quick ? 3 : 15,
    {
      'tgsession (pg)': async () => {
        const storage = store.session(`n${++n}`);
        await storage.load();
        const start = performance.now();
        await storage.save(session);
        firstSaves.push(performance.now() - start);
        await storage.close();
      },
      'bare INSERT with unnest (pg)': async () => {
        const list = session.state!.channels;
        await pool.query({
          name: `insert ${channels}`,
          text: `INSERT INTO "${schema}".bare SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])`,
          values: [++n, list.map(({ id }) => id), list.map(({ pts }) => pts)],
        });
      },
    },
    1,
  );
  results['first save']![channels]!['of which save()'] = median(firstSaves.splice(0));
  await store.close();
  await storeJs.close();
}

const firstSaves: number[] = [];

/** A store of n sessions, of which most are held. */
async function growth(sessions: number): Promise<void> {
  const schema = newSchema();
  const store = new PostgresSessions(pool, { schema });
  await store.list();
  const own = `"${schema}".`;
  await pool.query(`INSERT INTO ${own}sessions
      (name, fence, is_saved, saved_at, user_id, user_dc, user_bot, username, username_lower, pts, qts, date, seq,
       status, label, tags, phone)
    SELECT 'session-' || lpad(i::text, 6, '0'), i, true, now(), i * 10, 1 + i % 5, i % 10 = 0,
      'User' || i, 'user' || i, i, i, i, i, CASE WHEN i % 1000 = 0 THEN 'dead' ELSE 'ok' END,
      'label ' || i % 100, ARRAY['pool-' || i % 20, 'all'], (4915000000000 + i)::text
    FROM generate_series(1, ${sessions}) AS i`);
  await pool.query(`INSERT INTO ${own}dcs SELECT key, dc, '149.154.167.51:443', NULL, decode(repeat('ab', 256), 'hex')
    FROM ${own}sessions, generate_series(1, 2) AS dc`);
  await pool.query(`VACUUM ANALYZE ${own}sessions`);
  const some = () => 1 + Math.floor(Math.random() * sessions);
  const first = async (filter: Parameters<typeof store.find>[0]) => {
    for await (const _ of store.find(filter)) break;
  };
  const rounds = quick ? 20 : 100;
  const bare = () => pool.query({ name: 'one', text: 'SELECT 1' });
  await compare('list, find', sessions, rounds, {
    'page of 100': () => store.list({ after: `session-${String(some()).padStart(6, '0')}` }),
    'by user id': () => first({ userId: some() * 10 }),
    'by username': () => first({ username: `@USER${some()}` }),
    'by phone': () => first({ phone: `+49 ${15000000000 + some()}` }),
    'page of 100 of a label': () => store.list({ filter: { label: 'label 7' } }),
    'page of 100 of a tag': () => store.list({ filter: { tag: 'pool-3' } }),
    'page of 100 dead ones': () => store.list({ filter: { status: 'dead' } }),
    'page of 100 of a data centre': () => store.list({ filter: { dc: 2 } }),
    info: () => store.info(`session-${String(some()).padStart(6, '0')}`),
    'SELECT 1': bare,
  });
  const claim = async (filter: object = {}) => {
    const start = performance.now();
    const claimed = await store.claim({ limit: 100, filter });
    claims.push(performance.now() - start);
    if (claimed.length !== Math.min(100, sessions)) throw new Error(`claimed ${claimed.length}`);
    for (const each of claimed) await each.close();
  };
  const claimTimes = async (name: string, filter?: object) => {
    claims.splice(0);
    for (let i = 0; i < (quick ? 3 : 15); i++) await claim(filter);
    results['claim of 100'] ??= {};
    results['claim of 100'][sessions] = { ...results['claim of 100'][sessions], [name]: median(claims) };
  };
  await claimTimes('all free');
  await claimTimes('all free, of a tag', { tag: 'all' });
  const hold = (where: string, expires: string) =>
    pool.query(
      `UPDATE ${own}sessions SET holder_host = 'h', holder_pid = 1, held_since = now(), expires = ${expires} ${where}`,
    );
  await hold(`WHERE key <= (SELECT max(key) - 150 FROM ${own}sessions)`, "now() + interval '1 hour'");
  await claimTimes('all but 150 held');
  await pool.query(
    `UPDATE ${own}sessions SET holder_host = 'h', expires = now() - interval '1 second', held_since = now(), holder_pid = 1 WHERE key > (SELECT max(key) - 150 FROM ${own}sessions)`,
  );
  for (let i = 0; i < 3; i++) {
    claims.splice(0);
    const start = performance.now();
    const claimed = await store.claim({ limit: 40 });
    const took = performance.now() - start;
    if (claimed.length !== 40) throw new Error(`claimed ${claimed.length}`);
    results['claim of 100']![sessions]!['40, all held but 150 that ran out'] = took;
  }
  await store.close();
  const { rows } = await pool.query(
    `SELECT array_agg(name) AS names, array_agg(fence) AS fences FROM (SELECT name, fence FROM ${own}sessions WHERE holder_host IS NOT NULL LIMIT 1000) AS held`,
  );
  await compare(
    'renewal of 1,000 leases',
    sessions,
    quick ? 3 : 15,
    {
      'one statement': () =>
        pool.query({
          name: `renew ${sessions}`,
          text: `UPDATE ${own}sessions s SET expires = clock_timestamp() + interval '30 s' FROM unnest($1::text[], $2::bigint[]) AS l (name, fence) WHERE s.name = l.name AND s.fence = l.fence`,
          values: [rows[0].names, rows[0].fences],
        }),
    },
    1,
  );
}

const claims: number[] = [];

/** Measures all of it, and prints tables; says so where there is no server. */
export async function postgresStores(isQuick: boolean, url = USUAL_URL, json = false): Promise<void> {
  quick = isQuick;
  pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5000 });
  try {
    await pool.query('SELECT 1');
  } catch {
    console.log('\nNo PostgreSQL is here, so PostgresSessions is left out. Set TEST_POSTGRES_URL.');
    return pool.end();
  }
  sql = postgres(url, { max: 2, onnotice: () => {} });
  try {
    for (const n of quick ? [1000] : [100, 1000, 10_000]) await saves(n);
    for (const n of quick ? [1000] : [1000, 10_000, 100_000]) await growth(n);
  } finally {
    for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.end();
    await sql.end();
  }
  if (json) console.log(JSON.stringify(results));
  else printResults();
}

function printResults(): void {
  for (const [workload, sizes] of Object.entries(results)) {
    const ways = Object.keys(Object.values(sizes)[0]!);
    console.log(
      `\n**PostgreSQL: ${workload}**, median ms\n\n| n | ${ways.join(' | ')} |\n|---${'|---'.repeat(ways.length)}|`,
    );
    for (const [n, row] of Object.entries(sizes)) {
      console.log(`| ${n} | ${ways.map((way) => row[way]?.toFixed(3) ?? '-').join(' | ')} |`);
    }
  }
  console.log();
  for (const [n, row] of Object.entries(results['save of one changed channel']!)) {
    for (const client of ['pg', 'postgres']) {
      const ratio = row[`tgsession (${client})`]! / row[`bare upsert (${client})`]!;
      console.log(`save of one changed channel of ${n} ÷ bare upsert (${client}): ${ratio.toFixed(2)}`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const has = (option: string) => process.argv.includes(option);
  const url = process.argv.find((each) => each.startsWith('postgres://'));
  await postgresStores(has('--quick'), url, has('--json'));
}
