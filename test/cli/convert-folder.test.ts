/** Converting to a format that is a folder, and from one. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read } from '../../src/formats/index.ts';
import { tgsession } from '../support/cli.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { Family } from '../support/format-fixtures.ts';

const family = new Family('gramjs');
const TO = ['--to', 'gramjs-store-session'];

function folderWithString(file = 'string-ipv4-dc2.txt'): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'alice.txt'), family.bytes(file));
  return folder;
}

describe('tgsession convert to a folder', () => {
  test('makes it for its owner alone, and names its files after it', async () => {
    const folder = folderWithString();
    const { code, err } = tgsession(folder, ['convert', 'alice.txt', ...TO, '-o', 'deep/my session']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const target = join(folder, 'deep/my session');
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    const names = readdirSync(target).sort();
    expect(names).toEqual(
      ['authKey', 'dcId', 'port', 'serverAddress', 'testServers'].map((item) => `my%20session%3A${item}`),
    );
    for (const name of names) expect(statSync(join(target, name)).mode & 0o777).toBe(0o600);
    const { snapshots } = await read({ path: target });
    const original = await read({ path: join(folder, 'alice.txt') });
    expect(snapshots[0]!.session.equals(original.snapshots[0]!.session)).toBe(true);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['my session']);
  });

  test('takes the name of the source by default, and writes nothing with --dry-run', () => {
    const folder = folderWithString();
    expect(tgsession(folder, ['convert', 'alice.txt', ...TO, '--dry-run']).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['alice.txt']);
    expect(tgsession(folder, ['convert', 'alice.txt', ...TO]).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['alice.gramjs-store-session', 'alice.txt']);
  });

  test('refuses one that is there, and replaces with --force only what is a session of that format', async () => {
    const folder = folderWithString('string-ipv4-dc5-12chars.txt');
    const target = join(folder, 'acct');
    mkdirSync(target);
    for (const [name, bytes] of family.files('store-gramjs/acct')) writeFileSync(join(target, name), bytes);
    const before = stateOf(target);
    const args = ['convert', 'alice.txt', ...TO, '-o', 'acct'];
    const refused = tgsession(folder, args);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/EXISTS/);
    expect(stateOf(target)).toEqual(before);

    writeFileSync(join(target, 'diary.txt'), 'mine');
    const kept = tgsession(folder, [...args, '--force']);
    expect(kept.err).toMatch(/EXISTS .*1 entries that are no part/);
    expect(readFileSync(join(target, 'diary.txt'), 'utf8')).toBe('mine');

    const { unlinkSync } = await import('node:fs');
    unlinkSync(join(target, 'diary.txt'));
    expect(tgsession(folder, [...args, '--force']).code).toBe(0);
    const { snapshots } = await read({ path: target });
    expect(snapshots[0]!.session.dcs.map(({ id }) => id)).toEqual([5]);
    // No peer of the old session is left in the new one.
    expect(snapshots[0]!.peers).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['acct', 'alice.txt']);
  });

  test('folders in it are written and replaced too, and what else is in them is kept', async () => {
    const folder = temporaryFolder();
    const source = new Family('tdata').path('own-config-test');
    const args = ['convert', source, '--to', 'tdata', '-o', 'tdata'];
    const account = join(folder, 'tdata/D877F783D5D3EF8C');
    expect(tgsession(folder, args).code).toBe(0);
    expect(readdirSync(account)).toEqual(['configs', 'maps']);
    for (const path of [join(folder, 'tdata'), account]) expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(account, 'maps')).mode & 0o777).toBe(0o600);

    const before = readFileSync(join(folder, 'tdata/key_datas'));
    expect(tgsession(folder, args).err).toMatch(/EXISTS/);
    expect(tgsession(folder, [...args, '--force'])).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(folder, 'tdata/key_datas')).equals(before)).toBe(false);
    expect(readdirSync(folder)).toEqual(['tdata']);

    writeFileSync(join(account, 'diary.txt'), 'mine');
    expect(tgsession(folder, [...args, '--force']).err).toMatch(/EXISTS .*1 entries that are no part/);
    expect(readFileSync(join(account, 'diary.txt'), 'utf8')).toBe('mine');
  });

  test.each([
    ['a folder of other things', (path: string) => mkdirSync(join(path, 'photos'), { recursive: true })],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
  ])('never replaces %s', (_, make) => {
    const folder = folderWithString();
    make(join(folder, 'target'));
    const { code, err } = tgsession(folder, ['convert', 'alice.txt', ...TO, '-o', 'target', '--force']);
    expect(code).toBe(1);
    expect(err).toMatch(/EXISTS/);
    expect(existsSync(join(folder, 'target'))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['alice.txt', 'target']);
  });

  test('a file is not written over a folder', () => {
    const folder = folderWithString();
    mkdirSync(join(folder, 'target'));
    const args = ['convert', 'alice.txt', '--to', 'telethon-string', '-o', 'target', '--force'];
    expect(tgsession(folder, args).err).toMatch(/EXISTS .*is a folder/);
  });

  test('a name that StoreSession refuses is refused', () => {
    const folder = folderWithString();
    const { code, err } = tgsession(folder, ['convert', 'alice.txt', ...TO, '-o', 'session']);
    expect(code).toBe(1);
    expect(err).toMatch(/INVALID_VALUE .*"session"/);
    expect(readdirSync(folder)).toEqual(['alice.txt']);
  });
});

describe('tgsession with a folder', () => {
  test('inspects and converts it, links in it left alone', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'tacct'));
    for (const [name, bytes] of family.files('store-teleproto/tacct')) {
      writeFileSync(join(folder, 'tacct', name), bytes);
    }
    symlinkSync('/etc', join(folder, 'tacct', 'etc'));
    const view = JSON.parse(tgsession(folder, ['inspect', 'tacct', '--json']).out);
    expect(view).toMatchObject({
      format: 'gramjs-store-session',
      notes: ['Links in the folder were not followed: 1.'],
    });
    expect(view.sessions[0].dcs).toHaveLength(3);
    expect(tgsession(folder, ['convert', 'tacct', '--to', 'mtcute-string', '-o', 'm.txt']).code).toBe(0);
    expect(readFileSync(join(folder, 'm.txt'), 'utf8')).toMatch(/^A[\w-]{300,}$/);
  });

  test('says so if no session is in it', () => {
    const { code, err } = tgsession(temporaryFolder(), ['inspect', '.']);
    expect(code).toBe(1);
    expect(err).toMatch(/UNKNOWN_FORMAT .*folder/);
  });
});
