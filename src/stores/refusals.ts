/** Why a session of a store is not handed out, or not saved, in the same words for every store. */

import { SessionError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { StoredSessionOptions } from './store.ts';

/** @param where the name of the session and its store, in words */
export function deadError(where: string, reason: string | null): SessionError {
  return new SessionError(
    'DEAD',
    `${where} is marked dead${reason === null ? '' : ` (${reason})`}, so it is not handed out. Use the option "dead" to open it all the same, or set its status to "ok".`,
    { field: 'status', found: 'dead' },
  );
}

/** @throws SessionError `WRONG_USER` if a session belongs to another user than the one that it was asked for */
export function refuseWrongUser(
  where: string,
  user: Pick<Session, 'user'>['user'] | undefined,
  { userId }: StoredSessionOptions,
): void {
  if (userId === undefined || user === null || user === undefined || user.id === userId) return;
  throw new SessionError(
    'WRONG_USER',
    `${where} belongs to the user ${user.id}, and was asked for as that of ${userId}. Nothing was changed.`,
    { field: 'user.id', found: String(user.id) },
  );
}

/** The error for a session that is not there. */
export function notThere(where: string): SessionError {
  return new SessionError('NOT_FOUND', `${where} is not there: no session of that name was saved.`);
}

/** The error for what only a store with leases can do. */
export function needsLeases(what: string, store: string): SessionError {
  return new SessionError(
    'UNSUPPORTED',
    `${what} needs a store with leases (PostgreSQL, Redis); ${store} has none.`,
  );
}
