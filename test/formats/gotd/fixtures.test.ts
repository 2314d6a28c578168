/** Every session that gotd wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const NAME = 'gotd-json';
const family = new Family('gotd');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures.filter(({ error }) => error !== undefined).map(({ file }) => file);

/** gotd reads this one, and so do we. */
const TOLERATED = 'err-lower-case.json';

/** Codes of broken files: when told which format it is, and when it must be found out; the field. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode | 'empty', string?]> = {
  'err-version-2.json': ['NEWER_VERSION', 'NEWER_VERSION', 'Version'],
  'err-version-0.json': ['BAD_VERSION', 'BAD_VERSION', 'Version'],
  'err-version-missing.json': ['BAD_VERSION', 'BAD_VERSION', 'Version'],
  'err-key-255.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKey'],
  'err-key-257.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKey'],
  'err-key-id-mismatch.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKeyID'],
  'err-key-null.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKey'],
  'err-not-base64.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKey'],
  'err-base64url.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.AuthKey'],
  'err-dc-0.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.DC'],
  'err-dc-text.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.DC'],
  'err-dc-float.json': ['INVALID_VALUE', 'INVALID_VALUE', 'Data.DC'],
  // What a crash leaves, as gotd writes the file in its place: it is known for what it was.
  'err-truncated.json': ['INVALID_VALUE', 'INVALID_VALUE'],
  'err-trailing.json': ['INVALID_VALUE', 'INVALID_VALUE'],
  // A file without a byte is a session that is yet to be, whoever made it; gotd takes it for none.
  'err-empty.json': ['INVALID_VALUE', 'empty'],
  'err-array.json': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'err-null.json': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'err-not-json.json': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'err-deep.json': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'err-duplicate-field.json': ['NEWER_VERSION', 'UNKNOWN_FORMAT', 'Version'],
};

describe('sessions that gotd wrote', () => {
  test('all of expected.json is tested here', () => {
    expect([...Object.keys(BROKEN), TOLERATED].sort()).toEqual(broken.sort());
    expect(good).toHaveLength(8);
    expect(family.missing).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const { format, version, snapshots } = await read({ path });
    expect([format, version]).toEqual([NAME, 1]);
    expect(snapshots).toHaveLength(1);
    const { session, extra, mainDc, testMode, notes, loggedIn } = snapshots[0]!;
    const found = plain(session);
    // Where the file has no address, the usual ones are taken, and it is said.
    const isFilled = one.session!.dcs.some((dc) => dc.ipv4Addr === null && dc.ipv6Addr === null);
    expect(/usual ones/.test(notes.join())).toBe(isFilled);
    if (isFilled) for (const dc of found.dcs) Object.assign(dc, { ipv4Addr: null, ipv6Addr: null });
    expect(byId(found)).toEqual(byId(one.session!));
    expect(extra).toEqual(one.extra);
    expect({ mainDc, testMode, loggedIn }).toEqual({
      mainDc: one.extra!.mainDc,
      testMode: one.extra!.testMode,
      loggedIn: null,
    });
    expect((await detect({ path })).map((each) => [each.format, each.version])).toEqual([[NAME, 1]]);
  });

  test('names in any case are read, as Go reads them', async () => {
    const { snapshots } = await read({ path: family.path(TOLERATED) });
    expect(snapshots[0]!.session.dcs).toMatchObject([{ id: 2, authKeyId: '0100eb13f5e22aff' }]);
  });
});

describe('broken files', () => {
  test.each(Object.keys(BROKEN))('%s is refused, without a part of the key in the message', async (file) => {
    const [forced, found, field] = BROKEN[file]!;
    const path = family.path(file);
    const errors = [await failure(() => read({ path }, { from: NAME }), forced, field)];
    if (found !== 'empty') errors.push(await failure(() => read({ path }), found));
    else expect((await read({ path })).format).toBe('empty');
    const key = /"AuthKey": "(.{20,})"/.exec(family.text(file))?.[1];
    for (const { message } of errors) if (key !== undefined) expect(message).not.toContain(key.slice(4, 16));
  });
});
