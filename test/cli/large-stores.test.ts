/** Stores with more sessions than a terminal, or a heap, would like to have at once. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresSessions } from '../../src/stores/postgres/index.ts';
import { COMMAND, ownEnvironment } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noPostgres, postgresUrl, testPool, testSchema } from '../support/postgres.ts';
import { noRedis, type OwnServer, startRedis } from '../support/redis.ts';

/** How many sessions: in Redis each is asked for, which takes longer. */
const COUNT = { postgres: 100_000, redis: 50_000 };
const nameOf = (i: number) => `session-${String(i).padStart(6, '0')}`;

/** A heap that does not hold what is told of so many sessions. */
const SMALL_HEAP = '--max-old-space-size=40';

/** Starts the command with a store whose URL stands in a file. */
function start(url: string, args: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'url'), url, { mode: 0o600 });
  const [program, ...first] = COMMAND;
  const child = spawn(program, [SMALL_HEAP, ...first, ...args, '@url'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ownEnvironment(), NO_COLOR: '1' },
  });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, err }));
  return { out: child.stdout, ended };
}

/** Fails unless `ls` tells of all, one by one and in order, within a small heap. */
async function expectAll(url: string, all: number): Promise<void> {
  const { out, ended } = start(url, ['ls', '--json']);
  let count = 0;
  for await (const line of createInterface(out)) {
    if (JSON.parse(line).name !== nameOf(count++)) throw new Error(`Line ${count} is another: ${line}`);
  }
  expect(await ended).toEqual({ code: 0, err: '' });
  expect(count).toBe(all);
}

/** Reads some lines and then no more, as `head` does. */
async function head(url: string, args: string[]): Promise<{ code: number; err: string; lines: string[] }> {
  const { out, ended } = start(url, args);
  const lines: string[] = [];
  for await (const line of createInterface(out)) if (lines.push(line) === 5) break;
  out.destroy();
  return { ...(await ended), lines };
}

async function expectHead(url: string): Promise<void> {
  const asJson = await head(url, ['ls', '--json']);
  expect(asJson.lines.map((line) => JSON.parse(line).name)).toEqual([0, 1, 2, 3, 4].map(nameOf));
  expect([asJson.code, asJson.err]).toEqual([0, '']);
  const forPeople = await head(url, ['ls']);
  expect(forPeople.lines[0]).toMatch(/^NAME +STATUS/);
  expect([forPeople.code, forPeople.err]).toEqual([0, '']);
}

describe.skipIf(noRedis)('ls of fifty thousand sessions in Redis', () => {
  let server: OwnServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    for (let from = 0; from < COUNT.redis; from += 1000) {
      const batch = redis.pipeline();
      const names = Array.from({ length: 1000 }, (_, i) => nameOf(from + i));
      for (const [i, name] of names.entries()) {
        const user = JSON.stringify({ id: from + i + 1, dc: 2, bot: false, username: `user_${from + i}` });
        batch.hset(`tgsession:{${name}}:session`, { there: '1', user, saved: '1790000000 5' });
      }
      batch.zadd('tgsession:names', ...names.flatMap((name) => ['0', name]));
      await batch.exec();
    }
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  test('tells of all in order, and never has them all in memory', () => expectAll(server.url, COUNT.redis));

  test('begins at once, and ends without an error when its reader has seen enough', async () => {
    await redis.config('RESETSTAT');
    await expectHead(server.url);
    const looks = /cmdstat_hmget:calls=(\d+)/.exec(await redis.info('commandstats'))![1];
    expect(Number(looks)).toBeLessThan(COUNT.redis / 5);
  });
});

describe.skipIf(noPostgres)('ls of a hundred thousand sessions in PostgreSQL', () => {
  const url = new URL(postgresUrl ?? 'postgres://localhost');

  beforeAll(async () => {
    const pool = testPool();
    const schema = testSchema();
    await new PostgresSessions(pool, { schema }).list();
    await pool.query(
      `INSERT INTO "${schema}".sessions (name, fence, is_saved, saved_at, user_id, user_dc, user_bot, username)
       SELECT 'session-' || lpad(i::text, 6, '0'), i + 1, true, now(), i + 1, 2, false, 'user_' || i
       FROM generate_series(0, ${COUNT.postgres - 1}) AS i`,
    );
    url.searchParams.set('schema', schema);
  });

  test('tells of all in order, and never has them all in memory', () => expectAll(url.href, COUNT.postgres));

  test('begins at once, and ends without an error when its reader has seen enough', () =>
    expectHead(url.href));
});
