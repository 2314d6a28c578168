/** For formats that hold one account. */

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
    throw new SessionError(
      'CANNOT_HOLD',
      `${format} holds one account, but ${snapshots.length} were given. Write each by itself.`,
      { field: 'snapshots', found: `${snapshots.length} accounts` },
    );
  }
  return { ...snapshot, session: new Session(snapshot.session) };
}
