/** One session of a folder: a `SqliteSession`, and what its store knows of it. */

import type { AsideStore } from '../../aside.ts';
import { checkObject } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { loginOf } from '../../login.ts';
import type { PeerStore } from '../../peers.ts';
import { Session } from '../../session.ts';
import type { SqliteSession } from '../../sqlite/index.ts';
import type { StatusStore } from '../../status.ts';
import { Turns } from '../../turns.ts';
import { type Notes, withSaid } from '../notes.ts';
import { deadError, refuseWrongUser } from '../refusals.ts';
import type { SessionStatus, StoredSession, StoredSessionOptions } from '../store.ts';

/** What the store does for its sessions. */
export interface SessionHome {
  /** The session in words. */
  where: string;
  /** What is noted now. @throws SessionError `EXISTS`, if the name is that of another session */
  notes(): Notes;
  /** The same, with what Telegram said of the session, as far as that stands in its file. */
  notesNow(): Promise<Notes>;
  /** Removes what is noted of a session that was deleted, before there is a new one of its name. */
  forgetNotes(): Promise<void>;
  setStatus(status: SessionStatus, reason: string | null | undefined): Promise<void>;
  /** The session is taken, or about to be. */
  opens(session: StoredSession): void;
  /** It is not any more. */
  closes(session: StoredSession): void;
}

export class DirectorySession implements StoredSession {
  readonly name: string;
  readonly peers: PeerStore;
  readonly aside: AsideStore;
  /** What Telegram said last, in the file; it becomes the status in the store too. */
  readonly status: StatusStore;
  readonly #storage: SqliteSession;
  readonly #options: StoredSessionOptions;
  readonly #home: SessionHome;
  readonly #turns = new Turns();
  #loading = 0;
  #closed = false;
  #isOpen = false;
  /** Whether nothing was saved yet when it was taken. */
  #isNew = false;

  constructor(name: string, storage: SqliteSession, options: StoredSessionOptions, home: SessionHome) {
    this.name = name;
    this.peers = storage.peers;
    this.aside = storage.aside;
    this.#storage = storage;
    this.status = {
      get: () => storage.status.get(),
      put: async (found) => {
        await storage.status.put(found);
        await home.setStatus(found.status === 'alive' ? 'ok' : 'dead', found.reason);
      },
    };
    this.#options = options;
    this.#home = home;
  }

  /** @see SqliteSession.load @throws SessionError also `DEAD`, `WRONG_USER`, `EXISTS` */
  load(): Promise<Session | null> {
    this.#closed = false;
    this.#loading++;
    return this.#turns.take(async () => {
      try {
        if (this.#closed) throw this.#closedWhileLoading();
        return await this.#load();
      } finally {
        this.#loading--;
      }
    });
  }

  /** @see SqliteSession.save @throws SessionError also `WRONG_USER`, and what `load()` throws if it was not called */
  save(session: Session): Promise<void> {
    if (this.#closed) {
      const message = `${this.#home.where} was closed, so nothing was saved. load() opens it again.`;
      return Promise.reject(new SessionError('CLOSED', message));
    }
    try {
      refuseWrongUser(this.#home.where, checkObject('Session', '', session).user, this.#options);
      // What is saved is the session as it is now: SqliteSession sees to that, unless it has to wait for its turn.
      if (this.#isOpen && !this.#isNew && this.#turns.isFree) {
        return this.#turns.take(() => this.#storage.save(session));
      }
      const copy = new Session(session);
      return this.#turns.take(async () => {
        if (!this.#isOpen) await this.#load();
        if (this.#isNew) await this.#home.forgetNotes();
        await this.#storage.save(copy);
        this.#isNew = false;
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    // Ends the wait of a load under way.
    const ended = this.#loading > 0 ? this.#storage.close() : undefined;
    return this.#turns.take(async () => {
      await ended;
      this.#isOpen = false;
      this.#home.closes(this);
      await this.#storage.close();
    });
  }

  setStatus(status: SessionStatus, reason?: string | null): Promise<void> {
    return this.#home.setStatus(status, reason);
  }

  toString(): string {
    return `DirectorySession(${this.#home.where})`;
  }

  async #load(): Promise<Session | null> {
    if (this.#isOpen) return this.#storage.load();
    this.#home.opens(this);
    try {
      // What is known to be dead is not waited for.
      if (this.#home.notes().status === 'dead') {
        this.#refuseDead(await this.#home.notesNow());
        if (this.#closed) throw this.#closedWhileLoading();
      }
      const session = await this.#storage.load();
      // It may have died while we waited for it; and whoever checked it may have said so in the file alone.
      const said = await this.#storage.status.get();
      const isOfKey = said !== null && session !== null && loginOf(session)?.keyId === said.keyId;
      this.#refuseDead(withSaid(this.#home.notes(), isOfKey ? said : null));
      refuseWrongUser(this.#home.where, session?.user, this.#options);
      this.#isOpen = true;
      this.#isNew = session === null;
      return session;
    } catch (error) {
      await this.#storage.close();
      this.#home.closes(this);
      throw error;
    }
  }

  #refuseDead({ status, reason }: Pick<Notes, 'status' | 'reason'>): void {
    if (status === 'dead' && this.#options.dead !== true) throw deadError(this.#home.where, reason);
  }

  #closedWhileLoading(): SessionError {
    return new SessionError('CLOSED', `${this.#home.where} was closed while it was being loaded.`);
  }
}
