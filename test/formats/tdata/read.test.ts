/** Which files of a folder count, what opens them, and what is said of things that are not as usual. */

import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, read } from '../../../src/formats/index.ts';
import { readFrame, writeFrame } from '../../../src/formats/tdata/frame.ts';
import { encryptLocal } from '../../../src/formats/tdata/local-encryption.ts';
import { fileNameOf } from '../../../src/formats/tdata/names.ts';
import { byteArray, int32, joined } from '../../../src/formats/tdata/qt.ts';
import { DataCenter } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { stateOf, temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';
import { blocks, encryptedFile, folderOf, H, LOCAL_KEY } from '../../support/tdata.ts';

const family = new Family('tdata');
const key = (id: number, seed = id) => new DataCenter({ id, auth: testKey(seed) });
const account = (userId: number | null = 7, mainDc = 2) => blocks(userId, mainDc, key(2));

/** Files on disk, with their times in seconds. */
function onDisk(files: ReadonlyMap<string, Uint8Array>, times: Record<string, number> = {}): string {
  const folder = temporaryFolder();
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    if (times[name] !== undefined) utimesSync(path, times[name], times[name]);
  }
  return folder;
}

const userOf = async (...source: Parameters<typeof read>) => {
  const { snapshots } = await read(...source);
  return snapshots.map(({ session }) => session.user?.id ?? null);
};

describe('the files of a folder', () => {
  const old = async () => {
    const files = await folderOf(account(1), { [`${H}s`]: undefined });
    return new Map([...files, [`${H}0`, encryptedFile(account(10))], [`${H}1`, encryptedFile(account(11))]]);
  };

  test('of two old ones the newer counts, and 0 where they are of the same time', async () => {
    const files = await old();
    expect(await userOf({ path: onDisk(files, { [`${H}0`]: 100, [`${H}1`]: 200 }) })).toEqual([11]);
    expect(await userOf({ path: onDisk(files, { [`${H}0`]: 200, [`${H}1`]: 100 }) })).toEqual([10]);
    expect(await userOf({ path: onDisk(files, { [`${H}0`]: 200, [`${H}1`]: 200 }) })).toEqual([10]);
    expect(await userOf({ files })).toEqual([10]);
  });

  test('if the newer of two old ones is damaged, the other one counts', async () => {
    const files = await old();
    files.set(`${H}1`, files.get(`${H}1`)!.slice(0, -1));
    expect(await userOf({ path: onDisk(files, { [`${H}0`]: 100, [`${H}1`]: 200 }) })).toEqual([10]);
    files.set(`${H}0`, new Uint8Array(30));
    await failure(() => read({ files }), 'DAMAGED', `${H}0`);
  });

  test('one of today that is damaged is not replaced by an old one', async () => {
    const files = await old();
    files.set(`${H}s`, encryptedFile(account(1)).slice(0, -1));
    await failure(() => read({ files }), 'DAMAGED', `${H}s`);
  });

  test('one that is larger than any is not read', async () => {
    const files = await folderOf(account(), { [`${H}s`]: new Uint8Array(256 * 1024 + 1) });
    await failure(() => read({ path: onDisk(files) }), 'INVALID_VALUE');
    await failure(() => read({ files }), 'INVALID_VALUE');
  });

  test('others are not read, whatever is in them, and nothing is touched', async () => {
    const files = await folderOf(account(), {
      settingss: new Uint8Array(5),
      'user_data/cache/0/00/0123456789AB': new Uint8Array(5),
      D877F783D5D3EF8D: new Uint8Array(5),
    });
    const folder = onDisk(files);
    symlinkSync(join(folder, 'key_datas'), join(folder, 'key_others'));
    const before = stateOf(folder);
    expect(await userOf({ path: folder })).toEqual([7]);
    expect(stateOf(folder)).toEqual(before);
  });

  test('the folder around it is as good', async () => {
    const files = await folderOf(account());
    const around = new Map([...files].map(([name, bytes]) => [`tdata/${name}`, bytes]));
    around.set('Telegram', new Uint8Array(5));
    expect(await userOf({ path: onDisk(around) })).toEqual([7]);
    const [found] = await detect({ files: around });
    expect(found).toMatchObject({ format: 'tdata', files: ['tdata/key_datas', `tdata/${H}s`] });
  });

  test('a folder without the key file says what is missing', async () => {
    const files = family.files('own-config-prod');
    files.delete('key_datas');
    const { message } = await failure(() => read({ files }), 'NOT_FOUND', 'key_datas');
    expect(message).toMatch(/cannot be opened without it/);
    await failure(() => read({ files: new Map() }, { from: 'tdata' }), 'UNKNOWN_FORMAT', 'key_datas');
  });
});

describe('names of data', () => {
  const named = async (...names: string[]) => {
    const files = new Map<string, Uint8Array>();
    for (const [i, name] of names.entries()) {
      const one = await folderOf(account(i + 1));
      files.set(`key_${name}s`, one.get('key_datas')!).set(`${fileNameOf(name)}s`, one.get(`${H}s`)!);
    }
    return files;
  };

  test('the only one is found by itself', async () => {
    expect(await userOf({ files: await named('work') })).toEqual([1]);
    const { snapshots } = await read({ path: family.path('own-data-name') });
    expect(snapshots[0]!.extra.dataName).toBe('work');
  });

  test('of several it is the usual one, and the others are named', async () => {
    const files = await named('a', 'data', 'zs');
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ session }) => session.user!.id)).toEqual([2]);
    expect(snapshots[0]!.notes.join()).toMatch(/"dataName" chooses: a, zs\./);
    expect(await userOf({ files }, { dataName: 'zs' })).toEqual([3]);
  });

  test('where none of several is the usual one, it must be chosen', async () => {
    const files = await named('work', 'home');
    const { message } = await failure(() => read({ files }), 'AMBIGUOUS_FORMAT', 'dataName');
    expect(message).toMatch(/home, work\. Choose one with the option "dataName"/);
    expect(await userOf({ files }, { dataName: 'home' })).toEqual([2]);
    const wrong = await failure(() => read({ files }, { dataName: 'x' }), 'NOT_FOUND', 'key_xs');
    expect(wrong.message).toMatch(/home, work/);
  });

  test('files of other programs with such names do not count', async () => {
    const files = await named('work');
    files.set('key_others', new Uint8Array(50));
    expect(await userOf({ files })).toEqual([1]);
  });

  test.each([
    ['an empty one', ''],
    ['a path', '../data'],
    ['a path of Windows', 'a\\b'],
    ['one with NUL', 'a\0b'],
    ['a long one', 'x'.repeat(300)],
    ['a number', 5],
  ])('%s is no name', async (_, dataName) => {
    const files = await named('work');
    await failure(() => read({ files }, { dataName: dataName as string }), 'INVALID_VALUE', 'dataName');
  });
});

describe('passcodes', () => {
  const protectedFolder = { path: family.path('opentele-passcode') };

  test('a missing one and a wrong one are told apart, and neither is repeated', async () => {
    await failure(() => read(protectedFolder), 'NEEDS_SECRET', 'key_datas.localKey');
    await failure(() => read(protectedFolder, { passcode: '' }), 'NEEDS_SECRET');
    const { message } = await failure(
      () => read(protectedFolder, { passcode: 'PASS123' }),
      'WRONG_SECRET',
      'key_datas.localKey',
    );
    expect(message).not.toMatch(/pass123/i);
  });

  test('one that is not needed is said to be so', async () => {
    const { snapshots } = await read({ files: await folderOf(account()) }, { passcode: 'x' });
    expect(snapshots[0]!.notes).toContain('The folder has no passcode: the one given was not needed.');
  });

  test('in the oldest layout too', async () => {
    const path = family.path('own-legacy-map-passcode');
    await failure(() => read({ path }), 'NEEDS_SECRET', `${H}/maps.localKey`);
    await failure(() => read({ path }, { passcode: 'x' }), 'WRONG_SECRET');
  });

  test.each([
    ['a number', 5],
    ['half a character', 'a\ud800'],
    ['a long one', 'x'.repeat(1001)],
  ])('%s is none', async (_, passcode) => {
    await failure(() => read(protectedFolder, { passcode: passcode as string }), 'INVALID_VALUE', 'passcode');
  });
});

describe('accounts', () => {
  const name = (index: number) => `${fileNameOf('data', index)}s`;

  test('a damaged one does not fail the others, and says why if it is asked for', async () => {
    const files = await folderOf(
      account(1),
      { [name(4)]: encryptedFile(int32(9)) },
      { indexes: [4, 0], active: 4 },
    );
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ account: one }) => one)).toEqual([{ index: 0, active: false }]);
    expect(snapshots[0]!.notes.join()).toMatch(/Another account .*s\.block must be the authorization/);
    await failure(() => read({ files }, { account: 4 }), 'INVALID_VALUE', `${name(4)}.block`);
    await failure(() => read({ files }, { account: 1 }), 'NOT_FOUND', 'account');
    expect(await userOf({ files }, { account: 0 })).toEqual([1]);
  });

  test.each([-1, null, 3])('with %j for the one in use, none is said to be', async (active) => {
    const files = await folderOf(
      account(1),
      { [name(1)]: encryptedFile(account(2)) },
      { indexes: [0, 1], active },
    );
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ account: one }) => one!.active)).toEqual([null, null]);
    expect(snapshots[0]!.extra.active).toBe(active);
  });

  test('an app that has yet to choose a data centre, and has no keys', async () => {
    const { snapshots } = await read({ files: await folderOf(blocks(null, null)) });
    expect(snapshots[0]).toMatchObject({ mainDc: null, loggedIn: false, session: { dcs: [], user: null } });
  });

  test('a main data centre without its key is said', async () => {
    const { snapshots } = await read({ path: family.path('own-main-key-missing') });
    expect(snapshots[0]!.notes.join()).toMatch(/lives on data centre 2, but its key is missing/);
  });

  test('keys of what is no data centre are kept, and said', async () => {
    const { snapshots } = await read({ path: family.path('own-media-dc-ids') });
    expect(snapshots[0]!.notes.join()).toMatch(
      /key of 10002 is kept under that number, which is no data centre/,
    );
  });

  test('settings behind the keys are passed over, and said', async () => {
    const { snapshots } = await read({ path: family.path('own-trailing-settings') });
    expect(snapshots[0]!.notes.join()).toMatch(/stand 8 bytes of other settings/);
  });

  test('nothing may stand behind the list of accounts', async () => {
    const files = await folderOf(account(), {}, { indexes: [0], active: 0 });
    const list = encryptLocal(int32(1, 0, 0, 0), LOCAL_KEY);
    // Salt and local key stay.
    const head = readFrame('key_datas', files.get('key_datas')!).data.slice(0, 4 + 32 + 4 + 288);
    files.set('key_datas', writeFrame(joined(head, byteArray(list))));
    await failure(() => read({ files }), 'INVALID_VALUE', 'key_datas.accounts');
  });

  test('a version of the app that never was is said', async () => {
    const { snapshots } = await read({ path: family.path('own-newer-app') });
    expect(snapshots[0]!.notes.join()).toMatch(/Telegram Desktop 999\.999\.999/);
  });

  test('one key for a data centre twice is refused, and one of zeros', async () => {
    const twice = blocks(7, 2, key(2), key(2, 3));
    await failure(async () => read({ files: await folderOf(twice) }), 'INVALID_VALUE', `${H}s.dcs[1].id`);
    const zeros = account().fill(0, -260, -4);
    await failure(async () => read({ files: await folderOf(zeros) }), 'INVALID_VALUE', `${H}s.keys[0].auth`);
  });

  test('blocks from before there was one for both', async () => {
    const old = joined(int32(1, 7, 4), int32(0, 2), testKey(2), int32(0, 4), testKey(4), int32(8, 1));
    const { snapshots } = await read({ files: await folderOf(old) });
    const [{ session, mainDc, notes }] = snapshots as [(typeof snapshots)[0]];
    expect(session.user).toMatchObject({ id: 7, dc: 4 });
    expect(session.dcs.map(({ id, auth }) => [id, Buffer.from(auth!).equals(testKey(id))])).toEqual([
      [2, true],
      [4, true],
    ]);
    expect(mainDc).toBe(4);
    expect(notes.join()).toMatch(/8 bytes of other settings/);
    await failure(
      async () => read({ files: await folderOf(old.slice(0, 200)) }),
      'INVALID_VALUE',
      `${H}s.keys[0].auth`,
    );
  });
});

describe('configs', () => {
  const option = (
    id: number,
    flags: number,
    port: number,
    ip: string,
    secret: Uint8Array = new Uint8Array(),
  ) => joined(int32(id, flags, port), byteArray(new TextEncoder().encode(ip)), byteArray(secret));
  const options = (...list: Uint8Array[]) => joined(int32(-2, list.length), ...list, int32(0));
  const config = (dcOptions: Uint8Array, version = 1, environment = 0) =>
    byteArray(joined(int32(version, environment), byteArray(dcOptions), int32(5, 6, 7)));
  const readWith = async (plain: Uint8Array | null) => {
    const file = plain === null ? new Uint8Array(30) : encryptedFile(plain);
    const { snapshots } = await read({ files: await folderOf(account(), { [`${H}/configs`]: file }) });
    return snapshots[0]!;
  };
  const good = option(2, 16, 443, '10.0.0.1');

  test('the first address of each family counts that serves everything without a secret', async () => {
    const { session, testMode, notes } = await readWith(
      config(
        options(
          option(2, 2, 443, '10.0.0.2'),
          option(2, 4, 443, '10.0.0.3'),
          option(2, 8, 443, '10.0.0.4'),
          option(2, 1024, 443, '10.0.0.5', new Uint8Array(16)),
          option(4, 0, 443, '10.0.0.6'),
          good,
          option(2, 16, 80, '10.0.0.7'),
          option(2, 17, 5222, '2001:0db8:0000:0000:0000:0000:0000:0001'),
        ),
        1,
        1,
      ),
    );
    expect(session.dcs).toMatchObject([
      { ipv4Addr: '10.0.0.1:443', ipv6Addr: '2001:0db8:0000:0000:0000:0000:0000:0001:5222' },
    ]);
    expect({ testMode, notes }).toEqual({ testMode: true, notes: [] });
  });

  test('the layouts before secrets, and before versions', async () => {
    const plain = joined(int32(2, 16, 443), byteArray(new TextEncoder().encode('10.0.0.1')));
    const versions = [joined(int32(1), plain), joined(int32(-1, 1), good)];
    for (const dcOptions of versions) {
      const { session } = await readWith(config(dcOptions));
      expect(session.dcs[0]!.ipv4Addr).toBe('10.0.0.1:443');
    }
  });

  test.each<[string, string, Uint8Array | null]>([
    ['damaged', 'no file of Telegram Desktop', null],
    ['of version 2', 'version is 2', config(options(good), 2)],
    ['of the environment 2', 'environment must be', config(options(good), 1, 2)],
    ['with addresses of version 3', 'version is 3', config(joined(int32(-3, 0, 0)))],
    ['with a count of more than there is', 'count must be', config(int32(-2, 2_000))],
    ['with a negative count', 'count must be', config(int32(-2, -1))],
    ['with the data centre 0', 'id must be', config(options(option(0, 16, 443, '10.0.0.1')))],
    ['with the port 0', 'port must be', config(options(option(2, 16, 0, '10.0.0.1')))],
    ['with a host name', 'ip must be', config(options(option(2, 16, 443, 'example.org')))],
    ['with an address of the other family', 'ip must be', config(options(option(2, 17, 443, '10.0.0.1')))],
    [
      'with a long secret',
      'secret must be',
      config(options(option(2, 0, 443, '10.0.0.1', new Uint8Array(33)))),
    ],
    ['with bytes behind its addresses', 'must end', config(joined(options(good), int32(0)))],
    ['with bytes behind its end', 'must end', joined(config(options(good)), int32(0))],
  ])('one that is %s is passed over, and so is the test flag', async (_, why, plain) => {
    const { session, testMode, notes } = await readWith(plain);
    expect(session.dcs[0]!.ipv4Addr).toBe('149.154.167.51:443');
    expect(testMode).toBeNull();
    expect(notes[0]).toContain(why);
  });

  test('one of another folder is passed over', async () => {
    const plain = encryptLocal(config(options(good)), LOCAL_KEY.toReversed());
    const files = await folderOf(account(), { [`${H}/configs`]: writeFrame(byteArray(plain)) });
    const { snapshots } = await read({ files });
    expect(snapshots[0]!.testMode).toBeNull();
    expect(snapshots[0]!.notes[0]).toMatch(/belongs to another folder/);
  });
});
