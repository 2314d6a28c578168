/**
 * A real PostgreSQL for tests: that of `TEST_POSTGRES_URL`, or the one that runs on this machine, or one that is started
 * from Debian's binaries for the test file alone. Where there is none, tests are skipped and say so; on CI they fail.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { answers, startPostgres } from './own-postgres.ts';

export { freePort } from './redis.ts';

/** Where the server is, or null if there is none. */
export const postgresUrl: string | null = await find();

/** Whether the tests that need the server have to be skipped. */
export const noPostgres: boolean = postgresUrl === null;

if (noPostgres) console.warn('No PostgreSQL: the tests that need one are skipped. Set TEST_POSTGRES_URL.');

test('PostgreSQL is there for the tests (skipped where it is not, but on CI)', ({ skip }) => {
  if (process.env.CI === undefined && noPostgres) skip('no PostgreSQL: set TEST_POSTGRES_URL');
  expect(postgresUrl).not.toBeNull();
});

const pools = new Set<pg.Pool>();
const schemas = new Set<string>();

afterAll(async () => {
  if (schemas.size > 0) {
    const client = new pg.Client(postgresUrl!);
    await client.connect();
    for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await client.end();
  }
  for (const pool of pools) await pool.end();
});

/** A pool of connections, which is ended when the tests of this file are over. */
export function testPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgresUrl!, max: 10, ...options });
  pool.on('error', () => {}); // what tests cut off while nobody used it
  pools.add(pool);
  return pool;
}

/** The name of a schema that nobody has; it is dropped when the tests of this file are over. */
export function testSchema(): string {
  const schema = `test_${randomUUID().slice(0, 13)}`;
  schemas.add(schema);
  return schema;
}

/** Drops a schema now. */
export async function dropSchema(pool: pg.Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  await client.query("SET client_min_messages = 'warning'");
  await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  client.release(true);
  schemas.delete(schema);
}

async function find(): Promise<string | null> {
  if (process.env.TEST_POSTGRES_URL) return process.env.TEST_POSTGRES_URL;
  const usual = 'postgres://postgres@127.0.0.1:5432/test';
  if (await answers(usual)) return usual;
  return (await startPostgres().catch(() => null))?.url ?? null;
}
