/** Hostile input ends in a session or in a SessionError, and soon. FUZZ_RUNS sets how much of it is tried. */

import { describe, expect, test } from 'vitest';
import { codecs, parseTelethonString, read } from '../../src/formats/index.ts';
import { fuzz, fuzzRuns } from '../support/mutate.ts';
import { fixture, fixtures } from '../support/telethon-fixtures.ts';

const LIMIT_MS = 5000;

/** Small ones: a mutant of a large file is hostile in no other way. */
const files = fixtures.filter(({ file }) => file !== 'v10-10k-channels.session');

function inputsOf(format: string): Uint8Array[] {
  return files.filter((one) => one.format.startsWith(format)).map(({ file }) => fixture(file));
}

describe('mutants of real files', () => {
  test.each(codecs.map(({ name }) => name).filter((name) => name !== 'empty'))('as %s', async (name) => {
    const runs = fuzzRuns(name.includes('sqlite') ? 1500 : 3000);
    const result = await fuzz(inputsOf(name), { runs, seed: 1000, limitMs: LIMIT_MS }, (bytes) =>
      read({ bytes }, { from: name }),
    );
    // Most mutants are broken, but some must come through, or nothing but the outer checks was tried.
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read).toBeGreaterThan(0);
  });

  test('as whatever they seem to be', async () => {
    const inputs = files.map(({ file }) => fixture(file));
    await fuzz(inputs, { runs: fuzzRuns(2000), seed: 1, limitMs: LIMIT_MS }, (bytes) => read({ bytes }));
  });

  test('as texts', async () => {
    await fuzz(inputsOf('telethon-string'), { runs: fuzzRuns(3000), seed: 1, limitMs: 1000 }, (bytes) =>
      parseTelethonString(Buffer.from(bytes).toString('latin1')),
    );
  });
});
