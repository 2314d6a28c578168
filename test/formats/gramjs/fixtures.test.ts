/** Every session that GramJS or teleproto wrote is read exactly; every broken one is refused with the right code. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { byId, Family } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('gramjs');
const good = family.fixtures
  .filter(({ error }) => error === undefined)
  .map((one) => [one.file, one] as const);
const broken = family.fixtures.filter(({ error }) => error !== undefined).map(({ file }) => file);

/** Codes of broken files: when told which format it is, and when it must be found out. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode, string]> = {
  'err-version2.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'err-truncated.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string'],
  'err-key255.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string'],
  'err-key257.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string'],
  // As a string of Telethon it would have an address that no server has: it is nobody's, and both are named.
  'err-negative-length.txt': ['INVALID_VALUE', 'AMBIGUOUS_FORMAT', 'session string'],
  'err-length-99.txt': ['INVALID_VALUE', 'AMBIGUOUS_FORMAT', 'session string'],
  'err-not-base64.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string'],
  'err-version-only.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'err-port0.txt': ['INVALID_VALUE', 'INVALID_VALUE', 'session string.port'],
};

describe('sessions that GramJS and teleproto wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + family.missing.length).toBe(33);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.sort());
    expect(family.missing.filter((file) => !file.startsWith('peer-'))).toEqual([]);
  });

  test.each(good)('%s is read exactly, and detected as one format', async (file, one) => {
    const path = family.path(file);
    const { format, snapshots } = await read({ path });
    expect(format).toBe(one.format);
    expect(snapshots).toHaveLength(1);
    expect(byId(plain(snapshots[0]!.session))).toEqual(byId(one.session!));
    expect((await detect({ path })).map((each) => each.format)).toEqual([one.format]);
    for (const [key, value] of Object.entries(one.extra!)) {
      if (one.format.startsWith('gramjs'))
        expect({ [key]: snapshots[0]!.extra[key] }).toEqual({ [key]: value });
    }
  });

  test.each(good.filter(([, { format }]) => format.endsWith('string')))(
    '%s is read by its own name only',
    async (file, { format }) => {
      const other = format === 'gramjs-string' ? 'telethon-string' : 'gramjs-string';
      expect((await read({ path: family.path(file) }, { from: format })).format).toBe(format);
      const found = await read({ path: family.path(file) }, { from: other }).catch((error) => error.code);
      // Without padding it is no string of Telethon whatever it holds.
      const code = /nopad|100chars|loopback/.test(file) ? /UNKNOWN_FORMAT|INVALID_VALUE/ : /UNKNOWN_FORMAT/;
      expect(found).toMatch(code);
    },
  );
});

describe('broken strings', () => {
  test.each(broken)('%s is refused, without a part of it in the message', async (file) => {
    const [forced, found, field] = BROKEN[file]!;
    const path = family.path(file);
    const errors = [
      await failure(() => read({ path }, { from: 'gramjs-string' }), forced, field),
      await failure(() => read({ path }), found),
    ];
    const content = family.text(file);
    for (const { message } of errors) {
      if (content.length > 20) expect(message).not.toContain(content.slice(8, 18));
    }
  });

  test('a string that could be either names both, and how to choose', async () => {
    const { message } = await failure(
      () => read({ path: family.path('err-length-99.txt') }),
      'AMBIGUOUS_FORMAT',
    );
    expect(message).toMatch(/telethon-string, gramjs-string.*"from"/);
  });
});
