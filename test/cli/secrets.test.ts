/** Passcodes and keys that protect a session; sources with several accounts, which often have one. */

import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codecs, read, type SpecialOption, write } from '../../src/formats/index.ts';
import { tgsession } from '../support/cli.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';
import { Family } from '../support/format-fixtures.ts';
import { keysOfTests, printedKeys } from '../support/printed-keys.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const tdata = new Family('tdata');
const tdlib = new Family('tdlib');
const PASSCODE = 'pass123';

/** A folder with a copy of a fixture, as `source`. */
function folderWith(family: Family, fixture: string, secrets: Record<string, string> = {}): string {
  const folder = temporaryFolder();
  cpSync(family.path(fixture), join(folder, 'source'), { recursive: true });
  for (const [name, text] of Object.entries(secrets)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
}

const inspect = (folder: string, ...args: string[]) =>
  tgsession(folder, ['inspect', 'source', '--json', ...args]);
const errorOf = ({ out }: { out: string }) => JSON.parse(out).error;

describe('a passcode', () => {
  test('that is needed is asked for by the name of its option', () => {
    const folder = folderWith(tdata, 'opentele-passcode');
    const run = inspect(folder);
    expect(run.code).toBe(1);
    expect(errorOf(run)).toEqual({
      code: 'NEEDS_SECRET',
      message: expect.stringContaining('--passcode-file'),
    });
    expect(errorOf(tgsession(folder, ['convert', 'source', '--to', 'telethon-string', '--json'])).code).toBe(
      'NEEDS_SECRET',
    );
    expect(tgsession(folder, ['doctor', 'source']).out).toMatch(/problem {2}.*--passcode-file/);
    expect(tgsession(folder, ['detect', 'source']).out).toContain('tdata');
  });

  test('that was not needed is spoken of once, however many accounts there are', () => {
    const folder = folderWith(tdata, 'mtcute-two-accounts', { code: PASSCODE });
    const WITH = ['--passcode-file', 'code'];
    const TO = ['convert', 'source', '--to', 'tgsession-json', '--dry-run'];
    const runs = [inspect(folder, ...WITH), tgsession(folder, ['inspect', 'source', ...WITH])];
    runs.push(tgsession(folder, [...TO, ...WITH]), tgsession(folder, [...TO, '--json', ...WITH]));
    const many = ['convert', '.', '--to', 'telethon-string', '-o', 'out', '--dry-run', '--json', ...WITH];
    runs.push(tgsession(folder, many));
    for (const { out } of runs) expect(out.match(/was not needed/g)).toHaveLength(1);
  });

  test.each([
    ['as it is', PASSCODE],
    ['with the line break of an editor', `${PASSCODE}\n`],
    ['with that of Windows', `${PASSCODE}\r\n`],
  ])('comes from a file, %s', (_, text) => {
    const folder = folderWith(tdata, 'opentele-passcode', { code: text });
    const { code, out, err } = inspect(folder, '--passcode-file', 'code');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out).sessions).toHaveLength(1);
    expect(tgsession(folder, ['doctor', 'source', '--passcode-file', 'code']).out).not.toContain('SECRET');
    const args = ['convert', 'source', '--to', 'telethon-string', '--passcode-file', 'code', '-o', 's.txt'];
    expect(tgsession(folder, args).code).toBe(0);
  });

  test('that is wrong, or no passcode, is refused', () => {
    const folder = folderWith(tdata, 'opentele-passcode', {
      wrong: 'pass124',
      space: `${PASSCODE} `,
      empty: '\n',
      lines: 'a\nb',
      long: 'a'.repeat(70_000),
    });
    writeFileSync(join(folder, 'latin'), Buffer.from([0xe9, 0xff]), { mode: 0o600 });
    for (const file of ['wrong', 'space']) {
      expect(errorOf(inspect(folder, '--passcode-file', file)).code, file).toBe('WRONG_SECRET');
    }
    for (const file of ['empty', 'lines', 'long', 'latin']) {
      expect(errorOf(inspect(folder, '--passcode-file', file)).code, file).toBe('INVALID_VALUE');
    }
    expect(errorOf(inspect(folder, '--passcode-file', 'nothing')).code).toBe('NOT_FOUND');
    expect(inspect(folder, '--passcode-file', '-').code).toBe(2);
    expect(inspect(folder, '--passcode', PASSCODE).code).toBe(2);
  });

  test('that others can read is warned of, beside the output', () => {
    const folder = folderWith(tdata, 'opentele-passcode', { code: PASSCODE });
    chmodSync(join(folder, 'code'), 0o644);
    const { code, out, err } = inspect(folder, '--passcode-file', 'code');
    expect(code).toBe(0);
    expect(err).toMatch(/^warning .*mode 644.*chmod 600/);
    expect(() => JSON.parse(out)).not.toThrow();
  });

  test('is never printed', async () => {
    const folder = folderWith(tdata, 'opentele-passcode', { code: PASSCODE, wrong: `${PASSCODE}4` });
    const shown = [[], ['--json']].flatMap((json) =>
      ['code', 'wrong'].flatMap((file) => [
        tgsession(folder, ['inspect', 'source', '--passcode-file', file, ...json]),
        tgsession(folder, ['doctor', 'source', '--passcode-file', file, ...json]),
        tgsession(folder, [
          ...['convert', 'source', '--to', 'tdata', '-o', 'new', '--dry-run', ...json],
          ...['--passcode-file', file, '--to-passcode-file', 'code'],
        ]),
      ]),
    );
    const text = shown.map(({ out, err }) => out + err).join('\n');
    expect(text.includes(PASSCODE)).toBe(false);
    expect(printedKeys(text, await keysOfTests())).toEqual([]);
  });

  test('protects what is written', async () => {
    const folder = folderWith(tdata, 'opentele-single', { code: 'new one\n' });
    const args = ['convert', 'source', '--to', 'tdata', '-o', 'new', '--to-passcode-file', 'code'];
    expect(tgsession(folder, args)).toMatchObject({ code: 0, err: '' });
    const path = join(folder, 'new');
    await expect(read({ path })).rejects.toMatchObject({ code: 'NEEDS_SECRET' });
    const { snapshots } = await read({ path }, { passcode: 'new one' });
    const original = await read({ path: join(folder, 'source') });
    expect(snapshots[0]!.session.equals(original.snapshots[0]!.session)).toBe(true);
  });

  test('is refused where the format could not heed it, and nothing is written', () => {
    const folder = folderWith(tdata, 'opentele-single', { code: 'new one' });
    for (const option of ['--to-passcode-file', '--to-key-file', '--to-data-name']) {
      const run = tgsession(folder, ['convert', 'source', '--to', 'telethon-string', option, 'code']);
      expect(run).toMatchObject({ code: 2, err: expect.stringContaining(option) });
    }
    expect(readdirSync(folder).sort()).toEqual(['code', 'source']);
  });
});

describe.runIf(hasTerminal)('a passcode in a terminal', () => {
  const ASKED = 'Passcode of source (not shown): ';

  test('is asked for, and does not show', () => {
    const folder = folderWith(tdata, 'mtcute-passcode-unicode');
    const { text, code } = inTerminal(folder, ['inspect', 'source'], { steps: [[ASKED, 'пароль-😀\r']] });
    expect(code).toBe(0);
    expect(text).toContain('auth key id');
    expect(text.includes('пароль')).toBe(false);
  });

  test('is asked for three times, and no more', () => {
    const folder = folderWith(tdata, 'opentele-passcode');
    const again = inTerminal(folder, ['inspect', 'source'], {
      steps: [
        [ASKED, 'wrong\r'],
        [ASKED, `${PASSCODE}\r`],
      ],
    });
    expect(again.code).toBe(0);
    expect(again.text).toContain('That is not the passcode.');
    const never = inTerminal(folder, ['inspect', 'source'], {
      steps: [1, 2, 3].map(() => [ASKED, 'wrong\r'] as [string, string]),
    });
    expect(never.code).toBe(1);
    expect(never.text).toContain('WRONG_SECRET');
    expect(never.text.split(ASKED)).toHaveLength(4);
  });

  test('can be left unanswered', () => {
    const folder = folderWith(tdata, 'opentele-passcode');
    const { text, code } = inTerminal(folder, ['inspect', 'source'], { steps: [[ASKED, '\x03']] });
    expect(code).toBe(130);
    expect(text).toContain('ABORTED');
  });

  test('is asked for in converting too, but not if it was given in a file', () => {
    const folder = folderWith(tdata, 'opentele-passcode', { wrong: 'x' });
    const args = ['convert', 'source', '--to', 'telethon-string', '-o', 's.txt'];
    const given = inTerminal(folder, [...args, '--passcode-file', 'wrong']);
    expect(given.text).toContain('WRONG_SECRET');
    expect(given.text).not.toContain(ASKED);
    expect(inTerminal(folder, args, { steps: [[ASKED, `${PASSCODE}\r`]] }).code).toBe(0);
    expect(existsSync(join(folder, 's.txt'))).toBe(true);
  });
});

describe('the key of a database of TDLib', () => {
  test('comes from a file, every byte of it', () => {
    const folder = folderWith(tdlib, 'own-key', { key: 'hunter2', line: 'hunter2\n', code: 'hunter2' });
    expect(errorOf(inspect(folder))).toEqual({
      code: 'NEEDS_SECRET',
      message: expect.stringContaining('--key-file'),
    });
    expect(inspect(folder, '--key-file', 'key')).toMatchObject({ code: 0, err: '' });
    const line = inspect(folder, '--key-file', 'line');
    expect(errorOf(line).code).toBe('WRONG_SECRET');
    expect(line.err).toMatch(/warning .*line break/);
    expect(errorOf(inspect(folder, '--passcode-file', 'code')).code).toBe('NEEDS_SECRET');
  });

  test.runIf(hasTerminal)('is not asked for', () => {
    const { text, code } = inTerminal(folderWith(tdlib, 'own-key'), ['inspect', 'source']);
    expect(code).toBe(1);
    expect(text).toContain('NEEDS_SECRET');
  });

  test('encrypts what is written', async () => {
    const folder = folderWith(tdlib, 'user-dc2', { key: 'hunter2' });
    const args = ['convert', 'source', '--to', 'tdlib-binlog', '-o', 'new', '--to-key-file', 'key'];
    expect(tgsession(folder, args)).toMatchObject({ code: 0, err: '' });
    await expect(read({ path: join(folder, 'new') })).rejects.toMatchObject({ code: 'NEEDS_SECRET' });
    const databaseEncryptionKey = new TextEncoder().encode('hunter2');
    expect((await read({ path: join(folder, 'new') }, { databaseEncryptionKey })).snapshots).toHaveLength(1);
  });
});

test('the name that Telegram Desktop was started with is an option, of reading and of writing', async () => {
  const folder = folderWith(tdata, 'own-data-name');
  expect(inspect(folder, '--data-name', 'work').code).toBe(0);
  expect(inspect(folder, '--data-name', 'other').code).toBe(1);
  const args = ['convert', 'source', '--to', 'tdata', '-o', 'new', '--to-data-name', 'home'];
  expect(tgsession(folder, args).code).toBe(0);
  expect((await read({ path: join(folder, 'new') }, { dataName: 'home' })).snapshots).toHaveLength(1);
});

test('every format says which of the special options it heeds in writing', async () => {
  const { snapshots } = await read({ path: join(import.meta.dirname, '../../examples/alice.session') });
  const all: SpecialOption[] = ['passcode', 'dataName', 'databaseEncryptionKey'];
  for (const { name, writes, options = [] } of codecs) {
    if (writes.length === 0) continue;
    const heeded = new Set<string>();
    const given = { passcode: 'p', dataName: 'd', databaseEncryptionKey: new Uint8Array([1]), name: 'n' };
    const spy = new Proxy(given, {
      get(target, key) {
        heeded.add(String(key));
        return Reflect.get(target, key);
      },
    });
    await write(snapshots, name, spy);
    expect(
      all.filter((option) => heeded.has(option)).sort(),
      `${name}: its codec lists in "options" what it heeds`,
    ).toEqual([...options].sort());
  }
});

describe('a source with several accounts', () => {
  const SIX = 'own-six-accounts-gaps';

  test('is shown with all of them, in the order of the source', () => {
    const folder = folderWith(tdata, SIX);
    const { sessions } = JSON.parse(inspect(folder).out);
    expect(sessions.map(({ account }: { account: { index: number } }) => account.index)).toEqual([
      0, 2, 3, 5,
    ]);
    expect(sessions.map(({ user }: { user: { id: number } }) => user.id)).toEqual([
      1000030, 1000032, 1000033, 1000035,
    ]);
    expect(sessions.filter(({ account }: { account: { active: boolean } }) => account.active)).toHaveLength(
      1,
    );
    const { out } = tgsession(folder, ['inspect', 'source']);
    expect(out).toContain('4 accounts');
    for (const index of [0, 2, 3, 5]) expect(out).toContain(`account ${index}`);
    expect(out.match(/ {2}active/g)).toHaveLength(1);
    const [one] = JSON.parse(inspect(folder, '--account', '3').out).sessions;
    expect(one.user.id).toBe(1000033);
    expect(errorOf(inspect(folder, '--account', '1'))).toEqual({
      code: 'NOT_FOUND',
      message: expect.stringContaining('0, 2, 3, 5'),
    });
    expect(inspect(folder, '--account', 'x').code).toBe(2);
  });

  test('goes into a format of one account only with --account, and the error names them', () => {
    const folder = folderWith(tdata, SIX);
    const args = ['convert', 'source', '--to', 'telethon-string', '-o', 's.txt'];
    const { code, err } = tgsession(folder, args);
    expect(code).toBe(1);
    expect(err).toMatch(/CANNOT_HOLD .*--account N/);
    for (const account of ['0: user 1000030', '2: user 1000032', '5: user 1000035'])
      expect(err).toContain(account);
    expect(existsSync(join(folder, 's.txt'))).toBe(false);
    expect(tgsession(folder, [...args, '--account', '2']).code).toBe(0);
  });

  test('goes as a whole into a format of several, and back', async () => {
    const folder = folderWith(tdata, SIX);
    const args = ['convert', 'source', '--to', 'telegram-web-a-localstorage', '-o', 'web.json'];
    expect(tgsession(folder, args).code).toBe(0);
    expect(
      (await read({ path: join(folder, 'web.json') })).snapshots.map(({ session }) => session.user?.id),
    ).toEqual([1000030, 1000032, 1000033, 1000035]);
  });

  test('gives a batch one target or several, as the format holds', () => {
    const folder = folderWith(tdata, SIX);
    cpSync(join(folder, 'source'), join(folder, 'in/desk/tdata'), { recursive: true });
    tgsession(folder, ['convert', 'in', '--batch', '--to', 'telethon-string', '-o', 'strings']);
    const names = readdirSync(join(folder, 'strings'), { recursive: true }).map(String);
    expect(names.filter((name) => name.endsWith('.txt'))).toHaveLength(4);
    expect(names.some((name) => name.endsWith('.5.txt'))).toBe(true);
    tgsession(folder, ['convert', 'in', '--batch', '--to', 'telegram-web-k-localstorage', '-o', 'web']);
    const web = readdirSync(join(folder, 'web'), { recursive: true }).map(String);
    expect(web.filter((name) => name.endsWith('.json'))).toHaveLength(1);
  });

  test('is told apart where nobody is logged in, or bots are not known', () => {
    const folder = temporaryFolder();
    cpSync(tdlib.path('logging-out'), join(folder, 'out'), { recursive: true });
    const out = JSON.parse(tgsession(folder, ['inspect', 'out', '--json']).out).sessions[0];
    expect(out.loggedIn).toBe(false);
    expect(tgsession(folder, ['inspect', 'out']).out).toMatch(/not logged in|logged out/);
    copyFileSync(join(FIXTURES, 'v7-1.37.0-self.session'), join(folder, 'self.session'));
    const self = JSON.parse(tgsession(folder, ['inspect', 'self', '--json']).out).sessions[0];
    expect(self.botKnown).toBe(false);
    expect(tgsession(folder, ['inspect', 'self']).out).toContain('bot or not: not known');
    cpSync(tdata.path('own-keys-to-destroy'), join(folder, 'old'), { recursive: true });
    const old = JSON.parse(tgsession(folder, ['inspect', 'old', '--json']).out).sessions[0];
    expect(old.keysToDestroy.length).toBeGreaterThan(0);
    for (const key of old.keysToDestroy) expect(Object.keys(key)).toContain('authSha256');
    expect(tgsession(folder, ['inspect', 'old']).out).toContain(
      `${old.keysToDestroy.length} to be logged out`,
    );
  });
});
