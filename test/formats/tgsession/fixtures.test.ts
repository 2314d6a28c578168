/** What version 1 wrote is read as long as there is a tgsession; what is broken is refused, and the field is named. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, formatTgsessionString, read, write } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { plainSnapshot } from '../../support/plain-snapshot.ts';
import { FULL, ONE_KEY } from '../../support/tgsession-fixtures.ts';

const family = new Family('tgsession');
const GOOD = {
  'v1-one-key.json': ONE_KEY,
  'v1-full.json': FULL,
  // With a byte order mark and all names in the order of the alphabet, as other tools may leave it.
  'v1-full-sorted.json': FULL,
  'v1-one-key.txt': ONE_KEY,
  'v1-full.txt': FULL,
};

/** Code, field, and what the message says. */
const BROKEN: Record<string, [SessionErrorCode, string, RegExp]> = {
  'err-cut-off.txt': ['DAMAGED', 'session string', /cut off or mistyped/],
  'err-cut-in-half.txt': ['DAMAGED', 'session string', /cut off or mistyped/],
  'err-mistyped.txt': ['DAMAGED', 'session string', /cut off or mistyped/],
  'err-prefix-only.txt': ['DAMAGED', 'session string', /cut off or mistyped/],
  'err-newer.txt': ['NEWER_VERSION', 'version', /version is 2, newer than 1/],
  'err-newer.json': ['NEWER_VERSION', 'version', /version is 2, newer than 1/],
  'err-unknown-field.json': ['INVALID_VALUE', 'accounts[0].passcode', /is no field that is known/],
  'err-missing-field.json': ['INVALID_VALUE', 'accounts[0].takeoutId', /is missing/],
  'err-twice.json': ['INVALID_VALUE', 'accounts[0].apiId', /there twice/],
  'err-key-255.json': ['INVALID_VALUE', 'accounts[0].session.dcs[0].telegramAuthKey', /255 bytes/],
  'err-key-without-prefix.json': ['INVALID_VALUE', 'accounts[0].session.dcs[0].telegramAuthKey', /tgsk1/],
  'err-hash-number.json': ['INVALID_VALUE', 'accounts[0].peers[0].accessHash', /text, but is a number/],
  'err-id-beyond.json': ['INVALID_VALUE', 'accounts[0].session.user.id', /up to 2\^53 - 1/],
  'err-truncated.json': ['INVALID_VALUE', 'accounts', /is not JSON/],
  'err-no-accounts.json': ['INVALID_VALUE', 'accounts', /one account at least/],
};

test('all of expected.json is tested here', () => {
  expect(family.fixtures.map(({ file }) => file).sort()).toEqual(
    [...Object.keys(GOOD), ...Object.keys(BROKEN)].sort(),
  );
});

describe.each(Object.entries(GOOD))('%s', (file, snapshots) => {
  const one = family.fixtures.find((each) => each.file === file)!;

  test('is read exactly, and detected as one format', async () => {
    const result = await read({ path: family.path(file) });
    expect(result).toMatchObject({ format: one.format, version: 1 });
    expect(result.snapshots.map(plainSnapshot)).toStrictEqual(snapshots.map(plainSnapshot));
    const found = await detect({ path: family.path(file) });
    expect(found.map(({ format, version }) => [format, version])).toEqual([[one.format, 1]]);
  });

  test.skipIf(file.includes('sorted'))('is written today as it was then', async () => {
    if (one.format === 'tgsession-string') {
      expect(
        `${formatTgsessionString(snapshots)}${file === 'v1-full.txt' ? '\n' : ''}` === family.text(file),
      ).toBe(true);
      return;
    }
    const { files } = await write(snapshots, one.format);
    expect(Buffer.from(files.get('')!).equals(family.bytes(file))).toBe(true);
  });
});

test('a string with one key is short', () => {
  expect(family.text('v1-one-key.txt').length).toBeLessThanOrEqual(450);
});

test.each(Object.entries(BROKEN))('%s is refused', async (file, [code, field, message]) => {
  const { format } = family.fixtures.find((each) => each.file === file)!;
  for (const options of [{}, { from: format }]) {
    const error = await failure(() => read({ path: family.path(file) }, options), code, field);
    expect(error.message).toMatch(message);
  }
});
