/** Hostile sessions of gotd end in a session or in a SessionError, and soon. */

import { expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { read } from '../../../src/formats/index.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('gotd');
const inputs = family.fixtures.map(({ file }) => family.bytes(file)).filter(({ length }) => length > 0);

/** A key of the wrong length is never taken. */
async function readChecked(bytes: Uint8Array, from?: string) {
  const { snapshots } = await read({ bytes }, from === undefined ? {} : { from });
  for (const { auth } of snapshots.flatMap(({ session }) => session.dcs)) {
    if (auth !== null && auth.length !== 256) throw new Error('a short key');
  }
}

test('mutants are read or refused', async () => {
  const options = { runs: fuzzRuns(4000), seed: 41_000, limitMs: 1000 };
  const result = await fuzz(inputs, options, (bytes) => readChecked(bytes, 'gotd-json'));
  expect(result.read).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
  await fuzz(inputs, options, (bytes) => readChecked(bytes));
});

const MAX_BYTES = 1024 * 1024;
const filled = (head: string, piece: string, tail = '') =>
  head + piece.repeat(Math.floor((MAX_BYTES - head.length - tail.length) / piece.length)) + tail;

test.each([
  ['nested lists', filled('', '[')],
  ['nested objects where the data belongs', filled('{"Version":1,"Data":', '{"a":')],
  [
    'a long list of data centres',
    filled('{"Version":1,"Data":{"DC":2,"Config":{"DCOptions":[', '0,', '0]}}}'),
  ],
  ['many fields', filled('{', '"a":1,', '"b":2}')],
  ['many numbers with a point', filled('{"a":[', '1.0,', '1.0]}')],
  ['digits', filled('{"Version":', '1', '}')],
  ['a long text', filled('{"Version":1,"Data":{"DC":2,"AuthKey":"', 'A', '"}}')],
  ['more bytes than any session has', ' '.repeat(64 * MAX_BYTES)],
])('%s are refused, and soon', async (_, text) => {
  const start = performance.now();
  await expect(read({ text }, { from: 'gotd-json' })).rejects.toBeInstanceOf(SessionError);
  expect(performance.now() - start).toBeLessThan(5000);
});
