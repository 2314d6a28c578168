/**
 * A real PostgreSQL for tests: that of `TEST_POSTGRES_URL`, or the one that runs on this machine, or one that is started
 * from Debian's binaries for the test file alone. Where there is none, tests are skipped and say so; on CI they fail.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { answers, startPostgres } from './own-postgres.ts';

export { freePort } from './redis.ts';

/** Ends the server that was started for this file alone, if one was. */
let endOwn = async (): Promise<void> => {};

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
const databases = new Set<string>();

afterAll(async () => {
  if (schemas.size + databases.size > 0) {
    const client = new pg.Client(postgresUrl!);
    await client.connect();
    for (const name of databases) await client.query(`DROP DATABASE "${name}"`);
    for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await client.end();
  }
  for (const pool of pools) await pool.end();
  await endOwn();
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

/** The URL of a database that nobody has; it is dropped when the tests of this file are over. */
export async function testDatabase(): Promise<string> {
  const name = `test_${randomUUID().slice(0, 13)}`;
  const client = new pg.Client(postgresUrl!);
  await client.connect();
  await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
  databases.add(name);
  const url = new URL(postgresUrl!);
  url.pathname = `/${name}`;
  return url.href;
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
  const own = await startPostgres().catch(() => null);
  if (own === null) return null;
  endOwn = async () => own.remove();
  return own.url;
}
