/** A process that opens a store in PostgreSQL, all at the same moment as others, and saves one session. */

import pg from 'pg';
import { PostgresSessions } from '../../src/stores/postgres/index.ts';
import { sampleSession } from '../../src/testing/index.ts';

const [url, schema, name] = process.argv.slice(2) as [string, string, string];
const pool = new pg.Pool({ connectionString: url, max: 2 });
await pool.query('SELECT 1');
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const store = new PostgresSessions(pool, { schema });
const storage = store.session(name);
await storage.load();
await storage.save(sampleSession());
await store.close();
await pool.end();
process.exit(0);
