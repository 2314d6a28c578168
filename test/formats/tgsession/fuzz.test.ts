/** Hostile input ends in a session or in a SessionError, and soon. FUZZ_RUNS sets how much of it is tried. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseTgsessionString, read } from '../../../src/formats/index.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('tgsession');
const inputsOf = (format: string) =>
  family.fixtures
    .filter((one) => one.format === format && one.error === undefined)
    .map(({ file }) => family.bytes(file));

/** Goes through all that was read. */
async function readAll(bytes: Uint8Array, from?: string): Promise<void> {
  const { snapshots } = await read({ bytes }, from === undefined ? {} : { from });
  for (const { session, keysToDestroy, peers } of snapshots) {
    for (const { auth } of [...session.dcs, ...keysToDestroy])
      if (auth !== null) expect(auth).toHaveLength(256);
    expect([...peers]).toHaveLength(peers.length);
  }
}

describe('mutants', () => {
  test.each(['tgsession-json', 'tgsession-string'])('of %s', async (format) => {
    const options = { runs: fuzzRuns(3000), seed: 17, limitMs: 1000 };
    const result = await fuzz(inputsOf(format), options, (bytes) => readAll(bytes, format));
    expect(result.refused).toBeGreaterThan(0);
    // No mutant of a string has a right checksum, but for a line break that comes and goes.
    if (format === 'tgsession-json') expect(result.read).toBeGreaterThan(0);
    await fuzz(inputsOf(format), options, (bytes) => readAll(bytes));
  });

  test('of the content of a string, below its checksum', async () => {
    const prefix = 'tgsession1_';
    const contents = inputsOf('tgsession-string').map(
      (bytes) =>
        new Uint8Array(
          Buffer.from(Buffer.from(bytes).toString().slice(prefix.length), 'base64url').subarray(0, -8),
        ),
    );
    const result = await fuzz(contents, { runs: fuzzRuns(5000), seed: 23, limitMs: 1000 }, (content) => {
      const sum = createHash('sha256').update(prefix).update(content).digest().subarray(0, 8);
      const snapshots = parseTgsessionString(prefix + Buffer.concat([content, sum]).toString('base64url'));
      for (const { peers } of snapshots) expect([...peers]).toHaveLength(peers.length);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});
