/** What a session file of ours keeps beside the session, for people: sessions kept aside, and what Telegram said last. */

import { SessionError } from '../../errors.ts';
import { loginOf } from '../../login.ts';
import type { Session } from '../../session.ts';
import { readAside } from '../../sqlite/aside-table.ts';
import type { SqlDatabase } from '../../sqlite/driver.ts';
import { readStatus } from '../../sqlite/status-table.ts';
import type { JsonValue } from '../snapshot.ts';

/** Fields for `extra` of a snapshot: `aside` and `status`, each only where there is something. No keys, only their ids. */
export function readBeside(db: SqlDatabase, session: Session, notes: string[]): Record<string, JsonValue> {
  const aside = orNote(notes, () => readAside(db)) ?? [];
  const status = orNote(notes, () => readStatus(db));
  const isOfThis = status !== null && status.keyId === loginOf(session)?.keyId;
  return {
    ...(aside.length > 0 && {
      aside: aside.map(({ entry }) => ({ ...entry, since: entry.since.toISOString() })),
    }),
    ...(isOfThis && { status: { ...status, at: status.at.toISOString() } }),
  };
}

/** The session itself is sound whatever stands beside it. */
function orNote<T>(notes: string[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    notes.push(`Beside the session there is something that cannot be read: ${error.message}`);
    return null;
  }
}
