/** What the server says when a session is of no more use. */

import type { LiveSession } from './live-session.ts';

/** The key itself is dead: two clients used it. */
const KEY_IS_DEAD = 'AUTH_KEY_DUPLICATED';

/** The login is over, though nobody here logged out. */
const LOGIN_IS_OVER = [
  'AUTH_KEY_UNREGISTERED',
  'AUTH_KEY_INVALID',
  'SESSION_REVOKED',
  'SESSION_EXPIRED',
  'USER_DEACTIVATED',
  'USER_DEACTIVATED_BAN',
];

/**
 * Marks the session for what the server answered to a request.
 *
 * @param isForMain whether the request went to the data centre that the account lives on: others have keys of their own
 * @returns whether the main key must not be used again
 */
export function heedServerError(live: LiveSession, error: string, isForMain: boolean): boolean {
  if (error === KEY_IS_DEAD) {
    live.markDead(error, true);
    return true;
  }
  // To who is not logged in, the server says the same.
  if (LOGIN_IS_OVER.includes(error) && isForMain && live.session.user !== null) live.markDead(error, false);
  return false;
}
