/** Every session that grammers wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('grammers');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures.filter(({ error }) => error !== undefined);

/** grammers of today refuses it, and its own older versions wrote it: we read it. */
const TOLERATED = 'err-tl-v1.bin';

/** Codes of broken files: when told which format it is, and when it must be found out; the field. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode | 'empty', string?]> = {
  'err-tl-truncated.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.state.channels[1].pts'],
  // A file without a byte is a session that is yet to be, whoever made it.
  'err-tl-empty.bin': ['INVALID_VALUE', 'empty'],
  'err-tl-trailing.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session'],
  'err-tl-constructor.bin': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session'],
  'err-tl-key-255.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.dcs[0].auth'],
  'err-tl-count-huge.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.dcs'],
  'err-tl-count-negative.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.dcs'],
  'err-tl-port.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.dcs[0].port'],
  'err-tl-bool.bin': ['INVALID_VALUE', 'INVALID_VALUE', 'session.user.bot'],
  'err-sql-version-2.session': ['NEWER_VERSION', 'NEWER_VERSION', 'user_version'],
  // None of grammers' tables is in it.
  'err-sql-version-0.session': ['FOREIGN_DATABASE', 'FOREIGN_DATABASE'],
  'err-sql-key-255.session': ['INVALID_VALUE', 'INVALID_VALUE', 'dc_option[2].auth_key'],
  'err-sql-key-text.session': ['INVALID_VALUE', 'INVALID_VALUE', 'dc_option[2].auth_key'],
  'err-sql-ipv4.session': ['INVALID_VALUE', 'INVALID_VALUE', 'dc_option[2].ipv4'],
  'err-sql-ipv6-no-brackets.session': ['INVALID_VALUE', 'INVALID_VALUE', 'dc_option[2].ipv6'],
  'err-sql-ipv6-empty.session': ['INVALID_VALUE', 'INVALID_VALUE', 'dc_option[2].ipv6'],
  'err-sql-home-missing.session': ['DAMAGED', 'DAMAGED', 'dc_home'],
  'err-sql-two-selfs.session': ['DAMAGED', 'DAMAGED', 'peer_info[6].subtype'],
  'err-sql-peer-range.session': ['INVALID_VALUE', 'INVALID_VALUE', 'peer_info[2000000000000].peer_id'],
  'err-sql-two-homes.session': ['DAMAGED', 'DAMAGED', 'dc_home'],
  'err-sql-two-states.session': ['DAMAGED', 'DAMAGED', 'update_state'],
  'err-sql-channel-beyond-2-53.session': ['INVALID_VALUE', 'INVALID_VALUE', 'channel_state.peer_id'],
  'err-sql-missing-table.session': ['DAMAGED', 'DAMAGED', 'update_state'],
  'err-sql-truncated.session': ['DAMAGED', 'DAMAGED'],
};

describe('sessions that grammers wrote', () => {
  test('all of expected.json is tested here', () => {
    expect([...Object.keys(BROKEN), TOLERATED].sort()).toEqual(broken.map(({ file }) => file).sort());
    expect(good).toHaveLength(13);
    expect(family.missing).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const version = one.format === 'grammers-sqlite' ? 1 : null;
    const result = await read({ path });
    expect([result.format, result.version]).toEqual([one.format, version]);
    expect(result.snapshots).toHaveLength(1);
    const { session, extra, mainDc, loggedIn } = result.snapshots[0]!;
    expect(byId(plain(session))).toEqual(byId(one.session!));
    expect(extra).toEqual(one.extra);
    expect(mainDc).toBe(one.extra!.homeDc ?? one.session!.user?.dc ?? null);
    expect(loggedIn).toBe(one.session!.user === null ? null : true);
    expect((await detect({ path })).map((each) => [each.format, each.version])).toEqual([
      [one.format, version],
    ]);
  });

  test('ids of 32 bits, from before December 2021, are read and noted', async () => {
    const { snapshots } = await read({ path: family.path(TOLERATED) });
    const { session, notes } = snapshots[0]!;
    expect(session.user).toMatchObject({ id: 5, dc: 2, bot: false });
    expect(session.dcs[0]!.auth).toHaveLength(256);
    expect(notes.join()).toMatch(/before December 2021/);
  });
});

describe('broken files', () => {
  test.each(Object.entries(BROKEN))('%s is refused', async (file, [forced, found, field]) => {
    const path = family.path(file);
    const { format } = broken.find((one) => one.file === file)!;
    const error = await failure(() => read({ path }, { from: format }), forced, field);
    expect(error.message).not.toMatch(/xxxx/);
    if (found === 'empty') expect((await read({ path })).format).toBe('empty');
    else await failure(() => read({ path }), found);
  });
});
