/** The real mtcute reads our folders of Telegram Desktop, and we read its. */

import { createHash, pbkdf2, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { read, snapshotOf, write } from '../../src/formats/index.ts';
import { DataCenter, Session } from '../../src/session.ts';
import { temporaryFolder } from '../support/folder.ts';
import { locate } from '../support/live.ts';
import { testKey } from '../support/sessions.ts';

const load = async (module: string) => {
  const path = locate(module);
  return path === null ? null : import(pathToFileURL(path).href);
};
const library = await load('@mtcute/convert');
const gramjs = await load('telegram/crypto/IGE.js');

/** mtcute's own is in a package of its own, and calls Node.js too; the mode IGE is that of GramJS. */
const crypto = {
  createHash: (algorithm: string) => {
    const hash = createHash(algorithm);
    return {
      update: (bytes: Uint8Array) => void hash.update(bytes),
      digest: () => new Uint8Array(hash.digest()),
    };
  },
  pbkdf2: promisify(pbkdf2),
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
  sha1: (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest()),
  createAesIge: (key: Uint8Array, iv: Uint8Array) => {
    const ige = new gramjs.IGE(Buffer.from(key), Buffer.from(iv));
    return {
      encrypt: (bytes: Uint8Array) => new Uint8Array(ige.encryptIge(Buffer.from(bytes))),
      decrypt: (bytes: Uint8Array) => new Uint8Array(ige.decryptIge(Buffer.from(bytes))),
    };
  },
};

const snapshot = (userId: number, ...dcs: [number, ...number[]]) =>
  snapshotOf(
    new Session({
      dcs: dcs.map((id) => ({ id, auth: testKey(userId + id) })),
      user: { id: userId, dc: dcs[0], bot: false },
    }),
    { keysToDestroy: [new DataCenter({ id: 1, auth: testKey('old') })] },
  );
const one = snapshot(5000801609, 2, 4);
const three = [one, snapshot(2 ** 40, 1), snapshot(7, 5, 1)];

function onDisk(files: ReadonlyMap<string, Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

describe.skipIf(library === null || gramjs === null)('@mtcute/convert', () => {
  test.each([
    ['one account', [one], {}],
    ['one with a passcode', [one], { passcode: 'пароль-😀' }],
    ['three', three, {}],
    ['three of another name, with a passcode', three, { passcode: 'x', dataName: 'work' }],
  ])('reads what we write: %s', async (_, snapshots, options: { passcode?: string; dataName?: string }) => {
    const { files } = await write(snapshots, 'tdata', options);
    const { passcode, dataName } = options;
    const theirs = await library.Tdata.open({ path: onDisk(files), passcode, dataKey: dataName, crypto });
    expect(theirs.keyData).toMatchObject({
      count: snapshots.length,
      order: snapshots.map((_, i) => i),
      active: 0,
    });
    for (const [index, { session, keysToDestroy }] of snapshots.entries()) {
      const { userId, mainDcId, authKeys, authKeysToDestroy } = await theirs.readMtpAuthorization(index);
      expect([userId.toNumber(), mainDcId]).toEqual([session.user!.id, session.user!.dc]);
      const keys = (list: { dcId: number; key: Uint8Array }[]) =>
        list.map(({ dcId, key }) => new DataCenter({ id: dcId, auth: key }).toString());
      const ours = (list: readonly DataCenter[]) =>
        list.map(({ id, auth }) => new DataCenter({ id, auth }).toString());
      expect(keys(authKeys)).toEqual(ours(session.dcs));
      expect(keys(authKeysToDestroy)).toEqual(ours(keysToDestroy));
      const converted = await library.convertFromTdata(theirs, index);
      expect(converted.self.userId).toBe(session.user!.id);
      expect(Buffer.from(converted.authKey).equals(session.dcs[0]!.auth!)).toBe(true);
    }
  });

  test.each([{}, { passcode: 'пароль-😀' }, { passcode: 'x', dataName: 'work' }])(
    'writes what we read: %j',
    async (options: { passcode?: string; dataName?: string }) => {
      const { passcode, dataName } = options;
      const path = temporaryFolder();
      const sessions = three.map(({ session: { user, dcs } }) => ({
        version: 3,
        primaryDcs: { main: { id: user!.dc }, media: { id: user!.dc } },
        self: { userId: user!.id, isBot: false, isPremium: false, usernames: [] },
        authKey: dcs[0]!.auth,
      }));
      await library.convertToTdata(sessions, { path, passcode, dataKey: dataName, crypto });
      const { format, snapshots } = await read({ path }, options);
      expect(format).toBe('tdata');
      expect(snapshots.map(({ account }) => account)).toEqual(
        [0, 1, 2].map((index) => ({ index, active: index === 0 })),
      );
      snapshots.forEach(({ session }, i) => {
        const { user, dcs } = three[i]!.session;
        expect(session.user!.equals(user!)).toBe(true);
        expect(session.dcs.map(({ id, authKeyId }) => [id, authKeyId])).toEqual([
          [dcs[0]!.id, dcs[0]!.authKeyId],
        ]);
      });
    },
  );

  test('refuses what is not in order, which its own defects do not hide', async () => {
    const { files } = await write([one], 'tdata', { passcode: 'right' });
    const open = library.Tdata.open({ path: onDisk(files), passcode: 'wrong', crypto });
    await expect(open).rejects.toThrow(/invalid password/);
  });
});
