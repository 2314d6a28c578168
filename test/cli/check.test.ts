/** `tgsession check`: the built command with the real client of mtcute, before a loopback data centre. */

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { snapshotOf, write } from '../../src/formats/index.ts';
import { Session } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { type LoopbackDc, RpcError } from '../../src/testing/dc/index.ts';
import { sampleKey } from '../../src/testing/index.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { BOT_TOKEN, type LoginRuns, loginRuns, loginSession, USERS } from '../support/login-runs.ts';
import { mtcuteClient, startDc } from '../support/loopback.ts';

const KEY = sampleKey(1);

/** A login that the data centre may know. */
const sessionAt = (dc: LoopbackDc) => loginSession(dc, KEY);

async function saved(runs: LoginRuns, session: Session): Promise<SqliteSession> {
  const storage = new SqliteSession(join(runs.folder, 'alice'));
  await storage.load();
  await storage.save(session);
  await storage.close();
  return storage;
}

async function started(): Promise<{ dc: LoopbackDc; runs: LoginRuns }> {
  const dc = await startDc({ users: USERS });
  dc.authKeys.add(KEY, 1000);
  return { dc, runs: loginRuns(dc) };
}

/** A server that does something else than Telegram. */
async function otherServer(onConnect: (end: () => void) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    onConnect(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `2@127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('a session file of ours that is checked', () => {
  const dead = (code: number, text: string) => (dc: LoopbackDc) =>
    dc.answer('users.getUsers', () => {
      throw new RpcError(code, text);
    });
  test.each<[string, number, string | null, (dc: LoopbackDc) => unknown]>([
    ['alive', 0, null, () => {}],
    ['revoked', 3, 'AUTH_KEY_UNREGISTERED', (dc) => dc.authKeys.revoke(KEY)],
    ['revoked', 3, 'SESSION_REVOKED', dead(401, 'SESSION_REVOKED')],
    ['revoked', 3, 'USER_DEACTIVATED_BAN', dead(403, 'USER_DEACTIVATED_BAN')],
    ['revoked', 3, '-404', (dc) => dc.authKeys.destroy(KEY)],
    ['duplicated', 4, 'AUTH_KEY_DUPLICATED', dead(406, 'AUTH_KEY_DUPLICATED')],
  ])('is %s (%d, %s): so says the exit code, and the file', async (status, code, reason, prepare) => {
    const { dc, runs } = await started();
    const session = sessionAt(dc);
    const storage = await saved(runs, session);
    prepare(dc);
    const checked = await runs.run(['check', 'alice', '--json']);
    expect(checked.code, checked.err).toBe(code);
    const view = JSON.parse(checked.out);
    expect(view).toMatchObject({ path: storage.path, format: 'telethon-v2-sqlite' });
    const user = status === 'alive' ? { id: 1000, bot: false, username: 'alice' } : null;
    expect(view.sessions).toMatchObject([{ account: null, status, reason, user, dc: 2, kept: true }]);

    expect((await storage.load())!.equals(session)).toBe(true);
    expect(await storage.status.get()).toMatchObject({ status, reason, dc: 2, userId: user?.id ?? null });
    expect(await storage.aside.list()).toEqual([]);
    await storage.close();
    expect((await runs.run(['inspect', 'alice'])).out).toMatch(new RegExp(`check +${status}`));
    const doctor = await runs.run(['doctor', 'alice']);
    expect(doctor.out).toContain('Telegram said');
    expect(doctor.code).toBe(status === 'alive' ? 0 : 1);
  });

  test('is duplicated once a second client has used its key, and so the server has answered both', async () => {
    const { dc, runs } = await started();
    await saved(runs, sessionAt(dc));
    const port = await dc.listenAs('203.0.113.7');
    const client = await mtcuteClient(dc, { authKey: KEY, port });
    onTestFinished(() => client.close().then(() => {}));
    expect(await client.getMe()).toBe(1000);
    expect((await runs.run(['check', 'alice'])).code).toBe(4);
  });

  test('is asked about with one key and once: nothing is retried, no update is taken', async () => {
    const { dc, runs } = await started();
    await saved(runs, sessionAt(dc));
    expect((await runs.run(['check', 'alice'])).code).toBe(0);
    expect(dc.log.of('connect')).toHaveLength(1);
    expect(dc.log.of('handshake')).toEqual([]);
    expect(dc.log.methods).toEqual(['users.getUsers']);
  });

  test('is not asked about while somebody uses it: the server sees nobody', async () => {
    const { dc, runs } = await started();
    const storage = await saved(runs, sessionAt(dc));
    await storage.load();
    const before = stateOf(runs.folder);
    const { code, err } = await runs.run(['check', 'alice']);
    expect(code).toBe(1);
    expect(err).toContain('HELD');
    expect(stateOf(runs.folder)).toEqual(before);
    expect(dc.log.entries).toEqual([]);
    await storage.close();
  });

  test.each<[string, () => Promise<string>]>([
    ['nobody listens', async () => '2@127.0.0.1:1'],
    ['the connection ends', () => otherServer((end) => end())],
    ['nobody answers', () => otherServer(() => {})],
  ])('is unreachable where %s, and what was known of it stays', async (_, where) => {
    const { dc, runs } = await started();
    const storage = await saved(runs, sessionAt(dc));
    expect((await runs.run(['check', 'alice'])).code).toBe(0);
    const env = { TGSESSION_TEST_DC: await where() };
    const { code, out } = await runs.run(['check', 'alice', '--timeout', '2', '--json'], env);
    expect(code).toBe(5);
    expect(JSON.parse(out).sessions).toMatchObject([{ status: 'unreachable', kept: false }]);
    await storage.load();
    expect(await storage.status.get()).toMatchObject({ status: 'alive' });
    await storage.close();
  });

  test('of which the server says anything else keeps what was known', async () => {
    const { dc, runs } = await started();
    await saved(runs, sessionAt(dc));
    dc.answer('users.getUsers', () => {
      throw new RpcError(420, 'FLOOD_WAIT_5');
    });
    const { code, err } = await runs.run(['check', 'alice']);
    expect(code).toBe(1);
    expect(err).toContain('FLOOD_WAIT');
    expect((await runs.run(['inspect', 'alice'])).out).not.toContain('check');
  });

  test('without a key is not asked about', async () => {
    const { dc, runs } = await started();
    await saved(runs, new Session({ dcs: [{ id: 2, ipv4Addr: dc.address }] }));
    const { code, err } = await runs.run(['check', 'alice']);
    expect(code).toBe(1);
    expect(err).toContain('NO_LOGIN');
    expect(dc.log.entries).toEqual([]);
  });
});

describe('a session of another library that is checked', () => {
  test.each([
    'telethon-v1-sqlite',
    'telethon-string',
    'pyrogram-sqlite',
    'mtcute-sqlite',
    'grammers-sqlite',
    'tdata',
  ])('%s is read, and not written', async (format) => {
    const { dc, runs } = await started();
    const only = new Session({ ...sessionAt(dc), dcs: sessionAt(dc).dcs.slice(0, 1) });
    const snapshot = snapshotOf(only, { testMode: false, apiId: 1, mainDc: 2 });
    const { files } = await write([snapshot], format, { name: 'theirs' });
    for (const [name, bytes] of files) {
      const path = join(runs.folder, 'theirs', name === '' ? 'one.session' : name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, bytes, { mode: 0o600 });
    }
    const path = files.has('') ? 'theirs/one.session' : 'theirs';
    const before = stateOf(join(runs.folder, 'theirs'));
    const { code, out, err } = await runs.run(['check', path]);
    expect(code, out + err).toBe(0);
    expect(out).toContain('alive  user 1000 @alice');
    dc.authKeys.revoke(KEY);
    expect((await runs.run(['check', path])).code).toBe(3);
    expect(stateOf(join(runs.folder, 'theirs'))).toEqual(before);
  });

  test('with several accounts is asked about each, and the worst answer is the exit code', async () => {
    const { dc, runs } = await started();
    dc.authKeys.add(sampleKey(3), null);
    const second = new Session({
      dcs: [{ id: 2, ipv4Addr: dc.address, auth: sampleKey(3) }],
      user: { id: 2000, dc: 2, bot: true, username: null },
    });
    const { files } = await write([snapshotOf(sessionAt(dc)), snapshotOf(second)], 'tgsession-json');
    writeFileSync(join(runs.folder, 'both.json'), files.get('')!);
    const all = await runs.run(['check', 'both.json', '--json']);
    expect(all.code).toBe(3);
    const statuses = JSON.parse(all.out).sessions.map(({ status }: { status: string }) => status);
    expect(statuses).toEqual(['alive', 'revoked']);
    expect((await runs.run(['check', 'both.json', '--account', '0'])).code).toBe(0);
  });
});

describe('the client that makes the connection', () => {
  /** The command, installed in a folder, with what stands beside it. */
  function installed(...beside: string[]): string {
    const root = join(import.meta.dirname, '../..');
    const modules = join(temporaryFolder(), 'node_modules');
    mkdirSync(join(modules, 'tgsession'), { recursive: true });
    cpSync(join(root, 'dist'), join(modules, 'tgsession/dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(modules, 'tgsession/package.json'));
    for (const name of beside) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    return join(modules, 'tgsession/dist/cli/main.js');
  }

  test('is named with the command that installs it, where it is missing', async () => {
    const { dc, runs } = await started();
    await saved(runs, sessionAt(dc));
    const main = installed();
    const checked = await runs.run(['check', 'alice'], {}, main);
    expect(checked.code).toBe(1);
    expect(checked.err).toContain('NO_CLIENT');
    expect(checked.err).toContain('npm install @mtcute/node');
    const login = await runs.run(['login', '--to', 'bot', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN }, main);
    expect(login.err).toContain('npm install @mtcute/node');
    expect((await runs.run(['inspect', 'alice'], {}, main)).code).toBe(0);
  });

  test('needs no native module: one that cannot be loaded stops nobody', async () => {
    const { dc, runs } = await started();
    await saved(runs, sessionAt(dc));
    const broken = join(temporaryFolder(), 'broken.mjs');
    writeFileSync(
      broken,
      `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'better-sqlite3') throw new Error('it was not compiled');
        return next(name, context);
      } });`,
    );
    const { code, err } = await runs.run(['check', 'alice'], { NODE_OPTIONS: `--import=${broken}` });
    expect(code, err).toBe(0);
  });
});
