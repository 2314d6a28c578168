/** What the server says when a session is of no more use, as mtcute's requests see it. */

import { heedServerError } from '../dead-login.ts';
import type { LiveSession } from '../live-session.ts';

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
    if (error !== null && heedServerError(live, error, isForMain(context))) onKeyDead();
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
