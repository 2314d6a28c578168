/** What the server says when a session is of no more use, as MTKruto's requests see it. */

import { loginOf } from '../../login.ts';
import { heedServerError } from '../dead-login.ts';
import type { LiveSession } from '../live-session.ts';

/** A handler of errors, for `client.invoke.use()`. */
export type InvokeErrorHandler = (
  context: { error: unknown },
  next: () => Promise<boolean>,
) => Promise<boolean>;

/**
 * Listens to the errors of requests, and changes nothing. MTKruto shows none of other data centres that it can mend.
 *
 * @param onKeyDead called with the id of the main key when it must not be used again
 */
export function serverErrors(live: LiveSession, onKeyDead: (keyId: string) => void): InvokeErrorHandler {
  return ({ error }, next) => {
    const message = messageOf(error);
    const login = live.isOpen ? loginOf(live.session) : null;
    if (message !== null && login !== null && heedServerError(live, message, true)) onKeyDead(login.keyId);
    return next();
  };
}

/** A TelegramError, told by its field: there is no class to compare with. */
function messageOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('errorMessage' in error)) return null;
  return typeof error.errorMessage === 'string' ? error.errorMessage : null;
}
