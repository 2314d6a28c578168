/** Every database that TDLib wrote is read exactly; every broken one is refused with the right code. */

import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { usualAddress } from '../../../src/formats/data-centers.ts';
import { codecs, detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family, type FormatFixture } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const NAME = 'tdlib-binlog';
const family = new Family('tdlib');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures
  .filter(({ error }) => error !== undefined)
  .map((one) => [one.file, one] as const);

/** The code and the field of a broken file, the same in every way that it is given. */
const BROKEN: Record<string, [SessionErrorCode, string]> = {
  'err-wrong-key': ['NEEDS_SECRET', 'databaseEncryptionKey'],
  'err-wrong-key2': ['WRONG_SECRET', 'databaseEncryptionKey'],
  'err-truncated-head': ['DAMAGED', 'events[0]'],
  'err-crc': ['DAMAGED', 'events[0].crc32'],
  'err-crc-encrypted': ['DAMAGED', 'events[1].crc32'],
  'err-size-0': ['DAMAGED', 'events[0].size'],
  'err-size-odd': ['DAMAGED', 'events[0].size'],
  'err-size-huge': ['DAMAGED', 'events[0].size'],
  'err-size-negative': ['DAMAGED', 'events[0].size'],
  'err-empty': ['DAMAGED', 'events[0]'],
  'err-not-binlog': ['DAMAGED', 'events[0].size'],
  'err-key-255': ['INVALID_VALUE', 'auth2.key'],
  'err-key-id-mismatch': ['INVALID_VALUE', 'auth2.keyId'],
  'err-key-record-short': ['INVALID_VALUE', 'auth2.createdAt'],
  'err-key-record-trailing': ['INVALID_VALUE', 'auth2'],
  'err-main-dc-missing-key': ['INVALID_VALUE', 'auth2'],
  'err-my-id-text': ['INVALID_VALUE', 'my_id'],
  'err-main-dc-0': ['INVALID_VALUE', 'main_dc_id'],
  'err-string-overrun': ['INVALID_VALUE', 'events[0].name'],
  'err-rewrite-unknown': ['DAMAGED', 'events[1].id'],
};
/** Cut off in its last event, which is left out. */
const TRUNCATED = 'err-truncated/td.binlog';

function optionsOf({ options }: FormatFixture) {
  const key = options?.databaseEncryptionKey;
  return typeof key === 'string' ? { databaseEncryptionKey: new TextEncoder().encode(key) } : {};
}

/** What is expected, with the usual addresses where the file has none for a key. */
function expected({ session, extra }: FormatFixture) {
  const copy = structuredClone(session!);
  for (const dc of copy.dcs) {
    if (dc.authSha256 === null || dc.ipv4Addr !== null || dc.ipv6Addr !== null) continue;
    dc.ipv4Addr = usualAddress(dc.id, extra!.testMode === true, 4);
    dc.ipv6Addr = usualAddress(dc.id, extra!.testMode === true, 6);
  }
  return byId(copy);
}

describe('databases that TDLib wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(family.fixtures).toHaveLength(33);
    expect(family.missing).toEqual([]);
    const tested = [...Object.keys(BROKEN).map((name) => `${name}/td.binlog`), TRUNCATED];
    expect(tested.sort()).toEqual(broken.map(([file]) => file).sort());
  });

  test.each(good)('%s is read exactly, as a file and as a folder', async (file, one) => {
    for (const path of [family.path(file), family.path(dirname(file))]) {
      const { format, snapshots } = await read({ path }, optionsOf(one));
      expect(format).toBe(NAME);
      expect(snapshots).toHaveLength(1);
      const [snapshot] = snapshots;
      expect(byId(plain(snapshot!.session))).toEqual(expected(one));
      // What TDLib itself said is no part of the file, and salts are secret.
      const { tdlibSaid: _, salts, ...extra } = one.extra!;
      expect(snapshot!.extra).toEqual(extra);
      expect(snapshot!.notes.some((note) => /salts/.test(note))).toBe(salts !== undefined);
      expect(snapshot!.testMode).toBe(extra.testMode);
      expect(snapshot!.mainDc).toBe(extra.mainDc);
      expect(snapshot!.loggedIn).toBe(one.session!.user !== null);
      const authorized = Object.entries((extra.authorized ?? {}) as Record<string, boolean>);
      expect(snapshot!.authorizedDcs).toEqual(authorized.filter(([, yes]) => yes).map(([id]) => Number(id)));
      expect(snapshot!.account).toBeNull();
      expect(snapshot!.botKnown).toBe(true);
    }
  });

  test.each(good)('%s is told from all other formats', async (file) => {
    for (const path of [family.path(file), family.path(dirname(file))]) {
      const detections = await detect({ path });
      expect(detections.map(({ format }) => format)).toEqual([NAME]);
    }
    const inMemory = await detect({ bytes: family.bytes(file) });
    expect(inMemory.map(({ format }) => format)).toEqual([NAME]);
  });

  test('what is assumed is said: usual addresses, the state without seq and channels', async () => {
    const { snapshots } = await read({ path: family.path('user-minimal/td.binlog') });
    expect(snapshots[0]!.notes).toEqual([
      'There is no address of data centre 2: its usual ones on the production servers were taken, 149.154.167.51:443 over IPv4.',
    ]);
    const bot = await read({ path: family.path('bot-dc5/td.binlog') });
    expect(bot.snapshots[0]!.notes.join()).toMatch(/seq and how far channels were read/);
  });

  test('servers for files of the main data centre are known apart', async () => {
    const { snapshots } = await read({ path: family.path('user-dc2/td.binlog') });
    expect(snapshots[0]!.mediaDc).toEqual({
      id: 2,
      ipv4Addr: '149.154.167.151:443',
      ipv6Addr: null,
      mediaOnly: true,
    });
    // One with a secret, one of a CDN.
    expect(snapshots[0]!.notes.join()).toMatch(/Addresses that need a secret.*: 2\./);
  });

  test('no secret is shown: not the key of db.sqlite, no salt, no key of a data centre', async () => {
    const { snapshots } = await read({ path: family.path('salts-and-update-options/td.binlog') });
    const shown = JSON.stringify({ ...snapshots[0]!, peers: [] });
    // The first salt, and the first bytes of the key of db.sqlite, as numbers and in hexadecimal.
    for (const secret of ['123456789012345', '16,9,147,81', '10099351e3fe55f5']) {
      expect(shown).not.toContain(secret);
    }
    expect(snapshots[0]!.extra.pmcKeys).toContain('sqlite_key');
  });
});

describe('broken files', () => {
  test.each(Object.entries(BROKEN))('%s is refused', async (name, [code, field]) => {
    const [file, one] = broken.find(([each]) => each.startsWith(`${name}/`))!;
    const errors = [
      await failure(() => read({ path: family.path(file) }, { from: NAME, ...optionsOf(one) }), code, field),
      await failure(() => read({ path: family.path(name) }, optionsOf(one)), code, field),
    ];
    for (const { message } of errors) expect(message).not.toMatch(/hunter2|cucumber/);
    // By its name or its first event it is recognized, unless it is another thing entirely.
    const isOther = name === 'err-empty' || name === 'err-not-binlog';
    const found = (await detect({ path: family.path(file) })).map(({ format }) => format);
    expect(found.includes(NAME)).toBe(!isOther);
  });

  test('one whose last event is cut off is read up to it, and says so', async () => {
    const { snapshots } = await read({ path: family.path(TRUNCATED) });
    const whole = await read({ path: family.path('user-minimal/td.binlog') });
    expect(snapshots[0]!.session.equals(whole.snapshots[0]!.session)).toBe(true);
    expect(snapshots[0]!.notes.join()).toMatch(/last event is cut off.*70 bytes/);
  });

  test('that TDLib’s own key fits is said to whoever gave another one', async () => {
    const [, one] = broken.find(([file]) => file.startsWith('err-wrong-key2/'))!;
    const path = family.path(one.file);
    const { message } = await failure(() => read({ path }, optionsOf(one)), 'WRONG_SECRET');
    expect(message).toMatch(/own key fits: leave the option/);
  });
});

test('fixtures of other families are not taken for a binlog', async () => {
  const codec = codecs.find(({ name }) => name === NAME)!;
  for (const other of ['telethon', 'pyrogram', 'gramjs', 'mtcute']) {
    for (const { file } of new Family(other).fixtures) {
      const found = await detect({ path: new Family(other).path(file) });
      expect(found.map(({ format }) => format)).not.toContain(codec.name);
    }
  }
});
