/** Every session that MTKruto wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family, withUsualAddresses } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('mtkruto');

/** A key of zeros, which no handshake makes and no session of ours holds; its coding is sound. */
const ZERO_KEY = 'key-300-zero-run.txt';

const good = family.fixtures
  .filter(({ error, file }) => error === undefined && file !== ZERO_KEY)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures.filter(({ error }) => error !== undefined).map(({ file }) => file);

/** Codes of broken strings: when told which format it is, and when it must be found out; the field. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode, string]> = {
  'err-empty.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'auth string'],
  'err-truncated.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'auth string.auth'],
  'err-not-base64.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'auth string'],
  'err-dc-name.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'auth string.dc'],
  'err-key-255.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'auth string.auth'],
  'err-rle-dangling-zero.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'auth string'],
  'err-partial-tail.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'auth string'],
};

describe('sessions that MTKruto wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + family.missing.length + 1).toBe(19);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.sort());
    expect(family.missing.filter((file) => !file.startsWith('peer-'))).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const { format, version, snapshots } = await read({ path });
    const [snapshot] = snapshots;
    const {
      layout = null,
      testMode,
      apiId,
    } = one.extra as { layout?: number; testMode: boolean; apiId: number };
    expect({ format, version }).toEqual({ format: one.format, version: layout });
    expect(snapshots).toHaveLength(1);
    expect(plain(snapshot!.session)).toEqual(withUsualAddresses(byId(one.session!), testMode));
    expect(snapshot).toMatchObject({ testMode, apiId, mainDc: one.session!.dcs[0]!.id, account: null });
    expect(snapshot!.extra).toMatchObject({ ...one.extra, ...one.options });
    expect(snapshot!.loggedIn).toBe(one.session!.user === null ? null : true);
    expect((await detect({ path })).map((each) => [each.format, each.version])).toEqual([
      [one.format, layout],
    ]);
  });

  test('the key of zeros is decoded, found to have 256 of them, and refused as no key', async () => {
    const path = family.path(ZERO_KEY);
    const error = await failure(() => read({ path }), 'INVALID_VALUE', 'auth string.auth');
    expect(error.found).toBe('256 zero bytes');
  });

  test.each(good.filter(([file]) => file.endsWith('.txt')))(
    '%s says what it does not know, and which MTKruto reads it',
    async (file, { extra }) => {
      const notes = (await read({ path: family.path(file) })).snapshots[0]!.notes.join('\n');
      expect(notes).toMatch(/usual ones on the (test|production) servers/);
      expect(/who is logged in/.test(notes)).toBe(extra!.layout !== 3);
      expect(/reads no more/.test(notes)).toBe(extra!.layout !== 3);
    },
  );
});

describe('broken strings', () => {
  test.each(broken)('%s is refused, without a part of it in the message', async (file) => {
    const [forced, found, field] = BROKEN[file]!;
    const path = family.path(file);
    const errors = [await failure(() => read({ path }, { from: 'mtkruto-string' }), forced, field)];
    // A file without anything in it is a session yet to be.
    if (file !== 'err-empty.txt') errors.push(await failure(() => read({ path }), found));
    const content = family.text(file);
    for (const { message } of errors) {
      if (content.length > 40) expect(message).not.toContain(content.slice(20, 30));
    }
  });
});
