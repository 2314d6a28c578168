/** Every folder that an app or a library wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import type { BigJson } from '../../../src/formats/big-json.ts';
import { usualAddress } from '../../../src/formats/data-centers.ts';
import { detect, type ReadOptions, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family, type FormatFixture } from '../../support/format-fixtures.ts';
import { type PlainSession, plain } from '../../support/telethon-fixtures.ts';

const family = new Family('tdata');
const good = family.fixtures.filter(({ error }) => error === undefined);
const broken = family.fixtures.filter(({ error }) => error !== undefined);

const FILE = 'D877F783D5D3EF8Cs';

/** What each broken folder is refused with. */
const BROKEN: Record<string, [SessionErrorCode, string]> = {
  'err-wrong-passcode': ['WRONG_SECRET', 'key_datas.localKey'],
  'err-passcode-needed': ['NEEDS_SECRET', 'key_datas.localKey'],
  'err-truncated-key-data': ['DAMAGED', 'key_datas'],
  'err-tiny-key-data': ['DAMAGED', 'key_datas'],
  'err-23-bytes': ['DAMAGED', 'key_datas'],
  'err-bad-magic': ['DAMAGED', 'key_datas'],
  'err-bad-md5': ['DAMAGED', 'key_datas'],
  'err-salt-16': ['INVALID_VALUE', 'key_datas.salt'],
  'err-count-0': ['INVALID_VALUE', 'key_datas.accounts.count'],
  'err-count-7': ['INVALID_VALUE', 'key_datas.accounts.count'],
  'err-count-huge': ['INVALID_VALUE', 'key_datas.accounts.count'],
  'err-count-negative': ['INVALID_VALUE', 'key_datas.accounts.count'],
  'err-index-duplicate': ['INVALID_VALUE', 'key_datas.accounts.index[1]'],
  'err-index-out-of-range': ['INVALID_VALUE', 'key_datas.accounts.index[0]'],
  'err-qbytearray-length': ['INVALID_VALUE', 'key_datas.salt'],
  'err-null-salt': ['INVALID_VALUE', 'key_datas.salt'],
  'err-local-key-short': ['INVALID_VALUE', 'key_datas.localKey'],
  'err-local-key-long': ['INVALID_VALUE', 'key_datas.localKey'],
  'err-data-missing': ['NOT_FOUND', FILE],
  'err-data-bad-md5': ['DAMAGED', FILE],
  'err-data-other-local-key': ['DAMAGED', FILE],
  'err-block-not-auth': ['INVALID_VALUE', `${FILE}.block`],
  'err-keys-count-huge': ['INVALID_VALUE', `${FILE}.keys`],
  'err-keys-count-negative': ['INVALID_VALUE', `${FILE}.keys`],
  'err-key-truncated': ['INVALID_VALUE', `${FILE}.keys`],
  'err-no-destroy-list': ['INVALID_VALUE', `${FILE}.keysToDestroy`],
  'err-block-trailing': ['INVALID_VALUE', FILE],
  'err-block-length': ['INVALID_VALUE', `${FILE}.authorization`],
  'err-enc-size-not-16': ['DAMAGED', FILE],
  'err-enc-only-msgkey': ['DAMAGED', FILE],
  'err-enc-empty': ['DAMAGED', FILE],
  'err-inner-len-big': ['DAMAGED', FILE],
  'err-inner-len-small': ['DAMAGED', FILE],
  'err-inner-len-3': ['DAMAGED', FILE],
  'err-dc-0': ['INVALID_VALUE', `${FILE}.mainDc`],
  'err-dc-negative': ['INVALID_VALUE', `${FILE}.mainDc`],
  'err-user-beyond-2-53': ['INVALID_VALUE', `${FILE}.userId`],
  'err-empty-folder': ['UNKNOWN_FORMAT', 'key_datas'],
  'err-not-tdata': ['DAMAGED', 'key_datas'],
};

/** These two have no file of Telegram Desktop in them. */
const NOT_OURS = ['err-empty-folder', 'err-not-tdata'];

interface AccountExtra {
  index: number;
  mainDc: number;
  keysToDestroy: { dc: number; authSha256: string }[];
  [name: string]: BigJson | undefined;
}

const optionsOf = ({ options }: FormatFixture) => (options ?? {}) as ReadOptions;
const sessionsOf = ({ session, sessions }: FormatFixture) => sessions ?? [session!];

/** Where a folder says nothing of a data centre, reading fills in its usual addresses. */
function withUsual(session: PlainSession, testMode: boolean): PlainSession {
  const dcs = session.dcs.map((dc) =>
    dc.ipv4Addr !== null || dc.ipv6Addr !== null
      ? dc
      : {
          ...dc,
          ipv4Addr: usualAddress(dc.id, testMode, 4),
          ipv6Addr: usualAddress(dc.id, testMode, 6),
        },
  );
  return byId({ ...session, dcs });
}

describe('folders of Telegram Desktop, opentele and mtcute', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + family.missing.length).toBe(70);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.map(({ file }) => file).sort());
    expect(family.missing.filter((file) => !file.startsWith('peer-'))).toEqual([]);
  });

  test.each(good.map((one) => [one.file, one] as const))('%s is read exactly', async (file, one) => {
    const { format, version, snapshots } = await read({ path: family.path(file) }, optionsOf(one));
    expect([format, version]).toEqual(['tdata', null]);
    const expected = sessionsOf(one);
    expect(snapshots).toHaveLength(expected.length);
    const { active, accounts } = one.extra as unknown as { active: number | null; accounts: AccountExtra[] };
    snapshots.forEach((snapshot, i) => {
      const { index, ...extra } = accounts[i]!;
      expect(byId(plain(snapshot.session))).toEqual(withUsual(expected[i]!, extra.testMode === true));
      const isKnown = active !== null && active >= 0;
      expect(snapshot.account).toEqual({ index, active: isKnown ? active === index : null });
      expect(snapshot).toMatchObject({
        mainDc: extra.mainDc,
        testMode: extra.testMode ?? false,
        loggedIn: expected[i]!.user !== null,
        botKnown: true,
      });
      for (const [key, value] of Object.entries({ active, ...extra })) {
        expect({ [key]: snapshot.extra[key] }).toEqual({ [key]: value });
      }
      const destroyed = snapshot.keysToDestroy.map(({ id, authKeyId, ipv4Addr }) => [
        id,
        authKeyId!.length,
        ipv4Addr,
      ]);
      expect(destroyed).toEqual(extra.keysToDestroy.map(({ dc }) => [dc, 16, null]));
      // Addresses that the folder does not have are an assumption.
      const filled = expected[i]!.dcs.filter(({ id, ipv4Addr }) => ipv4Addr === null && id <= 1000);
      const notes = snapshot.notes.filter((note) => note.startsWith('There is no address of data centre'));
      expect(notes).toHaveLength(filled.length);
    });
  });

  test.each(family.fixtures.map(({ file }) => file))(
    '%s is detected as what it is, and nothing else',
    async (file) => {
      const found = await detect({ path: family.path(file) });
      expect(found.map(({ format }) => format)).toEqual(NOT_OURS.includes(file) ? [] : ['tdata']);
    },
  );
});

describe('broken folders', () => {
  test.each(broken.map((one) => [one.file, one] as const))('%s is refused by field', async (file, one) => {
    const [code, field] = BROKEN[file]!;
    const path = family.path(file);
    await failure(() => read({ path }, { ...optionsOf(one), from: 'tdata' }), code, field);
    const whatever = NOT_OURS.includes(file) ? 'UNKNOWN_FORMAT' : code;
    await failure(() => read({ path }, optionsOf(one)), whatever);
  });
});
