/** Hostile sessions of grammers end in a session or in a SessionError, and soon. */

import { expect, test } from 'vitest';
import { read } from '../../../src/formats/index.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('grammers');

/** A key of the wrong length is never taken. */
async function readChecked(bytes: Uint8Array, from?: string) {
  const { snapshots } = await read({ bytes }, from === undefined ? {} : { from });
  for (const { auth } of snapshots.flatMap(({ session }) => session.dcs)) {
    if (auth !== null && auth.length !== 256) throw new Error('a short key');
  }
}

test.each([
  ['grammers-sqlite', 1500],
  ['grammers-tl', 4000],
])('mutants of %s are read or refused', async (format, runs) => {
  const ours = family.fixtures.filter((one) => one.format === format).map(({ file }) => family.bytes(file));
  const inputs = ours.filter(({ length }) => length > 0);
  const options = { runs: fuzzRuns(runs), seed: 52_000, limitMs: 1000 };
  const result = await fuzz(inputs, options, (bytes) => readChecked(bytes, format));
  expect(result.read).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
  await fuzz(inputs, options, (bytes) => readChecked(bytes));
});
