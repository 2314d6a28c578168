/** One session of {@link UnstorageSessions}. */

import { checkObject } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { Session } from '../../session.ts';
import { Turns } from '../../turns.ts';
import { deadError, refuseWrongUser } from '../refusals.ts';
import type { SessionInfo, SessionStatus, StoredSession, StoredSessionOptions } from '../store.ts';
import type { Slots } from './slots.ts';

/** What the store does for its sessions. */
export interface UnstorageHome {
  /** The session in words. */
  where: string;
  statusOf(): Promise<Pick<SessionInfo, 'status' | 'reason'>>;
  /** Removes what is noted of a session that was deleted, before there is a new one of its name. */
  forgetNotes(): Promise<void>;
  setStatus(status: SessionStatus, reason: string | null | undefined): Promise<void>;
}

export class UnstorageSession implements StoredSession {
  readonly name: string;
  readonly #slots: Slots<Session>;
  readonly #options: StoredSessionOptions;
  readonly #home: UnstorageHome;
  readonly #turns = new Turns();
  #closed = false;
  #isOpen = false;

  constructor(name: string, slots: Slots<Session>, options: StoredSessionOptions, home: UnstorageHome) {
    this.name = name;
    this.#slots = slots;
    this.#options = options;
    this.#home = home;
  }

  /** @throws SessionError `DEAD`, `WRONG_USER`, `DAMAGED`, `IO` */
  load(): Promise<Session | null> {
    this.#closed = false;
    return this.#turns.take(() => this.#load());
  }

  /** @throws SessionError `INVALID_VALUE`, `WRONG_USER`, `CLOSED`, `IO`, and what `load()` throws if it was not called */
  save(session: Session): Promise<void> {
    if (this.#closed) {
      const message = `${this.#home.where} was closed, so nothing was saved. load() opens it again.`;
      return Promise.reject(new SessionError('CLOSED', message));
    }
    try {
      const copy = new Session(checkObject('Session', '', session));
      refuseWrongUser(this.#home.where, copy.user, this.#options);
      return this.#turns.take(async () => {
        if (!this.#isOpen) await this.#load();
        // Others may have saved since: what is there now says which slot is the older one.
        const before = await this.#slots.read();
        if (before === null) await this.#home.forgetNotes();
        // No key that is given up, as at a logout, stays in the other slot.
        await this.#slots.write(copy, before, before !== null && hasOtherKeys(before.value, copy));
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#turns.take(async () => {
      this.#isOpen = false;
    });
  }

  setStatus(status: SessionStatus, reason?: string | null): Promise<void> {
    return this.#home.setStatus(status, reason);
  }

  toString(): string {
    return `UnstorageSession(${this.#home.where})`;
  }

  async #load(): Promise<Session | null> {
    if (!this.#isOpen) {
      const { status, reason } = await this.#home.statusOf();
      if (status === 'dead' && this.#options.dead !== true) throw deadError(this.#home.where, reason);
    }
    const session = (await this.#slots.read())?.value ?? null;
    refuseWrongUser(this.#home.where, session?.user, this.#options);
    this.#isOpen = true;
    return session;
  }
}

function hasOtherKeys(before: Session, after: Session): boolean {
  return before.dcs.some(
    ({ auth }) =>
      auth !== null &&
      !after.dcs.some((dc) => dc.auth !== null && auth.every((byte, i) => byte === dc.auth![i])),
  );
}
