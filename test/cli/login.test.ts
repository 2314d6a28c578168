/** `tgsession login`: the built command, in a terminal, with the real client of mtcute, before a loopback data centre. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import { codecs, read } from '../../src/formats/index.ts';
import { loginOf } from '../../src/login.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { type LoopbackDc, RpcError } from '../../src/testing/dc/index.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import type { LiveTerminal } from '../support/live-terminal.ts';
import { BOT_TOKEN, type LoginRuns, loginRuns, PASSWORD, USERS } from '../support/login-runs.ts';
import { startDc } from '../support/loopback.ts';
import { hasTerminal } from '../support/terminal.ts';

const ESCAPE = String.fromCharCode(27);

/** The session in a file, and that the server knows its key. */
async function loggedIn(dc: LoopbackDc, path: string) {
  const { snapshots } = await read({ path });
  const { session } = snapshots[0]!;
  const main = session.dcs.find(({ auth }) => auth !== null && dc.authKeys.userOf(auth) !== null);
  return { user: session.user, serverUser: main === undefined ? null : dc.authKeys.userOf(main.auth!) };
}

async function phoneLogin(terminal: LiveTerminal): Promise<void> {
  await terminal.shows('Phone number');
  terminal.type('+99966\r');
  await terminal.shows('Code:');
  terminal.type('12345\r');
}

/** A file that somebody logged in to. */
async function existing(runs: LoginRuns, name = 'alice'): Promise<string> {
  const terminal = runs.start(['login', '--to', name]);
  await phoneLogin(terminal);
  expect(await terminal.end()).toBe(0);
  return join(runs.folder, `${name}.session`);
}

/** What a camera reads from the code that the terminal shows. */
function scanned(text: string, colours = true): string {
  const pattern = colours
    ? new RegExp(`${ESCAPE}\\[30;107m([ ▀▄█]+)${ESCAPE}\\[0m`, 'g')
    : /^([ ▀▄█]{30,})\r?$/gm;
  const all = [...text.matchAll(pattern)].map(([, line]) => line!);
  const rows = all.slice(-Math.ceil(all.at(-1)!.length / 2));
  const scale = 6;
  const size = all[0]!.length * scale;
  const data = new Uint8Array(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const module = Math.floor(y / scale);
      const character = rows[module >> 1]![Math.floor(x / scale)]!;
      const ink = character === '█' || character === (module % 2 === 0 ? '▀' : '▄');
      data.fill(ink === colours ? 0 : 255, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return decodeQR({ width: size, height: size, data });
}

async function showsCode(terminal: LiveTerminal, colours = true): Promise<string> {
  await terminal.shows('Scan this code.');
  return scanned(terminal.text.slice(0, terminal.text.lastIndexOf('In Telegram on your phone')), colours);
}

describe.runIf(hasTerminal)('a login by phone', () => {
  test('asks for number and code, again for what is wrong, and says so when it is on the disk', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const terminal = runs.start(['login', '--to', 'alice']);
    await terminal.shows('Phone number');
    terminal.type('+1\r');
    await terminal.shows('There is no account with this number');
    await terminal.shows('Phone number');
    terminal.type('+99966\r');
    await terminal.shows('to Telegram on your other devices');
    await terminal.shows('Code:');
    terminal.type('11111\r');
    await terminal.shows('That is not the code.');
    await terminal.shows('Code:');
    terminal.type('123-45\r');
    await terminal.shows('logged in');
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).toContain('user 1000 @alice, data centre 2');
    expect(readdirSync(runs.folder)).toEqual(['alice.session']);
    const { user, serverUser } = await loggedIn(dc, join(runs.folder, 'alice.session'));
    expect(user).toMatchObject({ id: 1000, dc: 2, bot: false, username: 'alice' });
    expect(serverUser).toBe(1000);
  });

  test('asks for the password of two-step verification, with its hint, and shows nothing of it', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const terminal = runs.start(['login', '--to', 'bob']);
    await terminal.shows('Phone number');
    terminal.type('+99967\r');
    await terminal.shows('Code:');
    terminal.type('12345\r');
    await terminal.shows('hint "as in the comic"');
    terminal.type('wrong\r');
    await terminal.shows('That is not the password.');
    await terminal.shows('hint "as in the comic"');
    terminal.type(`${PASSWORD}\r`);
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain('wrong');
    expect((await loggedIn(dc, join(runs.folder, 'bob.session'))).serverUser).toBe(1001);
  });

  test('takes the password from a file, and does not try a wrong one twice', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const file = join(temporaryFolder(), 'password');
    for (const [password, code] of [
      ['wrong', 1],
      [PASSWORD, 0],
    ] as const) {
      writeFileSync(file, `${password}\n`, { mode: 0o600 });
      const terminal = runs.start(['login', '--to', 'bob', '--password-file', file]);
      await terminal.shows('Phone number');
      terminal.type('+99967\r');
      await terminal.shows('Code:');
      terminal.type('12345\r');
      expect(await terminal.end()).toBe(code);
      if (code === 1) expect(terminal.text).toContain('That is not the password.');
    }
  });

  test('asks for the API id and hash where the environment has none; the hash does not show', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const without = { TG_API_ID: undefined, TG_API_HASH: undefined } as unknown as Record<string, string>;
    const terminal = runs.start(['login', '--to', 'alice'], without);
    await terminal.shows('API id:');
    terminal.type('12345\r');
    await terminal.shows('API hash (not shown):');
    // Nobody is connected before all is known, and the session is held from then on.
    expect(dc.log.entries).toEqual([]);
    const other = new SqliteSession(join(runs.folder, 'alice'));
    await expect(other.load()).rejects.toThrow(expect.objectContaining({ code: 'HELD' }));
    terminal.type(`${'fedcba9876543210'.repeat(2)}\r`);
    await phoneLogin(terminal);
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain('fedcba98');
    expect(dc.log.requests('auth.sendCode')[0]!.request).toMatchObject({
      apiId: 12345,
      apiHash: 'fedcba9876543210'.repeat(2),
    });
  });

  test('sends a new code for one that has expired', async () => {
    const dc = await startDc({ users: USERS });
    let expired = 1;
    dc.answer('auth.signIn', () => {
      if (expired-- > 0) throw new RpcError(400, 'PHONE_CODE_EXPIRED');
      return undefined;
    });
    const terminal = loginRuns(dc).start(['login', '--to', 'alice']);
    await phoneLogin(terminal);
    await terminal.shows('That code has expired.');
    await terminal.shows('Code:');
    terminal.type('12345\r');
    expect(await terminal.end()).toBe(0);
    expect(dc.log.requests('auth.sendCode')).toHaveLength(2);
  });

  test('has the code sent the next way when Enter is pressed alone, as long as there is one', async () => {
    const dc = await startDc({ users: USERS });
    const terminal = loginRuns(dc).start(['login', '--to', 'alice']);
    await terminal.shows('Phone number');
    terminal.type('+99966\r');
    await terminal.shows('Enter alone has one sent by SMS.');
    await terminal.shows('Code:');
    terminal.type('\r');
    await terminal.shows('A code was sent by SMS.');
    await terminal.shows('Enter alone has one sent by a phone call.');
    await terminal.shows('Code:');
    terminal.type('\r');
    await terminal.shows('A code was sent by a phone call.');
    await terminal.shows('Code:');
    terminal.type('\r');
    await terminal.shows('Telegram has no other way to send a code.');
    await terminal.shows('Code:');
    terminal.type('12345\r');
    expect(await terminal.end()).toBe(0);
    expect(dc.log.requests('auth.resendCode')).toHaveLength(2);
    expect(dc.log.requests('auth.sendCode')).toHaveLength(1);
  });

  test('does not ask for the next code before Telegram wants that, and goes on if it wants a pause', async () => {
    const dc = await startDc({ users: USERS });
    let timeout = 3000;
    dc.answer('auth.sendCode', () => ({
      _: 'auth.sentCode',
      type: { _: 'auth.sentCodeTypeApp', length: 5 },
      phoneCodeHash: 'one',
      nextType: { _: 'auth.codeTypeSms' },
      timeout,
    }));
    dc.answer('auth.resendCode', () => {
      throw new RpcError(420, 'FLOOD_WAIT_600');
    });
    const runs = loginRuns(dc);
    for (const [wanted, said] of [
      [3000, 'Not yet: Telegram sends the next one in 50 minutes.'],
      [0, 'Telegram wants you to wait 10 minutes'],
    ] as const) {
      timeout = wanted;
      const terminal = runs.start(['login', '--to', 'alice']);
      await terminal.shows('Phone number');
      terminal.type('+99966\r');
      await terminal.shows('Code:');
      terminal.type('\r');
      await terminal.shows(said);
      await terminal.shows('Code:');
      terminal.type('\x03');
      expect(await terminal.end()).toBe(130);
    }
    expect(dc.log.requests('auth.resendCode')).toHaveLength(1);
  });

  test('goes to the data centre where the account lives', async () => {
    const dc2 = await startDc({});
    const dc4 = await startDc({ id: 4, users: USERS, beside: dc2 });
    const runs = loginRuns(dc2, dc4);
    const path = await existing(runs);
    const { user, serverUser } = await loggedIn(dc4, path);
    expect(user).toMatchObject({ id: 1000, dc: 4 });
    expect(serverUser).toBe(1000);
  });

  test('works on the test servers too', async () => {
    const dc = await startDc({ users: USERS, testMode: true });
    const runs = loginRuns(dc);
    const terminal = runs.start([
      'login',
      '--to',
      'alice.txt',
      '--format',
      'mtcute-string',
      '--test-servers',
    ]);
    await phoneLogin(terminal);
    expect(await terminal.end()).toBe(0);
    const { snapshots } = await read({ path: join(runs.folder, 'alice.txt') });
    expect(snapshots[0]!.testMode).toBe(true);
    expect(dc.log.of('handshake')[0]!.dc).toBe(10002);
  });
});

describe.runIf(hasTerminal)('a login by QR code', () => {
  test.each([true, false])('shows the code that logs in who scans it (colours: %s)', async (colours) => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const terminal = runs.start(['login', '--to', 'alice', '--qr'], { FORCE_COLOR: colours ? '' : '0' });
    const url = await showsCode(terminal, colours);
    expect(url).toMatch(/^tg:\/\/login\?token=[\w-]+$/);
    dc.acceptLoginToken(url, 1000);
    await terminal.shows('logged in');
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain(url.slice(-20));
    expect((await loggedIn(dc, join(runs.folder, 'alice.session'))).serverUser).toBe(1000);
  });

  test('shows a new code when the first one has expired, in its place', async () => {
    const dc = await startDc({ users: USERS });
    const old = Buffer.alloc(32, 7);
    let first = true;
    dc.answer('auth.exportLoginToken', () => {
      if (!first) return undefined;
      first = false;
      return { _: 'auth.loginToken', expires: Math.floor(Date.now() / 1000) + 1, token: old };
    });
    const terminal = loginRuns(dc).start(['login', '--to', 'alice', '--qr']);
    const urls = [await showsCode(terminal), await showsCode(terminal)];
    expect(urls[0]).toContain(old.toString('base64url'));
    expect(urls[1]).not.toBe(urls[0]);
    expect(terminal.text).toMatch(new RegExp(`${ESCAPE}\\[\\d+A\r${ESCAPE}\\[J`));
    dc.acceptLoginToken(urls[1]!, 1000);
    expect(await terminal.end()).toBe(0);
  });

  test('asks for the password, and goes to the data centre where the account lives', async () => {
    const dc2 = await startDc({});
    const dc4 = await startDc({ id: 4, users: USERS, beside: dc2 });
    const runs = loginRuns(dc2, dc4);
    const terminal = runs.start(['login', '--to', 'bob', '--qr']);
    dc2.acceptLoginToken(await showsCode(terminal), 1001);
    await terminal.shows('Password of two-step verification');
    terminal.type('wrong\r');
    await terminal.shows('That is not the password.');
    await terminal.shows('Password of two-step verification');
    terminal.type(`${PASSWORD}\r`);
    expect(await terminal.end()).toBe(0);
    expect((await loggedIn(dc4, join(runs.folder, 'bob.session'))).user).toMatchObject({ id: 1001, dc: 4 });
  });

  test('needs a terminal: a link in a log could be opened by somebody else', async () => {
    const dc = await startDc({ users: USERS });
    const { code, out, err } = await loginRuns(dc).run(['login', '--to', 'alice', '--qr']);
    expect(code).toBe(2);
    expect(err).toContain('terminal');
    expect(out + err).not.toContain('tg://');
    expect(dc.log.entries).toEqual([]);
  });
});

describe.runIf(hasTerminal)('a login of a bot', () => {
  test('asks for the token, which does not show, and again for a wrong one', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const terminal = runs.start(['login', '--to', 'bot', '--bot']);
    await terminal.shows('Token of the bot');
    terminal.type('1:wrong\r');
    await terminal.shows('There is no bot with this token.');
    await terminal.shows('Token of the bot');
    terminal.type(`${BOT_TOKEN}\r`);
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain('1:wrong');
    expect((await loggedIn(dc, join(runs.folder, 'bot.session'))).user).toMatchObject({
      id: 2000,
      bot: true,
    });
  });

  test('takes the token from the environment or a file, without a terminal', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, `${BOT_TOKEN}\n`, { mode: 0o600 });
    const fromFile = await runs.run(['login', '--to', 'one', '--bot-token-file', file, '--json']);
    expect(fromFile.code).toBe(0);
    expect(JSON.parse(fromFile.out)).toEqual({
      output: join(runs.folder, 'one.session'),
      format: 'telethon-v2-sqlite',
      store: null,
      name: null,
      user: { id: 2000, dc: 2, bot: true, username: 'echo_bot' },
      wasThere: false,
      losses: [],
      notes: [],
    });
    const fromEnvironment = await runs.run(['login', '--to', 'two', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN });
    expect(fromEnvironment.code).toBe(0);
    writeFileSync(file, '1:wrong', { mode: 0o600 });
    const wrong = await runs.run(['login', '--to', 'three', '--bot-token-file', file, '--json']);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out).error).toMatchObject({ code: 'REFUSED' });
    expect(readdirSync(runs.folder)).toEqual(['one.session', 'two.session']);
  });
});

describe('a login that Telegram refuses', () => {
  test.each([
    ['auth.importBotAuthorization', 420, 'FLOOD_WAIT_3700', 'FLOOD_WAIT', 'wait 62 minutes'],
    ['auth.importBotAuthorization', 400, 'API_ID_INVALID', 'REFUSED', 'do not belong together'],
    ['auth.importBotAuthorization', 400, 'SOMETHING_NEW', 'REFUSED', 'SOMETHING_NEW'],
    ['users.getUsers', 403, 'USER_DEACTIVATED_BAN', 'REFUSED', 'banned'],
  ])('%s: %d %s ends with %s, and leaves nothing', async (method, number, text, code, words) => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    dc.answer(method, () => {
      throw new RpcError(number, text);
    });
    const { code: exit, err } = await runs.run(['login', '--to', 'bot', '--bot'], {
      TG_BOT_TOKEN: BOT_TOKEN,
    });
    expect(exit).toBe(1);
    expect(err).toContain(code);
    expect(err).toContain(words);
    expect(readdirSync(runs.folder)).toEqual([]);
  });

  test('for a moment is waited for, and the person is told', async () => {
    const dc = await startDc({ users: USERS });
    let waits = 1;
    dc.answer('auth.importBotAuthorization', () => {
      if (waits-- > 0) throw new RpcError(420, 'FLOOD_WAIT_1');
      return undefined;
    });
    const { code, err } = await loginRuns(dc).run(['login', '--to', 'bot', '--bot'], {
      TG_BOT_TOKEN: BOT_TOKEN,
    });
    expect(code).toBe(0);
    expect(err).toContain('pause of 1 second ');
  });

  test('because nobody is there ends with UNREACHABLE, and leaves nothing', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const env = { TG_BOT_TOKEN: BOT_TOKEN, TGSESSION_TEST_DC: '2@127.0.0.1:1' };
    const { code, err } = await runs.run(['login', '--to', 'bot', '--bot'], env);
    expect(code).toBe(1);
    expect(err).toMatch(/UNREACHABLE .*ECONNREFUSED/);
    expect(readdirSync(runs.folder)).toEqual([]);
  });
});

describe.runIf(hasTerminal)('a login into another format', () => {
  test.each(codecs.filter(({ writes }) => writes.length > 0).map(({ name }) => name))(
    '%s has the key and the user, or says what it cannot hold; nothing is left beside it',
    async (format) => {
      const dc = await startDc({ users: USERS });
      const runs = loginRuns(dc);
      const { code, out, err } = await runs.run(
        ['login', '--to', 'out', '--format', format, '--bot', '--json'],
        { TG_BOT_TOKEN: BOT_TOKEN },
      );
      expect(code, err + out).toBe(0);
      const { output, losses } = JSON.parse(out);
      expect(readdirSync(runs.folder)).toHaveLength(1);
      const { snapshots } = await read({ path: output }, { from: format });
      const { session, peers } = snapshots[0]!;
      expect(session.dcs.some(({ auth }) => auth !== null && dc.authKeys.userOf(auth) === 2000)).toBe(true);
      const fields: string[] = losses.map(({ field }: { field: string }) => field);
      if (session.user === null) expect(fields.join()).toContain('user');
      else expect(session.user.id).toBe(2000);
      // Whom the client met while it logged in is itself.
      if (peers.length === 0) expect(fields.join()).toContain('peers');
      else expect([...peers]).toMatchObject([{ kind: 'user', id: 2000 }]);
    },
  );

  test('never goes over what is there without --force, and finds out before it connects', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const path = join(runs.folder, 'out.txt');
    writeFileSync(path, 'mine');
    const args = ['login', '--to', 'out.txt', '--format', 'telethon-string', '--bot'];
    const refused = await runs.run(args, { TG_BOT_TOKEN: BOT_TOKEN });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('EXISTS');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    for (const format of ['madeline', 'nonsense']) {
      const { code } = await runs.run(['login', '--to', 'x', '--format', format, '--bot'], {
        TG_BOT_TOKEN: BOT_TOKEN,
      });
      expect(code).toBe(1);
    }
    expect(dc.log.entries).toEqual([]);
    expect((await runs.run([...args, '--force'], { TG_BOT_TOKEN: BOT_TOKEN })).code).toBe(0);
    expect((await loggedIn(dc, path)).serverUser).toBe(2000);
  });
});

describe.runIf(hasTerminal)('a login that is killed', () => {
  test.each([[], ['--format', 'telethon-string']])(
    'right after "logged in" is whole: %s',
    async (...format) => {
      const dc = await startDc({ users: USERS });
      const runs = loginRuns(dc);
      const terminal = runs.start(['login', '--to', 'alice.x', ...format]);
      await phoneLogin(terminal);
      await terminal.shows('logged in');
      await terminal.kill();
      expect(readdirSync(runs.folder)).toEqual(['alice.x']);
      expect((await loggedIn(dc, join(runs.folder, 'alice.x'))).serverUser).toBe(1000);
      const again = await runs.run(['check', 'alice.x']);
      expect(again.code, again.err).toBe(0);
    },
  );

  test.each([[], ['--format', 'telethon-string']])(
    'when the server has let it in, and before it heard of that, goes on with the same command: %s',
    async (...format) => {
      const dc = await startDc({ users: USERS });
      const runs = loginRuns(dc);
      const args = ['login', '--to', 'alice.x', ...format];
      const terminal = runs.start(args);
      const asked = Promise.withResolvers<void>();
      const killed = Promise.withResolvers<void>();
      dc.answer('auth.signIn', async () => {
        asked.resolve();
        await killed.promise;
        return undefined;
      });
      await phoneLogin(terminal);
      await asked.promise;
      await terminal.kill();
      killed.resolve();
      const users = () => dc.authKeys.ids.map((id) => dc.authKeys.userOf(id));
      await expect.poll(users, { timeout: 60_000 }).toContain(1000);
      dc.answer('auth.signIn', null);
      dc.log.clear();
      const next = runs.start(args);
      expect(await next.end()).toBe(0);
      expect(next.text).toContain('was logged in');
      expect(dc.log.of('handshake')).toEqual([]);
      expect(readdirSync(runs.folder)).toEqual(['alice.x']);
      expect((await loggedIn(dc, join(runs.folder, 'alice.x'))).serverUser).toBe(1000);
    },
  );
});

describe.runIf(hasTerminal)('a login that finds no place', () => {
  test('is kept beside it, and goes there with the next run', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const args = ['login', '--to', 'out.txt', '--format', 'telethon-string'];
    const terminal = runs.start(args);
    await terminal.shows('Phone number');
    writeFileSync(join(runs.folder, 'out.txt'), 'somebody was faster');
    terminal.type('+99966\r');
    await terminal.shows('Code:');
    terminal.type('12345\r');
    expect(await terminal.end()).toBe(1);
    expect(terminal.text).toContain('EXISTS');
    expect(terminal.text.replaceAll(/\s+/g, '')).toContain('out.txt.login.session');
    expect(readFileSync(join(runs.folder, 'out.txt'), 'utf8')).toBe('somebody was faster');
    expect((await runs.run(['doctor', 'out.txt', '--json'])).out).toContain('LOGIN_LEFT');
    const next = runs.start([...args, '--force']);
    expect(await next.end()).toBe(0);
    expect(next.text).toContain('was logged in');
    expect(readdirSync(runs.folder)).toEqual(['out.txt']);
    expect((await loggedIn(dc, join(runs.folder, 'out.txt'))).serverUser).toBe(1000);
  });

  test('twice over is not gone on with: what a killed run had put in its place already', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const path = await existing(runs);
    writeFileSync(`${path}.login.session`, readFileSync(path), { mode: 0o600 });
    const args = ['login', '--to', 'alice', '--force', '--bot'];
    const { code, err } = await runs.run(args, { TG_BOT_TOKEN: BOT_TOKEN });
    expect(code, err).toBe(0);
    expect((await loggedIn(dc, path)).user).toMatchObject({ id: 2000 });
    expect(readdirSync(runs.folder)).toEqual(['alice.session']);
  });
});

describe.runIf(hasTerminal)('Ctrl-C', () => {
  test.each([[[]], [['--format', 'telethon-string']], [['--qr']]])(
    'ends it, and everything is as it was: %s',
    async (more) => {
      const dc = await startDc({ users: USERS });
      const runs = loginRuns(dc);
      const terminal = runs.start(['login', '--to', 'alice.session', ...more]);
      if (more.includes('--qr')) await showsCode(terminal);
      else {
        await terminal.shows('Phone number');
        terminal.type('+99966\r');
        await terminal.shows('Code:');
      }
      terminal.type('\x03');
      expect(await terminal.end()).toBe(130);
      expect(readdirSync(runs.folder)).toEqual([]);
      const next = new SqliteSession(join(runs.folder, 'alice'));
      expect(await next.load()).toBeNull();
      await next.close();
    },
  );

  test.each(['SIGTERM', 'SIGHUP'])('is not the only way to end it in order: %s', async (signal) => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const terminal = runs.start(['login', '--to', 'alice']);
    await terminal.shows('Phone number');
    process.kill(await terminal.pid, signal);
    expect(await terminal.end()).toBe(130);
    expect(readdirSync(runs.folder)).toEqual([]);
  });

  test('while the server may let it in keeps the key, and says so', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const asked = Promise.withResolvers<void>();
    dc.answer('auth.signIn', () => {
      asked.resolve();
      return new Promise(() => {});
    });
    const terminal = runs.start(['login', '--to', 'alice']);
    await phoneLogin(terminal);
    await asked.promise;
    terminal.type('\x03');
    expect(await terminal.end()).toBe(130);
    expect(terminal.text.replaceAll(/\s+/g, ' ')).toContain('run the same command again');
    const { snapshots } = await read({ path: join(runs.folder, 'alice.session') });
    expect(loginOf(snapshots[0]!.session)).not.toBeNull();
  });

  test('leaves a session that was there, without a login, as it was', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const storage = new SqliteSession(join(runs.folder, 'alice'));
    await storage.load();
    const empty = sampleSession(1).with({
      dcs: [{ id: 2, ipv4Addr: '127.0.0.1:1' }],
      user: null,
      state: null,
    });
    await storage.save(empty);
    await storage.close();
    const terminal = runs.start(['login', '--to', 'alice']);
    await terminal.shows('Phone number');
    terminal.type('\x03');
    expect(await terminal.end()).toBe(130);
    expect((await storage.load())!.equals(empty)).toBe(true);
    await storage.close();
  });
});

describe.runIf(hasTerminal)('a session that is there', () => {
  test('with a login is refused, and says who it is; nobody connects', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const path = await existing(runs);
    const before = readFileSync(path);
    dc.log.clear();
    const { code, err } = await runs.run(['login', '--to', 'alice', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN });
    expect(code).toBe(1);
    expect(err).toContain('LOGGED_IN');
    expect(err).toContain('user 1000 @alice');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(dc.log.entries).toEqual([]);
  });

  test('goes aside for the new one with --force, and stays for one that fails', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const path = await existing(runs);
    const storage = new SqliteSession(path);
    const old = (await storage.load())!;
    await storage.close();
    const args = ['login', '--to', 'alice', '--force', '--bot'];
    const failed = await runs.run(args, { TG_BOT_TOKEN: '1:wrong' });
    expect(failed.code).toBe(1);
    expect((await storage.load())!.equals(old)).toBe(true);
    expect(await storage.aside.list()).toEqual([]);
    await storage.close();
    expect((await runs.run(args, { TG_BOT_TOKEN: BOT_TOKEN })).code).toBe(0);
    expect((await storage.load())!.user!.id).toBe(2000);
    const [entry] = await storage.aside.list();
    expect(entry).toMatchObject({ reason: 'replaced', userId: 1000 });
    expect((await storage.aside.get(entry!.id))!.equals(old)).toBe(true);
    await storage.close();
    expect(readdirSync(runs.folder)).toEqual(['alice.session']);
    const seen = await runs.run(['inspect', 'alice']);
    expect(seen.out).toMatch(/aside .*user 1000 .*replaced/);
    expect((await runs.run(['doctor', 'alice'])).out).toContain('kept aside (replaced');
  });

  test('that is known to be dead needs no --force', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const path = await existing(runs);
    const { snapshots } = await read({ path });
    dc.authKeys.revoke(snapshots[0]!.session.dcs.find(({ auth }) => auth !== null)!.auth!);
    expect((await runs.run(['check', 'alice'])).code).toBe(3);
    const { code, err } = await runs.run(['login', '--to', 'alice', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN });
    expect(code, err).toBe(0);
    expect((await loggedIn(dc, path)).serverUser).toBe(2000);
  });

  test('that is in use is refused, and nobody connects', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const holder = new SqliteSession(join(runs.folder, 'alice'));
    await holder.load();
    const { code, err } = await runs.run(['login', '--to', 'alice', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN });
    expect(code).toBe(1);
    expect(err).toContain('HELD');
    expect(dc.log.entries).toEqual([]);
    await holder.close();
  });

  test('of another program is not touched', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    writeFileSync(join(runs.folder, 'mine.txt'), 'a text of mine');
    const { code, err } = await runs.run(['login', '--to', 'mine.txt', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN });
    expect(code).toBe(1);
    expect(err).toContain('NOT_SQLITE');
    expect(readFileSync(join(runs.folder, 'mine.txt'), 'utf8')).toBe('a text of mine');
    expect(dc.log.entries).toEqual([]);
  });
});

describe('what a login needs', () => {
  test('is said where it is missing', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const without = { TG_API_ID: undefined, TG_BOT_TOKEN: BOT_TOKEN } as unknown as Record<string, string>;
    for (const [args, env, words] of [
      [['login'], {}, '--to'],
      [['login', '--to', 'a'], {}, 'terminal'],
      [['login', '--to', 'a', '--bot'], {}, 'TG_BOT_TOKEN'],
      [['login', '--to', 'a', '--bot'], without, 'TG_API_ID'],
      [['login', '--to', 'a', '--bot', '--qr'], {}, '--qr'],
      [['login', '--to', '-', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN }, 'path'],
      [['login', '--to', 'postgres://u:p@host/db', '--bot'], { TG_BOT_TOKEN: BOT_TOKEN }, '<store> <name>'],
    ] as [string[], Record<string, string>, string][]) {
      const { code, err } = await runs.run(args, env);
      expect(code, args.join(' ')).toBe(2);
      expect(err).toContain(words);
    }
    expect(readdirSync(runs.folder)).toEqual([]);
    expect(dc.log.entries).toEqual([]);
  });

  test.each(['149.154.167.51:443', '10.0.0.1:443', '192.168.1.1:80', '0.0.0.0:443'])(
    'is never another data centre than those of Telegram or of this machine: %s',
    async (address) => {
      const dc = await startDc({ users: USERS });
      const runs = loginRuns(dc);
      const { code, err } = await runs.run(['login', '--to', 'a', '--bot'], {
        TG_BOT_TOKEN: BOT_TOKEN,
        TGSESSION_TEST_DC: `2@${address}`,
      });
      expect(code).toBe(2);
      expect(err).toContain('not this machine');
      expect(existsSync(join(runs.folder, 'a.session'))).toBe(false);
    },
  );
});
