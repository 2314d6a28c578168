/** Every session that mtcute wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { codecs, detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('mtcute');
/** What @mtcute/convert wrote for other libraries is tested with these. */
const ours = family.fixtures.filter(({ format }) => codecs.some(({ name }) => format.startsWith(name)));
const good = ours.filter(({ error }) => error === undefined).map((one) => [one.file, one] as const);
const broken = ours.filter(({ error }) => error !== undefined).map(({ file }) => file);

/** Codes of broken files: when told which format it is, and when it must be found out. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode, string]> = {
  'err-v4.txt': ['NEWER_VERSION', 'UNKNOWN_FORMAT', 'session string.version'],
  'err-truncated.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string.auth'],
  'err-empty.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'err-key-32bytes.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string.auth'],
  'err-dcoption-v3.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string.mainDc.version'],
  'err-mixed-testmode.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string.mediaDc'],
  'err-absurd-length.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string.mainDc'],
  'err-not-base64.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
};

const formatOf = (format: string) => format.replace(/-v\d+$|-legacy-v\d+$/, '');

describe('sessions that mtcute wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(Object.keys(BROKEN).sort()).toEqual(broken.sort());
    expect(good.filter(([, { format }]) => format.startsWith('mtcute-string'))).toHaveLength(13);
    expect(family.missing).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const { format, snapshots } = await read({ path });
    expect(format).toBe(formatOf(one.format));
    const session = plain(snapshots[0]!.session);
    if (/^(pyrogram|mtkruto|tdata)/.test(one.format)) {
      // They store no address: reading fills in the usual ones.
      for (const dc of session.dcs) Object.assign(dc, { ipv4Addr: null, ipv6Addr: null });
    }
    expect(byId(session)).toEqual(byId(one.session!));
    expect((await detect({ path })).map((each) => each.format)).toEqual([formatOf(one.format)]);
    // The string is a secret; what mtcute exports is compared in the tests of writing.
    const { stringExport: _, ...extra } = one.extra!;
    for (const [key, value] of Object.entries(extra)) {
      if (one.format.startsWith('mtcute'))
        expect({ [key]: snapshots[0]!.extra[key] }).toEqual({ [key]: value });
    }
    if (!one.format.startsWith('mtcute')) return;
    expect(snapshots[0]!.mediaDc).toEqual(one.extra!.mediaDc);
    expect(snapshots[0]!.testMode).toBe(one.extra!.testMode);
  });
});

describe('broken strings', () => {
  test.each(broken)('%s is refused, without a part of it in the message', async (file) => {
    const [forced, found, field] = BROKEN[file]!;
    const path = family.path(file);
    const errors = [await failure(() => read({ path }, { from: 'mtcute-string' }), forced, field)];
    if (file !== 'err-empty.txt') errors.push(await failure(() => read({ path }), found));
    // A file without a byte is a session that is yet to be, whoever made it.
    else expect((await read({ path })).format).toBe('empty');
    const content = family.text(file);
    for (const { message } of errors) {
      if (content.length > 20) expect(message).not.toContain(content.slice(8, 18));
    }
  });
});
