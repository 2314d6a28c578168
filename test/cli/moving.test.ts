/** The commands of docs/moving.md, each as it stands there. */

import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIBRARIES, moves, sourcesOf, targetsOf } from '../../scripts/moving-tables.ts';
import type { SessionError } from '../../src/errors.ts';
import { read, write } from '../../src/formats/index.ts';
import { tgsession } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

/** A session of each library, as it leaves it behind, from test/fixtures. */
const SESSIONS: Record<string, string> = {
  'Telethon 1': 'telethon/v7-1.37.0-self.session',
  'Telethon 2 and SqliteSession': 'telethon/v10-full.session',
  'Pyrogram and its forks': 'pyrogram/v3-pyrogram-2.0.106.session',
  'GramJS and teleproto': 'gramjs/string-ipv4-dc2.txt',
  mtcute: 'mtcute/session-user.sqlite',
  MTKruto: 'mtkruto/dc5-user.txt',
  'Telegram Web A': 'telegram-web/web-a-legacy.json',
  'Telegram Web K': 'telegram-web/web-k-legacy.json',
  'Telegram Desktop': 'tdata/opentele-single',
  gotd: 'gotd/typical.json',
  grammers: 'grammers/user.session',
  'Telegram for Android': 'android/user-v13',
  TDLib: 'tdlib/user-dc2',
  'tgsession, for keeping and sending': 'tgsession/v1-one-key.json',
};

const fixtureOf = (library: string) => join(import.meta.dirname, '../fixtures', SESSIONS[library] ?? 'none');
const sources = LIBRARIES.filter((one) => sourcesOf(one).length > 0);
const targets = LIBRARIES.filter((one) => targetsOf(one).length > 0);

test('every library of the page has a session to test with', () => {
  expect(sources.map(({ name }) => name).filter((name) => !existsSync(fixtureOf(name)))).toEqual([]);
});

describe.each(sources)('from $name', (from) => {
  test('each target can be written, unless it must know a user whom the source does not name', async () => {
    const { format, snapshots } = await read({ path: fixtureOf(from.name) });
    expect(sourcesOf(from).flatMap(({ formats }) => formats)).toContain(format);
    for (const { target } of targets.flatMap((to) => moves(from, to))) {
      try {
        const written = await write(snapshots, target.format, { name: 'alice' });
        expect(written.files.size, target.format).toBeGreaterThan(0);
      } catch (error) {
        expect((error as SessionError).code, `${format} to ${target.format}: ${error}`).toBe('CANNOT_HOLD');
        expect(snapshots[0]!.session.user, `${format} to ${target.format}: ${error}`).toBeNull();
      }
    }
  });

  test('a command works as it stands', () => {
    const folder = temporaryFolder();
    const to = targets.find((one) => one.name !== from.name)!;
    for (const { source, target, command } of moves(from, to)) {
      mkdirSync(dirname(join(folder, source.path)), { recursive: true });
      cpSync(fixtureOf(from.name), join(folder, source.path), { recursive: true });
      const { code, err } = tgsession(folder, command.split(' ').slice(1));
      expect({ code, err }, command).toEqual({ code: 0, err: '' });
      expect(existsSync(join(folder, target.output)), command).toBe(true);
    }
  });
});

describe.each(targets)('to $name', (to) => {
  test('each command works as it stands', async () => {
    const [telethon1, telethon2] = LIBRARIES;
    const from = to === telethon2 ? telethon1! : telethon2!;
    for (const { source, target, command } of moves(from, to)) {
      const folder = temporaryFolder();
      cpSync(fixtureOf(from.name), join(folder, source.path));
      const { code, err } = tgsession(folder, command.split(' ').slice(1));
      expect({ code, err }, command).toEqual({ code: 0, err: '' });
      const { format } = await read({ path: join(folder, target.output) });
      expect(format, command).toBe(target.format);
    }
  });
});

describe('a source that does not say who is logged in', () => {
  const PYROGRAM = ['convert', 's.txt', '--to', 'pyrogram-string', '-o', 'p.txt'];
  function folderWithString(): string {
    const folder = temporaryFolder();
    cpSync(join(import.meta.dirname, '../fixtures/telethon/string-v4.txt'), join(folder, 's.txt'));
    return folder;
  }

  test('is written for a library that must know it if the person says it', async () => {
    const folder = folderWithString();
    expect(tgsession(folder, PYROGRAM).err).toMatch(/CANNOT_HOLD .*add --user ID/);
    const { code, out } = tgsession(folder, [...PYROGRAM, '--user', '811432825', '--bot']);
    expect(code).toBe(0);
    expect(out).toContain('taken from --user');
    const { snapshots } = await read({ path: join(folder, 'p.txt') });
    expect(snapshots[0]!.session.user).toMatchObject({ id: 811432825, bot: true });
    const original = (await read({ path: join(folder, 's.txt') })).snapshots[0]!.session;
    expect(snapshots[0]!.session.user!.dc).toBe(original.dcs[0]!.id);
  });

  test('a wrong user, or none, is refused', () => {
    const folder = folderWithString();
    for (const user of [['--user', '0'], ['--user', 'x'], ['--user', '9007199254740992'], ['--bot']]) {
      expect(tgsession(folder, [...PYROGRAM, ...user]).code, user.join()).toBe(2);
    }
    tgsession(folder, [...PYROGRAM, '--user', '5']);
    const other = tgsession(folder, [
      'convert',
      'p.txt',
      '--to',
      'mtcute-string',
      '-o',
      'm.txt',
      '--user',
      '6',
    ]);
    expect(other.err).toMatch(/INVALID_VALUE .*user 5/);
    const same = tgsession(folder, [
      'convert',
      'p.txt',
      '--to',
      'mtcute-string',
      '-o',
      'm.txt',
      '--user',
      '5',
    ]);
    expect(same.code).toBe(0);
    mkdirSync(join(folder, 'in'));
    expect(
      tgsession(folder, ['convert', 'in', '--to', 'pyrogram-string', '-o', 'o', '--user', '5']).code,
    ).toBe(2);
  });
});
