/** Writing any snapshot in a format and reading it again: equal, but for exactly what was reported as lost. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { SessionError } from '../../src/errors.ts';
import {
  type Loss,
  read,
  type Snapshot,
  type WriteOptions,
  type Written,
  write,
} from '../../src/formats/index.ts';
import { anyAccount, anySnapshot } from './arbitrary.ts';
import { countOf, differences, hasOwnPeer, peerDifferences } from './differences.ts';

/** A snapshot that was written, and read again. */
export interface Through extends Written {
  again: Snapshot;
}

/** Writes a snapshot and reads it again, by the same name. */
export async function throughFormat(
  snapshot: Snapshot,
  format: string,
  options: WriteOptions = {},
): Promise<Through> {
  const written = await write([snapshot], format, options);
  const only = written.files.get('');
  const source = only === undefined ? { files: written.files } : { bytes: only };
  const { passcode, dataName, databaseEncryptionKey } = options;
  const { snapshots } = await read(source, {
    from: format,
    ...(passcode !== undefined && { passcode }),
    ...(dataName !== undefined && { dataName }),
    ...(databaseEncryptionKey !== undefined && { databaseEncryptionKey }),
  });
  expect(snapshots).toHaveLength(1);
  return { ...written, again: snapshots[0]! };
}

/** How to write, and which snapshots are tried, where not any. */
export interface RoundTripOptions extends WriteOptions {
  snapshots?: fc.Arbitrary<Snapshot>;
}

/**
 * Tries many snapshots. Those that a format cannot hold at all must be refused with `CANNOT_HOLD`.
 *
 * @returns how many were written
 */
export async function expectRoundTrips(
  format: string,
  numRuns: number,
  { snapshots = fc.oneof(anySnapshot, anyAccount), ...options }: RoundTripOptions = {},
): Promise<number> {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(snapshots, async (snapshot) => {
      let result: Through;
      try {
        result = await throughFormat(snapshot, format, options);
      } catch (error) {
        if (error instanceof SessionError && error.code === 'CANNOT_HOLD') return;
        throw error;
      }
      count++;
      expectExactLosses(snapshot, result);
    }),
    { numRuns },
  );
  return count;
}

/**
 * Expects that what is missing is what was reported, neither more nor less; of what is missing as a whole, parts may be
 * reported too.
 */
export function expectExactLosses(snapshot: Snapshot, { again, losses }: Through): void {
  const reported = [...new Set(losses.map(({ field }) => field))].sort();
  const missing = differences(snapshot, again);
  const isLess = (field: string) => missing.some((other) => field.startsWith(`${other}.`));
  expect(missing).toEqual(
    reported.filter(
      (field) => missing.includes(field) || !(isLess(field) || isExcused(field, snapshot, reported)),
    ),
  );
  for (const [field, number] of peerDifferences(snapshot, again)) {
    const said = countOf(losses, field) ?? number;
    expect({ field, number: number <= said ? said : number }).toEqual({ field, number: said });
  }
  expectChannelCount(snapshot, again, losses);
}

/**
 * Whether a loss may be of something that is not missed: that of a peer that was left out for another reason, of what
 * the session says of the account itself, where it is among the peers, or of what an address gives away.
 */
function isExcused(field: string, snapshot: Snapshot, reported: readonly string[]): boolean {
  if (reported.includes('peers') && field.startsWith('peers.')) return true;
  // The address of some data centre may tell it all the same.
  if (field === 'testMode') return true;
  return (field === 'peers.usernames' || field === 'peers.phone') && hasOwnPeer(snapshot);
}

/** How many channels are missing is said in words. */
function expectChannelCount(snapshot: Snapshot, again: Snapshot, losses: readonly Loss[]): void {
  const before = snapshot.session.state;
  const after = again.session.state;
  if (before === null || after === null) return;
  const missing = before.channels.length - after.channels.length;
  expect(missing).toBe(countOf(losses, 'session.state.channels') ?? missing);
}
