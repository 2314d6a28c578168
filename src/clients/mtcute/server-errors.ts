/** What the server says when a session is of no more use, as mtcute's requests see it. */

import type { LiveSession } from '../live-session.ts';

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

/** As much of the context of a request of mtcute as is needed. */
export interface RequestContext {
  manager: { getPrimaryDcId(): number };
  params?: { dcId?: number; manager?: { dcId: number } };
}

/** A middleware of mtcute's network. */
export type RequestMiddleware = <C extends RequestContext>(
  context: C,
  next: (context: C) => Promise<unknown>,
) => Promise<unknown>;

/**
 * Listens to the answers, and changes none.
 *
 * @param onKeyDead called when the main key must not be used again
 */
export function serverErrors(live: LiveSession, onKeyDead: () => void): RequestMiddleware {
  return async (context, next) => {
    const answer = await next(context);
    const error = errorIn(answer);
    if (error === KEY_IS_DEAD) {
      live.markDead(error, true);
      onKeyDead();
    } else if (error !== null && LOGIN_IS_OVER.includes(error) && isForMain(context)) {
      // To who is not logged in, the server says the same.
      if (live.session.user !== null) live.markDead(error, false);
    }
    return answer;
  };
}

function errorIn(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('_' in answer)) return null;
  if (answer._ !== 'mt_rpc_error' || !('errorMessage' in answer)) return null;
  return typeof answer.errorMessage === 'string' ? answer.errorMessage : null;
}

/** Other data centres have keys of their own; the client logs in there by itself. */
function isForMain({ manager, params }: RequestContext): boolean {
  const dc = params?.manager?.dcId ?? params?.dcId;
  return dc === undefined || dc === manager.getPrimaryDcId();
}
