/**
 * A real PostgreSQL for tests: that of `TEST_POSTGRES_URL`, or the one that runs on this machine, or one that is started
 * from Debian's binaries for the test file alone. Where there is none, tests are skipped and say so; on CI they fail.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';

const DEBIAN = '/usr/lib/postgresql';

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
  return startOwn();
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** A server of this file's own, on a free port. */
async function startOwn(): Promise<string | null> {
  const [newest] = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) return null;
  const bin = join(DEBIAN, newest, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-postgres-'));
  const port = await freePort();
  // PostgreSQL refuses to be run by root.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1);
  const command = (program: string, ...args: string[]): [string, string[]] => {
    const path = join(bin, program);
    return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
  };
  const data = join(folder, 'data');
  execFileSync(...command('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'), {
    cwd: folder,
    stdio: 'ignore',
  });
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const server = spawn(...command('postgres', ...options), { cwd: folder, stdio: 'ignore' });
  process.on('exit', () => stop(server, data, folder));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  for (let i = 0; i < 600; i++) {
    if (await answers(url)) return url;
    if (server.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return null;
}

function stop(server: ChildProcess, data: string, folder: string): void {
  try {
    process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT');
  } catch {
    server.kill('SIGTERM');
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** A port on which nobody listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
