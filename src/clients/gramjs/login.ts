/** {@link Login}: who is logged in, as far as the answers of the server tell. */

import { loginOf } from '../../login.ts';
import { heedServerError } from '../dead-login.ts';
import type { LiveSession } from '../live-session.ts';
import { loginNews, type OwnUser } from './answers.ts';
import type { Home } from './home.ts';
import type { Keys } from './keys.ts';

/** What it needs of others. */
export interface LoginParts {
  live: LiveSession;
  home: Home;
  keys: Keys;
  /** Called when what was counted was counted for a login that is over. */
  onOver(): void;
  /** Called when whom the client has met is nothing to whoever comes next. */
  onLogout(): void;
}

/** From a login to its end, which is a logout, or comes otherwise. */
export class Login {
  readonly #parts: LoginParts;
  #isLoggedOut = false;
  #hasNews = false;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** Whether somebody logged out, and nobody in since. */
  get isLoggedOut(): boolean {
    return this.#isLoggedOut;
  }

  /** Begins anew, with what was loaded. */
  reset(): void {
    this.#isLoggedOut = false;
    this.#hasNews = false;
  }

  /** Whether somebody logged in or out since this was asked last. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** Looks at what the server answered. @throws SessionError `INVALID_VALUE` */
  hear(answer: unknown): void {
    const news = loginNews(answer);
    if (news === null) return;
    if (news.kind === 'logout') this.#logOut();
    else if (news.kind === 'login') this.#logIn(news.user);
    // What is still on its way after a logout is nobody's.
    else if (!this.#isLoggedOut) this.#setUser(news.user);
  }

  /** Looks at an error that the server answered. */
  heed(error: unknown, isForMain: boolean): void {
    const { live, keys, onOver } = this.#parts;
    const text = (error as { errorMessage?: unknown } | null)?.errorMessage;
    if (typeof text !== 'string' || !live.isOpen) return;
    const before = live.session.dcs.map(({ auth }) => auth);
    if (!heedServerError(live, text, isForMain)) return;
    keys.endLogin(before);
    keys.dropMain();
    onOver();
  }

  /** The client gives up the key of a data centre. If that is the main one, the session is kept aside. */
  removeKey(dc: number): void {
    this.#parts.keys.remove(dc);
    if (dc === this.#parts.home.id) this.#parts.onOver();
  }

  /** The client forgets a login whose end nobody confirmed: it may go on, so it is kept aside. */
  abandon(): void {
    const { live, keys, onOver } = this.#parts;
    if (loginOf(live.session) === null) return;
    keys.endLogin();
    keys.dropMain();
    live.endLogin('erased');
    onOver();
  }

  #logIn(user: OwnUser): void {
    this.#isLoggedOut = false;
    this.#hasNews = true;
    this.#setUser(user);
    this.#parts.keys.keepMain();
  }

  #setUser(user: OwnUser): void {
    const { live, home, onOver } = this.#parts;
    const before = live.session.user;
    if (before !== null && before.id !== user.id) onOver();
    live.setUser({ ...user, dc: home.id });
  }

  #logOut(): void {
    const { live, keys, onOver, onLogout } = this.#parts;
    keys.collect();
    this.#isLoggedOut = true;
    this.#hasNews = true;
    keys.endLogin();
    live.logOut();
    onOver();
    onLogout();
  }
}
