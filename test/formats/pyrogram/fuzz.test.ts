/** Hostile files and strings of Pyrogram end in a session or in a SessionError, and soon. */

import { describe, expect, test } from 'vitest';
import { parsePyrogramString, read } from '../../../src/formats/index.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('pyrogram');

function inputsOf(pattern: RegExp): Uint8Array[] {
  return family.fixtures.filter(({ file }) => pattern.test(file)).map(({ file }) => family.bytes(file));
}

/** A key of the wrong length is never taken. */
async function readChecked(bytes: Uint8Array, from?: string) {
  const { snapshots } = await read({ bytes }, from === undefined ? {} : { from });
  for (const { session } of snapshots) {
    for (const { auth } of session.dcs)
      if (auth !== null && auth.length !== 256) throw new Error('a short key');
  }
}

describe('mutants of real files', () => {
  test.each([
    ['pyrogram-sqlite', /^(v\d|bad-[knv])/, 2000],
    ['pyrogram-string', /string/, 4000],
    ['pyrogram-json', /json/, 4000],
  ])('as %s', async (from, pattern, runs) => {
    const options = { runs: fuzzRuns(runs), seed: 3000, limitMs: 1000 };
    const result = await fuzz(inputsOf(pattern), options, (bytes) => readChecked(bytes, from));
    // Most mutants are broken, but some must come through, or nothing but the outer checks was tried.
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read).toBeGreaterThan(0);
  });

  test('as whatever they seem to be', async () => {
    const options = { runs: fuzzRuns(2000), seed: 7000, limitMs: 1000 };
    await fuzz(inputsOf(/^/), options, (bytes) => readChecked(bytes));
  });

  test('as texts', async () => {
    const options = { runs: fuzzRuns(4000), seed: 9000, limitMs: 1000 };
    await fuzz(inputsOf(/string/), options, (bytes) =>
      parsePyrogramString(Buffer.from(bytes).toString('latin1')),
    );
  });
});
