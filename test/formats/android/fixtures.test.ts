/** Every folder of Telegram for Android is read exactly; every broken one is refused with the right code and field. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read, type Snapshot } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('android');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
/** An app in which nobody is logged in is no damage: it is read, and says so. */
const LOGGED_OUT = 'err-xml-no-user';
const broken = family.fixtures
  .filter(({ file, error }) => error !== undefined && file !== LOGGED_OUT)
  .map(({ file }) => file);

const TGNET = 'files/tgnet.dat';
const XML = 'shared_prefs/userconfing.xml';
const DC = `${TGNET}.datacenters[0]`;

/** Codes and fields of broken folders. */
const BROKEN: Record<string, [SessionErrorCode, string]> = {
  'err-truncated': ['INVALID_VALUE', `${TGNET}.size`],
  'err-empty': ['INVALID_VALUE', `${TGNET}.size`],
  'err-size-0': ['INVALID_VALUE', `${TGNET}.size`],
  'err-size-beyond': ['INVALID_VALUE', `${TGNET}.size`],
  'err-size-short': ['INVALID_VALUE', `${TGNET}.size`],
  'err-trailing': ['INVALID_VALUE', `${TGNET}.size`],
  'err-not-tgnet': ['INVALID_VALUE', `${TGNET}.size`],
  'err-config-version-6': ['NEWER_VERSION', `${TGNET}.version`],
  'err-dc-version-14': ['NEWER_VERSION', `${DC}.version`],
  'err-dc-version-1': ['BAD_VERSION', `${DC}.version`],
  'err-bool': ['INVALID_VALUE', `${TGNET}.testBackend`],
  'err-key-len-255': ['INVALID_VALUE', `${DC}.authKeyPerm`],
  'err-key-len-huge': ['INVALID_VALUE', `${DC}.authKeyPerm`],
  'err-key-len-negative': ['INVALID_VALUE', `${DC}.authKeyPerm`],
  'err-key-id': ['INVALID_VALUE', `${DC}.authKeyPermId`],
  'err-dc-count-huge': ['INVALID_VALUE', `${TGNET}.datacenters`],
  'err-current-dc-missing': ['INVALID_VALUE', `${TGNET}.currentDatacenterId`],
  'err-current-dc-no-key': ['INVALID_VALUE', `${DC}.authKeyPerm`],
  'err-not-configured': ['INVALID_VALUE', `${TGNET}.configured`],
  'err-xml-broken': ['INVALID_VALUE', XML],
  'err-xml-base64': ['INVALID_VALUE', `${XML}.user`],
  'err-xml-constructor': ['UNSUPPORTED', `${XML}.user.constructor`],
  'err-xml-tl-short': ['INVALID_VALUE', `${XML}.user.id`],
  'err-xml-user-0': ['INVALID_VALUE', `${XML}.user.id`],
  'err-xml-user-big': ['INVALID_VALUE', `${XML}.user.id`],
  'err-xml-entities': ['INVALID_VALUE', XML],
};

/** Layers of which the object of the user says more than the id. */
const FULL_USERS = ['user-full-tl', 'user-layer-133-tl', 'bot-tl'];

async function only(file: string): Promise<Snapshot> {
  const { snapshots } = await read({ path: family.path(file) });
  return snapshots[0]!;
}

describe('folders of Telegram for Android', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + 1).toBe(52);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.sort());
    expect(family.missing).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    expect((await detect({ path })).map((each) => each.format)).toEqual(['android']);
    const { format, version, snapshots } = await read({ path });
    expect([format, version]).toEqual(['android', one.extra!.configVersion]);
    expect(snapshots).toHaveLength(1);
    const { session, extra, mainDc, testMode, loggedIn, botKnown, authorizedDcs, origin } = snapshots[0]!;
    expect(byId(plain(session))).toEqual(byId(one.session!));
    const { readBack: _, ...stored } = one.extra!;
    expect(extra).toMatchObject(stored);
    expect([mainDc, testMode]).toEqual([one.extra!.mainDc, one.extra!.testMode]);
    expect(origin).toEqual({ format: 'android', version: one.extra!.configVersion });
    expect(loggedIn).toBe(session.user === null ? null : true);
    expect(botKnown).toBe(session.user === null || FULL_USERS.includes(file));
    expect(authorizedDcs).toEqual([mainDc]);
  });

  test.each(good)('%s is found around its tgnet.dat as well', async (file, one) => {
    const path = join(family.path(file), String(one.options!.tgnet));
    expect((await detect({ path })).map((each) => each.format)).toEqual(['android']);
    const { snapshots } = await read({ path });
    expect(byId(plain(snapshots[0]!.session))).toEqual(byId(one.session!));
  });

  test('the account itself is a peer, with its access hash, name, username and phone number', async () => {
    const { peers, phone } = await only('user-full-tl');
    expect(phone).toBe('15550001');
    expect(peers).toEqual([
      {
        kind: 'user',
        id: 4000002,
        accessHash: -77n,
        usernames: ['alice_x'],
        phone: '15550001',
        name: 'A',
        seen: null,
        bot: false,
      },
    ]);
    const bot = await only('bot-tl');
    expect(bot.peers).toMatchObject([{ id: 5004000000, accessHash: null, name: 'A', bot: true }]);
    const empty = await only('user-v13');
    expect(empty.peers).toEqual([]);
    expect(empty.notes.join()).toMatch(/Only the id of the user is stored.*not a bot/);
  });

  test('only permanent keys are keys; the addresses that are not used are still told', async () => {
    const { session, extra, notes } = await only('user-v13');
    expect(session.dcs.filter((dc) => dc.auth !== null)).toHaveLength(2);
    expect(extra.tempKeys).toEqual({ 2: [expect.any(String), expect.any(String)] });
    expect(extra.otherAddresses).toEqual({ 2: ['149.154.167.151:443'], 4: ['149.154.167.92:8888'] });
    expect(notes.join()).toMatch(/Temporary keys and server salts were left out/);
  });

  test('an app in which nobody is logged in says so', async () => {
    const snapshot = await only(LOGGED_OUT);
    expect(snapshot).toMatchObject({ loggedIn: false, session: { user: null, state: null } });
    expect(snapshot.notes.join()).toMatch(/says that nobody is logged in/);
  });

  test('without preferences the user is unknown, and the keys are read', async () => {
    const { session, loggedIn, notes } = await only('no-userconfig');
    expect([session.user, loggedIn, session.dcs[0]!.auth?.length]).toEqual([null, null, 256]);
    expect(notes.join()).toMatch(/no shared_prefs\/userconfing.xml.*user is not known/);
  });
});

describe('broken folders', () => {
  test.each(broken)('%s is refused by field, without a part of a key in the message', async (file) => {
    const [code, field] = BROKEN[file]!;
    const path = family.path(file);
    const { message } = await failure(() => read({ path }), code, field);
    expect((await detect({ path })).map((each) => each.format)).toEqual(['android']);
    expect(message).not.toMatch(/[\da-f]{20}/);
    expect(message).not.toContain('eku8');
  });

  test('what stands in the folder of another format is not taken for this one', async () => {
    for (const other of ['gramjs', 'mtcute', 'pyrogram', 'telethon']) {
      for (const { file } of new Family(other).fixtures) {
        const found = await detect({ path: new Family(other).path(file) });
        expect(found.map((one) => one.format)).not.toContain('android');
      }
    }
  });
});
