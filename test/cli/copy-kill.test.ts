/** `tgsession copy` that is killed, or stopped with Ctrl-C, at any moment. */

import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import type { Peer } from '../../src/peers.ts';
import type { Session } from '../../src/session.ts';
import { DirectorySessions } from '../../src/stores/directory/index.ts';
import { openStore, type SessionStore, type StoredSession } from '../../src/stores/index.ts';
import { PostgresBackend } from '../../src/stores/postgres/postgres-backend.ts';
import { RedisBackend } from '../../src/stores/redis/redis-backend.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { COMMAND, ownEnvironment } from '../support/cli.ts';
import { emptyFolder } from '../support/folder.ts';
import { noPostgres, postgresUrl, testPool, testSchema } from '../support/postgres.ts';
import { CLIENTS, findRedis, removeKeys } from '../support/redis.ts';

const redis = await findRedis();
const onEnd: (() => Promise<void>)[] = [];
const prefix = `tgsession-test-${randomUUID()}:`;
afterAll(async () => {
  if (redis !== null) await removeKeys(redis.url, prefix);
  for (const end of onEnd) await end();
  await redis?.stop();
});

const COUNT = 24;
/** How often a copy is killed before one may end. */
const KILLS = 3;
const nameOf = (i: number) => `session-${String(i).padStart(3, '0')}`;
const names = Array.from({ length: COUNT }, (_, i) => nameOf(i));

const peersOf = (count: number): Peer[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'user',
    id: i + 1,
    accessHash: BigInt(i) - 5n,
    usernames: [`name${i}`],
    phone: null,
    name: null,
    seen: i,
  }));

const own = emptyFolder();
afterAll(own.remove);

/** Sessions with all that may belong to one. */
beforeAll(async () => {
  const source = new DirectorySessions(own.path);
  for (const [i, name] of names.entries()) {
    const storage = source.session(name);
    await storage.load();
    await storage.save(sampleSession(i + 1));
    if (i % 3 === 0) await storage.peers!.put(peersOf(10 * i));
    if (i % 5 === 0) await storage.aside!.put(sampleSession(1000 + i), 'erased');
    await storage.close();
    if (i % 4 === 0) await source.describe(name, { label: `label ${i}`, tags: ['x'] });
    if (i % 7 === 0) await source.setStatus(name, 'dead', 'AUTH_KEY_UNREGISTERED');
  }
});

/** A folder of a test, with those sessions in `from`. The tests run at the same time: each has to wait for leases. */
function folderOf({ onTestFinished }: TestContext): string {
  const folder = emptyFolder();
  onTestFinished(folder.remove);
  cpSync(own.path, join(folder.path, 'from'), { recursive: true });
  return folder.path;
}

/** Where copies go, and how to read a session there that somebody may still hold. */
interface Target {
  url: string;
  store: SessionStore;
  read(name: string): Promise<Session | null>;
}

async function inFolder(folder: string): Promise<Target> {
  const store = new DirectorySessions(join(folder, 'to'));
  const read = async (name: string) => {
    const storage = store.session(name, { dead: true });
    try {
      return await storage.load();
    } finally {
      await storage.close();
    }
  };
  return { url: store.folder, store, read };
}

async function inRedis(): Promise<Target> {
  const url = `${redis!.url}?prefix=${prefix}`;
  const { client, close } = await CLIENTS.ioredis(redis!.url);
  onEnd.push(close);
  const backend = new RedisBackend(client, { prefix });
  return { url, store: await openStore(url), read: (name) => backend.read(name) };
}

async function inPostgres(): Promise<Target> {
  const url = new URL(postgresUrl!);
  const schema = testSchema();
  url.searchParams.set('schema', schema);
  const store = await openStore(url);
  await store.list();
  const backend = new PostgresBackend(testPool(), { schema });
  return { url: url.href, store, read: (name) => backend.read(name) };
}

/** Starts a copy; `said` resolves when it has told of so many sessions. */
function startCopy(folder: string, to: string, lines = 1) {
  writeFileSync(join(folder, 'url'), to, { mode: 0o600 });
  const [program, ...first] = COMMAND;
  const child = spawn(program, [...first, 'copy', 'from', '@url', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ownEnvironment(), NO_COLOR: '1' },
  });
  const printed: { [key: string]: unknown }[] = [];
  const said = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (printed.push(JSON.parse(line)) === lines) resolve();
    });
  });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, printed, err }));
  return { child, said, ended };
}

/** Fails unless what is there is whole: each session one of the source, with its keys and all. */
async function expectWhole({ store, read }: Target): Promise<number> {
  let count = 0;
  for await (const { name } of store.find({})) {
    const session = await read(name);
    expect(session?.equals(sampleSession(names.indexOf(name) + 1)), name).toBe(true);
    count++;
  }
  return count;
}

/** Fails unless sessions are in the target with all that belongs to them, and nobody holds them. */
async function expectComplete(source: SessionStore, { store }: Target, some = names): Promise<void> {
  for (const name of some) {
    const { holder: _, savedAt: __, statusSince: ___, ...told } = (await source.info(name))!;
    expect(await store.info(name)).toMatchObject({ ...told, holder: null });
    const [from, to] = [source.session(name, { dead: true }), store.session(name, { dead: true })];
    expect((await to.load())!.equals((await from.load())!)).toBe(true);
    expect(await peersIn(to)).toEqual(await peersIn(from));
    expect(await asideIn(to)).toEqual(await asideIn(from));
    await from.close();
    await to.close();
  }
}

async function peersIn({ peers }: StoredSession): Promise<Peer[]> {
  return (await peers!.list({ limit: 10_000 })).sort((a, b) => a.id - b.id);
}

async function asideIn({ aside }: StoredSession): Promise<unknown[]> {
  return (await aside!.list()).map(({ keyId, reason }) => [keyId, reason]);
}

/** The bytes of all that is kept in a folder. */
function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) {
    // Who holds a session, or held it last, stands beside it.
    if (!/-holder/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

const TARGETS: [name: string, isMissing: boolean, make: (folder: string) => Promise<Target>][] = [
  ['a folder', false, inFolder],
  ['Redis', redis === null, inRedis],
  ['PostgreSQL', noPostgres, inPostgres],
];

for (const [name, isMissing, make] of TARGETS) {
  test
    .skipIf(isMissing)
    .concurrent(
      `a copy into ${name} that is killed again and again leaves whole sessions, and goes on; the source stays as it is`,
      async (context) => {
        const folder = folderOf(context);
        const target = await make(folder);
        const from = join(folder, 'from');
        const before = hashOf(from);
        for (let kills = 1; kills <= KILLS; kills++) {
          const { child, said, ended } = startCopy(folder, target.url, Math.ceil(Math.random() * 5 * kills));
          // Some kills come at a line, others a moment later.
          await Promise.race([said.then(() => sleep(Math.random() * 20)), ended]);
          child.kill('SIGKILL');
          await ended;
          expect(await expectWhole(target)).toBeGreaterThan(0);
        }
        const { code, printed } = await startCopy(folder, target.url).ended;
        expect(printed.at(-1)).toMatchObject({ summary: { total: COUNT, gone: 0, failed: 0 } });
        expect(code).toBe(0);
        expect(hashOf(from)).toBe(before);
        await expectComplete(new DirectorySessions(from), target);
        const again = await startCopy(folder, target.url).ended;
        expect(again.printed.at(-1)).toMatchObject({ summary: { copied: 0, there: COUNT, failed: 0 } });
        await target.store.close();
      },
    );
}

test.concurrent('Ctrl-C lets what is under way end: what was told is there with everything, and nothing stays held', async (context) => {
  const folder = folderOf(context);
  const target = await inFolder(folder);
  const source = new DirectorySessions(join(folder, 'from'));
  const { child, said, ended } = startCopy(folder, target.url);
  await said;
  child.kill('SIGINT');
  const { code, printed, err } = await ended;
  expect(code).toBe(130);
  expect(err).toContain('Stopping when what is under way is done');
  const { summary } = printed.pop() as { summary: { copied: number } };
  expect(summary).toMatchObject({ stopped: true, failed: 0, copied: printed.length });
  expect(printed.length).toBeLessThan(COUNT);
  const copied = printed.map(({ name }) => name as string);
  expect(await expectWhole(target)).toBe(copied.length);
  await expectComplete(source, target, copied);
  const again = await startCopy(folder, target.url).ended;
  expect(again.code).toBe(0);
  await expectComplete(source, target);
});
