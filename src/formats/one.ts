/** How many accounts a format holds. */

import { SessionError } from '../errors.ts';
import { Session } from '../session.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The only snapshot, its session checked and copied: it may have been changed since it was made.
 *
 * @throws SessionError `CANNOT_HOLD` for none or several, `INVALID_VALUE`
 */
export function onlySnapshot(snapshots: readonly Snapshot[], format: string): Snapshot {
  const [snapshot, second] = snapshots;
  if (snapshot === undefined || second !== undefined) {
    const indexes = snapshots.map(({ account }, i) => account?.index ?? i).join(', ');
    const advice = snapshot === undefined ? '' : ` (${indexes}). Choose one with the option "account"`;
    throw new SessionError(
      'CANNOT_HOLD',
      `${format} holds one account, but ${snapshots.length} were given${advice}.`,
      { field: 'snapshots', found: `${snapshots.length} accounts` },
    );
  }
  return { ...snapshot, session: new Session(snapshot.session) };
}

/**
 * The snapshots, for a format that holds any number of them.
 *
 * @throws SessionError `CANNOT_HOLD` for none
 */
export function someSnapshots(snapshots: readonly Snapshot[], format: string): readonly Snapshot[] {
  if (Array.isArray(snapshots) && snapshots.length > 0) return snapshots;
  throw new SessionError('CANNOT_HOLD', `${format} holds one account at least, but none was given.`, {
    field: 'snapshots',
    found: '0 accounts',
  });
}
