/** Every dump of Telegram Web A and Web K is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family, type FormatFixture, withUsualAddresses } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('telegram-web');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures
  .filter(({ error }) => error !== undefined)
  .map((one) => [one.file, one] as const);

/** Codes of broken dumps: when told which format it is, and when it must be found out; the field. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode, string?]> = {
  'err-empty.json': ['UNKNOWN_FORMAT', 'UNKNOWN_FORMAT'],
  'err-no-keys.json': ['INVALID_VALUE', 'INVALID_VALUE', 'dc2_auth_key'],
  'err-short-key.json': ['INVALID_VALUE', 'INVALID_VALUE', 'dc2_auth_key'],
  'err-not-hex.json': ['INVALID_VALUE', 'INVALID_VALUE', 'account1.dc2_auth_key'],
  'err-locked.json': ['UNSUPPORTED', 'UNSUPPORTED'],
  'err-k-passcode.json': ['UNSUPPORTED', 'UNSUPPORTED'],
  'err-not-json.json': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
};

/** The accounts of a fixture, each with what is special about it. */
function accountsOf({ session, sessions, extra }: FormatFixture) {
  return sessions ?? [{ ...session!, extra: extra! }];
}

describe('dumps of Telegram Web', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length).toBe(16);
    expect(family.missing).toEqual([]);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.map(([file]) => file).sort());
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const { format, snapshots } = await read({ path });
    expect(format).toBe(one.format);
    expect((await detect({ path })).map((each) => each.format)).toEqual([one.format]);
    const expected = accountsOf(one);
    expect(snapshots).toHaveLength(expected.length);
    expected.forEach(({ extra, ...session }, i) => {
      const snapshot = snapshots[i]!;
      expect(plain(snapshot.session)).toEqual(withUsualAddresses(byId(session), extra!.testMode === true));
      expect(snapshot.extra).toMatchObject(extra!);
      expect(snapshot).toMatchObject({ testMode: extra!.testMode, mainDc: session.user!.dc, loggedIn: true });
      const account = extra!.slot === undefined ? null : { index: extra!.slot, active: null };
      expect(snapshot.account).toEqual(account);
    });
  });

  test.each(good)('%s is read by the name of the other client too', async (file, { format }) => {
    const from = ['telegram-web-a-localstorage', 'telegram-web-k-localstorage'].find(
      (name) => name !== format,
    )!;
    const [one, other] = await Promise.all(
      [format, from].map((name) => read({ path: family.path(file) }, { from: name })),
    );
    one!.snapshots.forEach(({ session }, i) => {
      expect(other!.snapshots[i]!.session.equals(session)).toBe(true);
    });
  });

  test.each(good)('%s says what was assumed and left out', async (file) => {
    for (const { notes } of (await read({ path: family.path(file) })).snapshots) {
      expect(notes.join('\n')).toMatch(/usual ones on the .* servers/);
      expect(notes.join('\n')).toMatch(/whether the account is a bot/);
      expect(/server salts/.test(notes.join('\n'))).toBe(file.startsWith('web-k'));
      expect(/notifications/.test(notes.join('\n'))).toBe(file === 'web-k-accounts.json');
    }
  });
});

describe('broken dumps', () => {
  test.each(broken)('%s is refused', async (file, { format }) => {
    const [forced, found, field] = BROKEN[file]!;
    const path = family.path(file);
    await failure(() => read({ path }, { from: format }), forced, field);
    await failure(() => read({ path }), found, field);
  });

  test('that of a client with a passcode says where the keys are, and what to do', async () => {
    const webA = await failure(() => read({ path: family.path('err-locked.json') }), 'UNSUPPORTED');
    expect(webA.message).toMatch(/Web A, locked with a passcode.*another storage.*Unlock it/);
    const webK = await failure(() => read({ path: family.path('err-k-passcode.json') }), 'UNSUPPORTED');
    expect(webK.message).toMatch(/Web K with a passcode.*another storage.*Turn the passcode off/);
  });
});
