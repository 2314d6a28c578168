/** `tgsession login` and `check` with sessions of stores: real databases, the real client, a loopback data centre. */

import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/index.ts';
import type { SessionStore } from '../../src/stores/index.ts';
import { type LoopbackDc, RpcError } from '../../src/testing/dc/index.ts';
import { sampleKey } from '../../src/testing/index.ts';
import { CLI_STORES, type CliStore } from '../support/cli-stores.ts';
import { failure } from '../support/errors.ts';
import type { LiveTerminal } from '../support/live-terminal.ts';
import { BOT_TOKEN, loginRuns, loginSession, USERS } from '../support/login-runs.ts';
import { startDc } from '../support/loopback.ts';
import { hasTerminal } from '../support/terminal.ts';

const KEY = sampleKey(1);

async function started(make: () => Promise<CliStore>) {
  const dc = await startDc({ users: USERS });
  return { dc, runs: loginRuns(dc), ...(await make()) };
}

/** Puts a login of Alice in the store, whose key the server knows. */
async function put(store: SessionStore, dc: LoopbackDc): Promise<Session> {
  dc.authKeys.add(KEY, 1000);
  const session = loginSession(dc, KEY);
  const storage = store.session('alice');
  await storage.load();
  await storage.save(session);
  await storage.close();
  return session;
}

async function stored(store: SessionStore, options = {}): Promise<Session | null> {
  const storage = store.session('alice', { dead: true, ...options });
  const session = await storage.load();
  await storage.close();
  return session;
}

/** Types number and code. */
async function byPhone(terminal: LiveTerminal, code = '12345\r'): Promise<void> {
  await terminal.shows('Phone number');
  terminal.type('+99966\r');
  await terminal.shows('Code:');
  terminal.type(code);
}

describe.each(CLI_STORES)('$title', ({ make, hasLeases, isMissing }) => {
  describe.runIf(hasTerminal && !isMissing)('takes a login', () => {
    test('whose session is held from before the connection, and is there when it says "logged in"', async () => {
      const { dc, runs, argument, store } = await started(make);
      const without = { TG_API_ID: undefined } as unknown as Record<string, string>;
      const terminal = runs.start(['login', '--to', argument, 'alice'], without);
      await terminal.shows('API id:');
      expect(dc.log.entries).toEqual([]);
      const refused = await failure(() => store.session('alice').load(), 'HELD');
      expect(refused.message).toContain('tgsession login');
      terminal.type('1\r');
      await byPhone(terminal);
      await terminal.shows('logged in');
      expect(await terminal.end()).toBe(0);
      expect(terminal.text).toContain('user 1000 @alice, data centre 2');
      const session = (await stored(store))!;
      expect(session.user).toMatchObject({ id: 1000, dc: 2, username: 'alice' });
      expect(dc.authKeys.userOf(session.dcs[0]!.auth!)).toBe(1000);
      expect(await store.info('alice')).toMatchObject({ status: 'ok', holder: null });
    });

    test('that is ended with Ctrl-C, and leaves nothing', async () => {
      const { runs, argument, store } = await started(make);
      const terminal = runs.start(['login', '--to', argument, 'alice']);
      await byPhone(terminal, '\x03');
      expect(await terminal.end()).toBe(130);
      expect(await store.info('alice')).toBeNull();
    });

    test('in the place of a dead one, which is kept aside, and not of any other', async () => {
      const { dc, runs, argument, store } = await started(make);
      const before = await put(store, dc);
      const refused = await runs.run(['login', '--to', argument, 'alice', '--bot', '--json'], {
        TG_BOT_TOKEN: BOT_TOKEN,
      });
      expect([refused.code, JSON.parse(refused.out).error.code]).toEqual([1, 'LOGGED_IN']);
      expect(dc.log.entries).toEqual([]);
      await store.setStatus('alice', 'dead', 'AUTH_KEY_DUPLICATED');
      const terminal = runs.start(['login', '--to', argument, 'alice']);
      await byPhone(terminal);
      expect(await terminal.end()).toBe(0);
      const storage = store.session('alice');
      expect((await storage.load())!.dcs[0]!.authKeyId).not.toBe(before.dcs[0]!.authKeyId);
      const [entry] = await storage.aside!.list();
      expect((await storage.aside!.get(entry!.id))!.equals(before)).toBe(true);
      await storage.close();
      expect((await store.info('alice'))!.status).toBe('ok');
    });

    test('with --force, and with Ctrl-C on the way: the session is as it was', async () => {
      const { dc, runs, argument, store } = await started(make);
      const before = await put(store, dc);
      const terminal = runs.start(['login', '--to', argument, 'alice', '--force']);
      await byPhone(terminal, '\x03');
      expect(await terminal.end()).toBe(130);
      const storage = store.session('alice');
      expect((await storage.load())!.equals(before)).toBe(true);
      expect(await storage.aside!.list()).toEqual([]);
      await storage.close();
    });

    test('that is killed: the key is there, and the same command goes on with it', async () => {
      const { dc, runs, argument, store } = await started(make);
      const args = ['login', '--to', argument, 'alice'];
      const first = runs.start(args);
      await byPhone(first, '');
      await first.kill();
      const [handshake] = dc.log.of('handshake');
      // What a lease is for runs out by itself; nobody waits for it here.
      const left = await stored(store, hasLeases ? { takeOver: 'it was killed' } : {});
      expect(left!.dcs[0]!.authKeyId).toBe(handshake!.authKeyId);
      const second = runs.start(args);
      await byPhone(second);
      expect(await second.end()).toBe(0);
      expect((await stored(store))!.dcs[0]!.authKeyId).toBe(handshake!.authKeyId);
    });

    test.runIf(hasLeases)('that ends when the session is taken from it by force', async () => {
      const { runs, argument, store } = await started(make);
      const terminal = runs.start(['login', '--to', argument, 'alice']);
      await terminal.shows('Phone number');
      const other = store.session('alice', { takeOver: 'a test' });
      await other.load();
      await terminal.shows('LEASE_LOST');
      expect(await terminal.end()).toBe(1);
      await other.close();
    });
  });

  describe.skipIf(isMissing)('has a session', () => {
    test('of a bot, from a token, as JSON', async () => {
      const { runs, argument, shown, store } = await started(make);
      const args = ['login', '--to', argument, 'alice', '--bot', '--json'];
      const { code, out, err } = await runs.run(args, { TG_BOT_TOKEN: BOT_TOKEN });
      expect(code, err).toBe(0);
      const view = JSON.parse(out);
      const place = { output: null, format: null, store: shown, name: 'alice' };
      expect(view).toMatchObject({ ...place, user: { id: 2000, bot: true } });
      expect((await store.info('alice'))!.user).toMatchObject({ id: 2000 });
    });

    const dead = (code: number, text: string) => (dc: LoopbackDc) =>
      dc.answer('users.getUsers', () => {
        throw new RpcError(code, text);
      });
    test.each<[string, number, string, string | null, (dc: LoopbackDc) => unknown]>([
      ['alive', 0, 'ok', null, () => {}],
      ['revoked', 3, 'dead', 'AUTH_KEY_UNREGISTERED', (dc) => dc.authKeys.revoke(KEY)],
      ['duplicated', 4, 'dead', 'AUTH_KEY_DUPLICATED', dead(406, 'AUTH_KEY_DUPLICATED')],
    ])(
      'that is checked and %s (%d): its status in the store is %s',
      async (said, code, status, reason, set) => {
        const { dc, runs, argument, shown, store } = await started(make);
        const session = await put(store, dc);
        await store.setStatus('alice', 'dead', 'so it seemed');
        set(dc);
        const checked = await runs.run(['check', argument, 'alice', '--json']);
        expect(checked.code, checked.err).toBe(code);
        const view = JSON.parse(checked.out);
        expect(view).toMatchObject({ path: null, format: null, store: shown, name: 'alice' });
        expect(view.sessions).toMatchObject([{ account: null, status: said, reason, kept: true }]);
        expect(await store.info('alice')).toMatchObject({ status, reason, holder: null });
        expect((await stored(store))!.equals(session)).toBe(true);
        expect(dc.log.methods).toEqual(['users.getUsers']);
      },
    );

    test('that is not asked about while somebody uses it, nor logged in: the server sees nobody', async () => {
      const { dc, runs, argument, store } = await started(make);
      await put(store, dc);
      const holder = store.session('alice', { label: 'web' });
      await holder.load();
      for (const args of [
        ['check', argument, 'alice'],
        ['login', '--to', argument, 'alice', '--bot', '--force'],
      ]) {
        const { code, err } = await runs.run(args, { TG_BOT_TOKEN: BOT_TOKEN });
        expect([code, err], args[0]).toEqual([1, expect.stringMatching(/HELD.*web/s)]);
      }
      expect(dc.log.entries).toEqual([]);
      await holder.close();
    });

    test('whose server cannot be reached: nothing is noted', async () => {
      const { dc, runs, argument, store } = await started(make);
      await put(store, dc);
      const env = { TGSESSION_TEST_DC: '2@127.0.0.1:1' };
      expect((await runs.run(['check', argument, 'alice', '--timeout', '2'], env)).code).toBe(5);
      expect(await store.info('alice')).toMatchObject({ status: 'ok', statusSince: null });
    });

    test('that is not there, and is not made by asking', async () => {
      const { dc, runs, argument, store } = await started(make);
      await put(store, dc);
      const { code, err } = await runs.run(['check', argument, 'dave']);
      expect([code, err]).toEqual([1, expect.stringContaining('NOT_FOUND')]);
      expect(await store.info('dave')).toBeNull();
    });
  });
});

describe('a store', () => {
  test('without the name of a session is wrong usage, and a password in its URL is not repeated', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const bot = ['--bot', '--bot-token-file', 'token'];
    for (const args of [
      ['check', 'redis://me:hunter2@127.0.0.1:1'],
      ['check', 'redis://me:hunter2@127.0.0.1:1', 'alice'],
      ['check', 'env:TGSESSION_STORE'],
      ['check', 'sessions', 'alice', '--from', 'tdata'],
      ['check', 'sessions', 'alice', 'bob'],
      ['login', '--to', 'redis://me:hunter2@127.0.0.1:1', ...bot],
      ['login', '--to', 'redis://me:hunter2@127.0.0.1:1', 'alice', ...bot],
      ['login', '--to', '@where', ...bot],
      ['login', '--to', 'sessions', 'alice', '--format', 'tdata', ...bot],
    ]) {
      const { code, out, err } = await runs.run(args);
      expect(code, args.join(' ')).toBe(2);
      expect(out + err).not.toContain('hunter2');
    }
    expect(dc.log.entries).toEqual([]);
  });
});
