import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Peer } from '../../src/peers.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { DirectorySessions } from '../../src/stores/directory/index.ts';
import { openStore, type SessionStore } from '../../src/stores/index.ts';
import { SAMPLE_KEY_MARK, sampleSession } from '../../src/testing/index.ts';
import { type Run, tgsession } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noPostgres, postgresUrl, testSchema } from '../support/postgres.ts';

const PEERS: Peer[] = [1, 2, 3].map((id) => ({
  kind: 'user',
  id,
  accessHash: BigInt(id) - 5n,
  usernames: [`name${id}`],
  phone: null,
  name: `Name ${id}`,
  seen: id,
}));

async function put(store: SessionStore, name: string, seed: number): Promise<void> {
  const storage = store.session(name);
  await storage.load();
  await storage.save(sampleSession(seed));
  await storage.close();
}

/** A folder with a store in it: alice with everything, bob dead, carol. */
async function filled(): Promise<{ folder: string; store: DirectorySessions }> {
  const folder = temporaryFolder();
  const store = new DirectorySessions(join(folder, 'sessions'));
  for (const [i, name] of ['alice', 'bob', 'carol'].entries()) await put(store, name, i + 1);
  const alice = store.session('alice');
  await alice.load();
  await alice.peers!.put(PEERS);
  await alice.aside!.put(sampleSession(9), 'erased');
  await alice.close();
  await store.describe('alice', { label: 'main', tags: ['x', 'y'], phone: '12025550123' });
  await store.setStatus('bob', 'dead', 'AUTH_KEY_UNREGISTERED');
  return { folder, store };
}

function lines(run: Run): { [key: string]: unknown }[] {
  return run.out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
}

describe('ls and find', () => {
  test('list sessions with status, user and notes, for people and as lines of JSON, without a key', async () => {
    const { folder } = await filled();
    const run = tgsession(folder, ['ls', 'sessions']);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^NAME +STATUS +USER/);
    expect(run.out).toMatch(/^alice +ok +800000001 @user_1 .* main, x y$/m);
    expect(run.out).toMatch(/^bob +dead +800000002 @user_2 \(bot\)/m);
    const asJson = tgsession(folder, ['ls', 'sessions', '--json']);
    expect(lines(asJson).map(({ name, status }) => [name, status])).toEqual([
      ['alice', 'ok'],
      ['bob', 'dead'],
      ['carol', 'ok'],
    ]);
    expect(run.out + asJson.out).not.toContain(SAMPLE_KEY_MARK);
    const page = tgsession(folder, ['ls', 'sessions', '--json', '--after', 'alice', '--limit', '1']);
    expect(lines(page).map(({ name }) => name)).toEqual(['bob']);
  });

  test('find by every field', async () => {
    const { folder } = await filled();
    const cases: [string[], string[]][] = [
      [['--user-id', '800000003'], ['carol']],
      [['--username', '@USER_2'], ['bob']],
      [['--phone', '+1 202 555 0123'], ['alice']],
      [
        ['--dc', '2'],
        ['alice', 'bob', 'carol'],
      ],
      [['--bot'], ['bob']],
      [
        ['--no-bot', '--status', 'ok'],
        ['alice', 'carol'],
      ],
      [['--label', 'main', '--tag', 'y'], ['alice']],
      [['--tag', 'none'], []],
    ];
    for (const [options, names] of cases) {
      const run = tgsession(folder, ['find', 'sessions', '--json', ...options]);
      expect([run.code, lines(run).map(({ name }) => name)], options.join(' ')).toEqual([0, names]);
    }
    for (const bad of [[], ['--status', 'alive'], ['--user-id', 'x'], ['--bot', '--no-bot']]) {
      expect(tgsession(folder, ['find', 'sessions', ...bad]).code).toBe(2);
    }
  });

  test('files that are no sessions are left out, and told of', async () => {
    const { folder } = await filled();
    writeFileSync(
      join(folder, 'sessions/bad.session'),
      'no database at all, but long enough to be read'.repeat(9),
    );
    const run = tgsession(folder, ['ls', 'sessions', '--json']);
    expect(lines(run)).toHaveLength(3);
    expect(run.err).toMatch(/warning.*bad\.session was left out \(NOT_SQLITE\)/);
  });
});

describe('info, who, status and rm', () => {
  test('tell who holds a session, and refuse to remove it', async () => {
    const { folder, store } = await filled();
    expect(tgsession(folder, ['who', 'sessions', 'alice']).out).toBe('nobody\n');
    const alice = store.session('alice', { label: 'web' });
    await alice.load();
    const { holder } = JSON.parse(tgsession(folder, ['who', 'sessions', 'alice', '--json']).out);
    expect(holder).toMatchObject({ pid: process.pid, label: 'web', expires: null });
    expect(tgsession(folder, ['info', 'sessions', 'alice']).out).toContain(`process ${process.pid} on`);
    const refused = tgsession(folder, ['rm', 'sessions', 'alice']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('HELD')]);
    expect(tgsession(folder, ['status', 'sessions', 'alice', 'suspected', '--reason', 'held']).code).toBe(0);
    await alice.close();
    expect((await store.info('alice'))?.reason).toBe('held');
    expect(tgsession(folder, ['rm', 'sessions', 'alice']).code).toBe(0);
    expect(await store.info('alice')).toBeNull();
    expect(existsSync(join(folder, 'sessions/alice.session-notes'))).toBe(false);
  });

  test('what is not there is NOT_FOUND, and other words are wrong usage', async () => {
    const { folder } = await filled();
    for (const args of [
      ['info', 'sessions', 'dave'],
      ['who', 'sessions', 'dave'],
      ['rm', 'sessions', 'dave'],
      ['status', 'sessions', 'dave', 'ok'],
      ['ls', 'nowhere'],
    ]) {
      const run = tgsession(folder, [...args, '--json']);
      expect([run.code, JSON.parse(run.out).error?.code], args.join(' ')).toEqual([1, 'NOT_FOUND']);
    }
    expect(tgsession(folder, ['status', 'sessions', 'alice', 'fine']).code).toBe(2);
    expect(tgsession(folder, ['ls', 'sessions/alice.session']).err).toContain('tgsession inspect');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});

describe('the store of a command', () => {
  test('a password in an argument is refused, and not repeated', () => {
    const folder = temporaryFolder();
    for (const url of [
      'postgres://me:hunter2@127.0.0.1:1/db',
      'redis://:hunter2@127.0.0.1:1',
      'postgres://h/db?password=hunter2',
    ]) {
      const run = tgsession(folder, ['ls', url]);
      expect(run.code).toBe(2);
      expect(run.err).toContain('env:TGSESSION_STORE');
      expect(run.out + run.err).not.toContain('hunter2');
    }
  });

  test('comes from a variable or a file as well', async () => {
    const { folder } = await filled();
    writeFileSync(join(folder, 'where'), 'sessions\n', { mode: 0o600 });
    expect(lines(tgsession(folder, ['ls', '@where', '--json']))).toHaveLength(3);
    process.env.TEST_OF_STORES = 'sessions';
    try {
      expect(lines(tgsession(folder, ['ls', 'env:TEST_OF_STORES', '--json']))).toHaveLength(3);
    } finally {
      delete process.env.TEST_OF_STORES;
    }
    expect(tgsession(folder, ['ls', 'env:TEST_OF_STORES']).err).toContain('TEST_OF_STORES is not set');
  });
});

/** Fails unless a store has what `filled` made. */
async function expectAll(store: SessionStore): Promise<void> {
  const names = (await store.list()).map(({ name }) => name);
  expect(names).toEqual(['alice', 'bob', 'carol']);
  const alice = store.session('alice');
  expect((await alice.load())?.equals(sampleSession(1))).toBe(true);
  const byId = (a: Peer, b: Peer) => a.id - b.id;
  expect((await alice.peers!.list()).sort(byId)).toEqual(PEERS);
  const [entry] = await alice.aside!.list();
  expect(entry?.reason).toBe('erased');
  expect((await alice.aside!.get(entry!.id))?.equals(sampleSession(9))).toBe(true);
  await alice.close();
  expect(await store.info('alice')).toMatchObject({ label: 'main', tags: ['x', 'y'], phone: '12025550123' });
  expect(await store.info('bob')).toMatchObject({ status: 'dead', reason: 'AUTH_KEY_UNREGISTERED' });
}

describe('copy', () => {
  test('takes everything along, goes on where it was stopped, and never replaces by itself', async () => {
    const { folder } = await filled();
    const first = tgsession(folder, ['copy', 'sessions', 'target', '--json']);
    expect(lines(first).at(-1)).toMatchObject({ summary: { total: 3, copied: 3, there: 0, failed: 0 } });
    expect(statSync(join(folder, 'target')).mode & 0o777).toBe(0o700);
    const target = new DirectorySessions(join(folder, 'target'));
    await expectAll(target);
    const second = tgsession(folder, ['copy', 'sessions', 'target', '--json']);
    expect(lines(second).at(-1)).toMatchObject({ summary: { copied: 0, there: 3, failed: 0 } });
    // What a kill between two steps leaves: a session whose status did not come along.
    await target.setStatus('bob', 'ok');
    await put(target, 'carol', 7);
    const third = tgsession(folder, ['copy', 'sessions', 'target', '--json']);
    expect(third.code).toBe(1);
    const carol = lines(third).find(({ name }) => name === 'carol');
    expect(carol).toMatchObject({ status: 'failed', error: { code: 'EXISTS' } });
    expect((await target.info('bob'))?.status).toBe('dead');
    expect((await target.info('carol'))?.user?.id).toBe(sampleSession(7).user!.id);
    expect(tgsession(folder, ['copy', 'sessions', 'target', '--force']).code).toBe(0);
    await expectAll(target);
  });

  test('refuses what is held, and copies the others', async () => {
    const { folder } = await filled();
    const holder = new SqliteSession(join(folder, 'sessions/bob.session'));
    await holder.load();
    const run = tgsession(folder, ['copy', 'sessions', 'target']);
    await holder.close();
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/HELD +bob/);
    expect(run.out).toContain('2 copied');
    expect(readFileSync(join(folder, 'sessions/bob.session')).length).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'target/bob.session'))).toBe(false);
  });

  test.skipIf(noPostgres)('goes from a folder to PostgreSQL and back', async () => {
    const { folder } = await filled();
    const url = new URL(postgresUrl!);
    url.searchParams.set('schema', testSchema());
    mkdirSync(join(folder, 'etc'));
    writeFileSync(join(folder, 'etc/url'), url.href, { mode: 0o600 });
    expect(tgsession(folder, ['copy', 'sessions', '@etc/url']).err).toMatch(
      /^warning +The sessions are in both/,
    );
    const store = await openStore(url);
    await expectAll(store);
    await store.close();
    expect(tgsession(folder, ['copy', '@etc/url', 'back']).code).toBe(0);
    await expectAll(new DirectorySessions(join(folder, 'back')));
    expect(lines(tgsession(folder, ['ls', '@etc/url', '--json'])).map(({ name }) => name)).toEqual([
      'alice',
      'bob',
      'carol',
    ]);
  });
});
