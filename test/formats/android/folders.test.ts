/** Where accounts stand: several of them, parts of the folder, interrupted writes. */

import { cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';

const family = new Family('android');
const bytes = (file: string) => family.bytes(file);
const utf8 = (text: string) => new TextEncoder().encode(text);

const SELECTED_1 = utf8(
  "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n    <int name=\"selectedAccount\" value=\"1\" />\n</map>\n",
);

/** The data of an app with the accounts 0, 1 and 3, of which 1 is in use. */
function app(): Map<string, Uint8Array> {
  return new Map([
    ['files/tgnet.dat', bytes('user-v13/files/tgnet.dat')],
    ['files/account1/tgnet.dat', bytes('account-1/files/account1/tgnet.dat')],
    ['files/account3/tgnet.dat', bytes('bot-tl/files/tgnet.dat')],
    ['files/dc2conf.dat', utf8('x')],
    ['files/account2/dc2conf.dat', utf8('x')],
    ['shared_prefs/userconfing.xml', bytes('user-v13/shared_prefs/userconfing.xml')],
    ['shared_prefs/userconfig1.xml', bytes('account-1/shared_prefs/userconfig1.xml')],
    ['shared_prefs/userconfig3.xml', bytes('bot-tl/shared_prefs/userconfing.xml')],
    ['shared_prefs/mainconfig.xml', utf8('not read')],
  ]);
}

function onDisk(files: Map<string, Uint8Array>): string {
  const folder = join(temporaryFolder(), 'org.telegram.messenger');
  for (const [name, content] of files) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const summary = async (source: Parameters<typeof read>[0]) =>
  (await read(source)).snapshots.map(({ account, session }) => [
    account?.index ?? null,
    account?.active ?? null,
    session.user?.id ?? null,
  ]);

describe('several accounts', () => {
  const ALL = [
    [0, true, 4000001],
    [1, false, 4000050],
    [3, false, 5004000000],
  ];

  test('each is read with its number, and with which one is in use', async () => {
    expect(await summary({ files: app() })).toEqual(ALL);
    expect(await summary({ path: onDisk(app()) })).toEqual(ALL);
    const files = app().set('shared_prefs/userconfing.xml', SELECTED_1);
    expect(await summary({ files })).toEqual([
      [0, false, null],
      [1, true, 4000050],
      [3, false, 5004000000],
    ]);
  });

  test('one is chosen by its number', async () => {
    const { snapshots } = await read({ files: app() }, { account: 3 });
    expect(snapshots.map(({ session }) => session.user!.id)).toEqual([5004000000]);
    await failure(() => read({ files: app() }, { account: 2 }), 'NOT_FOUND', 'account');
  });

  test('the folder of files, of one account, and each tgnet.dat find the preferences', async () => {
    const path = onDisk(app());
    expect(await summary({ path: join(path, 'files') })).toEqual(ALL);
    expect(await summary({ path: join(path, 'files/tgnet.dat') })).toEqual([ALL[0]]);
    expect(await summary({ path: join(path, 'files/account1') })).toEqual([ALL[1]]);
    expect(await summary({ path: join(path, 'files/account3/tgnet.dat') })).toEqual([ALL[2]]);
  });

  test('a damaged one does not fail the others, and is told of', async () => {
    const files = app().set('files/account1/tgnet.dat', bytes('err-key-id/files/tgnet.dat'));
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ account }) => account!.index)).toEqual([0, 3]);
    expect(snapshots[0]!.notes.join()).toMatch(/Another account .*account1\/tgnet.dat.*authKeyPermId/);
    // Which one is in use stands in preferences that are broken: unknown.
    files.set('shared_prefs/userconfing.xml', utf8('<map'));
    expect(await summary({ files })).toEqual([[3, null, 5004000000]]);
  });

  test('the detection names the files', async () => {
    const [found] = await detect({ files: app() });
    expect(found).toMatchObject({ format: 'android', version: 5 });
    expect(found!.files).toEqual(['files/tgnet.dat', 'files/account1/tgnet.dat', 'files/account3/tgnet.dat']);
  });
});

describe('copies', () => {
  test('tgnet.dat and userconfing.xml in one folder belong together, whatever it is called', async () => {
    for (const name of ['copy', 'account7']) {
      const path = join(temporaryFolder(), name);
      mkdirSync(path);
      writeFileSync(join(path, 'tgnet.dat'), bytes('user-full-tl/files/tgnet.dat'));
      writeFileSync(join(path, 'userconfing.xml'), bytes('user-full-tl/shared_prefs/userconfing.xml'));
      expect(await summary({ path })).toEqual([[0, true, 4000002]]);
      expect(await summary({ path: join(path, 'tgnet.dat') })).toEqual([[0, true, 4000002]]);
    }
  });

  test('preferences near a copy that does not stand in the app’s own folder are not its own', async () => {
    const path = onDisk(app());
    mkdirSync(join(path, 'copy'));
    cpSync(join(path, 'files/account3/tgnet.dat'), join(path, 'copy/tgnet.dat'));
    expect(await summary({ path: join(path, 'copy') })).toEqual([[0, null, null]]);
    expect(await summary({ path: join(path, 'copy/tgnet.dat') })).toEqual([[null, null, null]]);
  });

  test('tgnet.dat alone, whatever it is called, has keys but no user', async () => {
    const tgnet = bytes('user-full-tl/files/tgnet.dat');
    expect(await detect({ bytes: tgnet })).toMatchObject([{ format: 'android', version: 5 }]);
    const { snapshots } = await read({ bytes: tgnet });
    expect(snapshots[0]).toMatchObject({ account: null, loggedIn: null, session: { user: null } });
    expect(snapshots[0]!.session.dcs[0]!.auth).toHaveLength(256);
    const path = join(temporaryFolder(), 'backup.bin');
    writeFileSync(path, tgnet);
    expect(await summary({ path })).toEqual([[null, null, null]]);
  });

  test('preferences behind a link are not followed', async () => {
    const path = onDisk(app());
    const other = onDisk(app());
    renameSync(join(path, 'shared_prefs'), join(path, 'elsewhere'));
    symlinkSync(join(other, 'shared_prefs'), join(path, 'shared_prefs'));
    expect(await summary({ path: join(path, 'files/tgnet.dat') })).toEqual([[null, null, null]]);
    expect((await summary({ path }))[0]).toEqual([0, null, null]);
  });

  test('the user of an app that is newer does not keep the keys from being read', async () => {
    const folder = temporaryFolder();
    cpSync(family.path('err-xml-constructor'), folder, { recursive: true });
    const { message } = await failure(() => read({ path: folder }), 'UNSUPPORTED');
    expect(message).toMatch(/0x12345678.*copy tgnet.dat to an empty folder/);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    cpSync(join(folder, 'files/tgnet.dat'), join(empty, 'tgnet.dat'));
    expect((await read({ path: empty })).snapshots[0]!.session.dcs[0]!.auth).toHaveLength(256);
  });
});

describe('interrupted writes', () => {
  const BACKUP = bytes('user-layer-133-tl/files/tgnet.dat');
  const expected = async () => (await read({ bytes: BACKUP })).snapshots[0]!.session.dcs[0]!.authKeyId;

  test.each(['files/tgnet.dat.bak', 'files/account1/tgnet.dat.bak'])('%s counts', async (name) => {
    const index = name.includes('account1') ? 1 : 0;
    const files = app().set(name, BACKUP);
    const { snapshots } = await read({ files }, { account: index });
    expect(snapshots[0]!.session.dcs[0]!.authKeyId).toBe(await expected());
    expect(snapshots[0]!.notes.join()).toMatch(/tgnet.dat.bak was read in place of/);
    // The half-written file may be anything, or nothing.
    files.set(name.replace('.bak', ''), new Uint8Array());
    expect((await read({ files }, { account: index })).snapshots[0]!.account!.index).toBe(index);
    files.delete(name.replace('.bak', ''));
    const path = onDisk(files);
    expect((await detect({ path }))[0]!.files).toContain(name);
    expect((await read({ path }, { account: index })).snapshots[0]!.session.dcs[0]!.authKeyId).toBe(
      await expected(),
    );
  });

  test('it counts beside a tgnet.dat that is given itself, and may be given itself', async () => {
    const path = onDisk(app().set('files/tgnet.dat.bak', BACKUP));
    for (const name of ['files/tgnet.dat', 'files/tgnet.dat.bak']) {
      const { snapshots } = await read({ path: join(path, name) });
      expect(snapshots[0]!.session.dcs[0]!.authKeyId).toBe(await expected());
    }
  });

  test('so does a backup of the preferences', async () => {
    const backup = bytes('bot-tl/shared_prefs/userconfing.xml');
    const files = app().set('shared_prefs/userconfing.xml.bak', backup);
    expect((await summary({ files }))[0]).toEqual([0, true, 5004000000]);
  });
});

describe('other files', () => {
  test('a damaged file with the name is told of as one; an empty one is one that is yet to be', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'tgnet.dat');
    writeFileSync(path, bytes('err-bool/files/tgnet.dat'));
    await failure(() => read({ path }), 'INVALID_VALUE', 'tgnet.dat.testBackend');
    writeFileSync(path, '');
    expect((await read({ path })).format).toBe('empty');
    await failure(() => read({ path }, { from: 'android' }), 'INVALID_VALUE', 'tgnet.dat.size');
  });

  test('a folder without tgnet.dat is none', async () => {
    const files = new Map([['files/other.dat', utf8('x')]]);
    expect(await detect({ files })).toEqual([]);
    await failure(() => read({ files }, { from: 'android' }), 'UNKNOWN_FORMAT', 'tgnet.dat');
    const deep = new Map([['a/files/tgnet.dat', bytes('user-v13/files/tgnet.dat')]]);
    expect(await detect({ files: deep })).toEqual([]);
  });
});
