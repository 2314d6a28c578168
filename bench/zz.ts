import pg from 'pg';
import { PostgresSessions } from '../src/stores/postgres/index.ts';
import { sampleSession } from '../src/testing/index.ts';
const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:5432/test', max: 10 });
const schema = 'zz_bench';
await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
const N = 2000;
let t = performance.now();
const lap = (s: string) => { console.log(s, (performance.now() - t).toFixed(), 'ms,', ((performance.now() - t) / N).toFixed(3), 'each'); t = performance.now(); };
const store = new PostgresSessions(pool, { schema });
await store.list();
for (let round = 0; round < 2; round++) {
  const all = Array.from({ length: N }, (_, i) => store.session(`s${i}`));
  t = performance.now();
  await Promise.all(all.map((s) => s.load())); lap('load');
  await Promise.all(all.map((s) => { const x = sampleSession(); x.state = x.state!.with({ pts: round + 5 }); return s.save(x); })); lap('save');
  await Promise.all(all.map((s) => s.close())); lap('close');
}
const claimed: any[] = [];
for (let c; (c = await store.claim({ limit: 100 })).length > 0; ) claimed.push(...c);
lap(`claim ${claimed.length}`);
await Promise.all(claimed.map((s) => s.load())); lap('load of claimed');
await store.close(); lap('store.close');
await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
await pool.end();
