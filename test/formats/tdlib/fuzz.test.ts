/** Hostile binlogs end in a session or in a SessionError, and soon. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { read } from '../../../src/formats/index.ts';
import {
  type BinlogEvent,
  binlogOf,
  decrypted,
  erased,
  eventsOf,
  OPTION,
  REWRITE,
  resealed,
  setting,
} from '../../support/binlog.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('tdlib');
const NAME = 'tdlib-binlog';
const MEGABYTE = 1024 * 1024;

const all = family.fixtures.map(({ file }) => family.bytes(file)).filter(({ length }) => length > 0);
/** Those without encryption, or with TDLib's own key, as bytes that can be changed and still have a right checksum. */
const open = family.fixtures
  .filter(({ file }) => !/^(err-|own-key)/.test(file) || /^err-(key|main|my)/.test(file))
  .map(({ file }) => family.bytes(file))
  .map((bytes) => (bytes[12] === 0xfd ? decrypted(bytes) : bytes));

/** Without the options that TDLib adds by itself, so that what a session is made of is often hit. */
const short = open.map((bytes) => binlogOf(eventsOf(bytes).filter(({ type }) => type !== OPTION)));

async function readChecked(bytes: Uint8Array): Promise<void> {
  const { snapshots } = await read({ bytes, name: 'td.binlog' }, { from: NAME });
  for (const { session } of snapshots) {
    for (const { auth } of session.dcs)
      if (auth !== null && auth.length !== 256) throw new Error('a short key');
  }
}

describe('mutants of real files', () => {
  test('as they are: the checksums find nearly everything', async () => {
    const options = { runs: fuzzRuns(3000), seed: 4100, limitMs: 1000 };
    const result = await fuzz(all, options, readChecked);
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read).toBeGreaterThan(0);
  });

  test.each([
    ['whole', open],
    ['settings alone', short],
  ])('with right checksums, %s', async (_, inputs) => {
    const options = { runs: fuzzRuns(4000), seed: 4200, limitMs: 1000 };
    const result = await fuzz(inputs, options, (bytes) => readChecked(resealed(bytes)));
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read).toBeGreaterThan(0);
  });

  test('as whatever they seem to be', async () => {
    const options = { runs: fuzzRuns(1500), seed: 4300, limitMs: 1000 };
    await fuzz(all, options, (bytes) => read({ bytes }));
  });
});

describe('large files', () => {
  const login = [setting(1, 'auth', 'logout'), setting(2, 'main_dc_id', '2')];
  const small = (count: number, make: (i: number) => BinlogEvent) =>
    binlogOf([...login, ...Array.from({ length: count }, (_, i) => make(i))]);

  test.each([
    [
      'the same setting written over and over',
      () => small(200_000, () => setting(1, 'auth', 'logout', REWRITE)),
    ],
    ['as many requests', () => small(200_000, (i) => ({ ...erased(i + 3), type: 0x100, flags: 0 }))],
    ['one event of the largest size', () => small(1, () => setting(3, 'x', Buffer.alloc(2 ** 24 - 64)))],
  ])('%s are read in time', async (_, make) => {
    const bytes = make();
    const start = performance.now();
    await readChecked(bytes);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('more settings than any account has are refused', async () => {
    const bytes = small(100_001, (i) => setting(i + 3, `x${i}`, ''));
    await failure(() => readChecked(bytes), 'INVALID_VALUE', 'events');
  });

  test('a file larger than any is refused before it is looked at', async () => {
    const bytes = new Uint8Array(64 * MEGABYTE + 4);
    await failure(() => readChecked(bytes), 'INVALID_VALUE');
  });
});

test('reading changes no byte that was given', async () => {
  for (const bytes of all) {
    const before = createHash('sha256').update(bytes).digest('hex');
    await read({ bytes, name: 'td.binlog' }, { from: NAME }).catch(() => {});
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(before);
  }
});
