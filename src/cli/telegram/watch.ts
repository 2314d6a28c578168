/** {@link LoginWatch}: whether somebody may be logged in, as far as the answers of the server tell. */

import type { RequestContext } from '../../clients/mtcute.ts';

/** The requests by which a key may be logged in. */
const LOG_IN = [
  'auth.sendCode',
  'auth.signIn',
  'auth.checkPassword',
  'auth.importBotAuthorization',
  'auth.exportLoginToken',
  'auth.importLoginToken',
];

/** The answers that say that it is. */
const LOGGED_IN = ['auth.authorization', 'auth.loginTokenSuccess', 'auth.sentCodeSuccess'];

/** How long after one QR code the next is asked for at the earliest, in milliseconds, whatever the clock here says. */
const QR_PAUSE = 1000;

interface LoginContext extends RequestContext {
  request: { _: string };
}

/** Follows what is asked and answered. A request without an answer may have been heard. */
export class LoginWatch {
  /** False only if nobody can be logged in with the keys that are at hand. */
  mayBeLoggedIn: boolean;
  #lastQr = Number.NEGATIVE_INFINITY;

  readonly #keep: () => Promise<void>;

  /**
   * @param mayBeLoggedIn whether there was a key before
   * @param keep makes durable what the client has put in its storage: mtcute does not wait for that
   */
  constructor(mayBeLoggedIn: boolean, keep: () => Promise<void>) {
    this.mayBeLoggedIn = mayBeLoggedIn;
    this.#keep = keep;
  }

  /** A middleware of mtcute's network, for the innermost place. */
  readonly middleware = async <C extends LoginContext>(
    context: C,
    next: (context: C) => Promise<unknown>,
  ): Promise<unknown> => {
    const { _: method } = context.request;
    if (!LOG_IN.includes(method)) return this.#asked(method, await next(context));
    await this.#keep();
    if (method === 'auth.exportLoginToken') await this.#paced();
    this.mayBeLoggedIn = true;
    const answer = await next(context);
    const { _: kind = '' } = (answer ?? {}) as { _?: string };
    this.mayBeLoggedIn = LOGGED_IN.includes(kind);
    return answer;
  };

  /** Who asks who he is, and is told that he is nobody, is logged out. */
  #asked(method: string, answer: unknown): unknown {
    const { errorMessage } = (answer ?? {}) as { errorMessage?: string };
    if (method === 'users.getUsers' && errorMessage === 'AUTH_KEY_UNREGISTERED') this.mayBeLoggedIn = false;
    return answer;
  }

  async #paced(): Promise<void> {
    const pause = this.#lastQr + QR_PAUSE - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    this.#lastQr = performance.now();
  }
}
