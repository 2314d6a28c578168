import pg from 'pg';
import { PostgresSessions } from '../src/stores/postgres/index.ts';
const url = 'postgres://postgres@127.0.0.1:5432/test';
const client = new pg.Client({ connectionString: url });
await client.connect();
const schema = 'zz_plan';
await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
const own = new pg.Client({ connectionString: url });
await own.connect();
const store = new PostgresSessions(own, { schema });
await store.list();
await client.query(`SET plan_cache_mode = force_generic_plan; SET search_path=${schema}`);
const show = async (title: string, sql: string, args: string) => {
  await client.query(`PREPARE q AS ${sql}`);
  console.log(title); for (const r of (await client.query(`EXPLAIN EXECUTE q(${args})`)).rows) console.log('  ', r['QUERY PLAN']);
  await client.query('DEALLOCATE q');
};
for (const n of [0, 2000]) {
  if (n) await client.query(`INSERT INTO sessions (name, fence) SELECT 's' || i, i FROM generate_series(1, ${n}) i`);
  await show(`release, ${n}`, `WITH mine AS (SELECT s.key FROM (SELECT * FROM unnest($1::text::text[], $2::text::bigint[]) AS a (name, fence) LIMIT (SELECT 1000)) AS a JOIN sessions s ON s.name = a.name AND s.fence = a.fence WHERE s.holder_host IS NOT NULL ORDER BY s.name FOR UPDATE OF s), up AS (UPDATE sessions s SET holder_pid = NULL FROM mine WHERE s.key = mine.key RETURNING s.name) SELECT * FROM up`, `'{a,b}', '{1,2}'`);
}
await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
await store.close(); await own.end(); await client.end();
