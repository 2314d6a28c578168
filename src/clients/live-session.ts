/** {@link LiveSession}: the session of a client that runs. */

import type { AsideEntry, AsideStore } from '../aside.ts';
import { authKeyId, checkAuthKey, sameAuthKey } from '../auth-key.ts';
import { SessionError, SessionHeldError } from '../errors.ts';
import { loginOf } from '../login.ts';
import { DataCenter, Session, User, type UserFields } from '../session.ts';
import { inOrder, type Storage } from '../storage.ts';
import { Beside } from './beside.ts';
import { report, SaveBehind } from './save-behind.ts';

/** What a caller hears of the session of its client, whichever client it is. */
export interface ClientStorageOptions {
  /**
   * Hears every error of the storage, also those that the client is told as well. Without it they are written to the
   * console. The message of a `SessionError` holds no secret.
   */
  onError?(error: unknown): void;
  /** Hears that a session was kept aside (see `AsideStore`), after that is durable. */
  onAside?(entry: AsideEntry): void;
  /**
   * Hears that the server gave the session up, once for each key: with what it said, such as `AUTH_KEY_DUPLICATED`. A login
   * is needed.
   */
  onDead?(reason: string): void;
  /**
   * Hears that the session is no longer ours alone (`Storage.held` aborted): the client has to be off the network before
   * another one uses the key. Nothing is saved from then on.
   */
  onHeldLost?(reason: unknown): void;
}

/**
 * A session that a client changes at once, and that is saved behind.
 *
 * - `load()` before the client connects, `close()` after it disconnected: it saves what is not saved, and closes the
 *   storage even if that failed.
 * - Several changes in one turn of the event loop are one save. `flush()` resolves when all of them are durable.
 * - **A key is not lost unless somebody logs out.** Where a client gives up its main key, or has another one without a
 *   logout, the session is first kept aside (`aside`), durably, and only then is the new one saved.
 */
export class LiveSession {
  readonly #storage: Storage;
  readonly #options: ClientStorageOptions;
  readonly #saving: SaveBehind;
  readonly #beside: Beside;
  #session = new Session();
  #loading: Promise<Session> | null = null;
  #closing: Promise<void> | null = null;
  #isOpen = false;
  /** Whether the storage has a session, or may have: what is empty and was never saved is not saved. */
  #isStored = false;
  #dead = new Set<string>();
  #lost: SessionHeldError | null = null;
  #stopListening = () => {};

  constructor(storage: Storage, options: ClientStorageOptions = {}) {
    this.#storage = storage;
    this.#options = options;
    this.#beside = new Beside(storage, {
      onAside: (entry) => report(options.onAside?.bind(options), entry),
      onError: (error) => this.fail(error),
    });
    this.#saving = new SaveBehind({ save: (seen) => this.#save(seen), onError: (error) => this.fail(error) });
  }

  /** The session as the client has it, to be read. What is changed in it is not saved: see {@link change}. */
  get session(): Session {
    return this.#session;
  }

  /** Whether it is loaded, and not closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether `held` of the storage has aborted. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Sessions kept aside: those of the storage, or of this object if the storage keeps none. */
  get aside(): AsideStore {
    return this.#beside.aside;
  }

  /**
   * Loads the session, once. After `close()` it loads again.
   *
   * @throws what `load()` of the storage throws; the storage is closed then
   */
  load(): Promise<Session> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /**
   * Changes the session, for a save behind.
   *
   * @param apply runs at once; what it throws is thrown, and nothing is saved for it
   * @throws SessionError `CLOSED` before `load()` and after `close()`
   */
  change(apply: (session: Session) => void): void {
    if (!this.#isOpen) {
      throw new SessionError(
        'CLOSED',
        'The session is not open, so nothing of it can be changed. Load it first.',
      );
    }
    apply(this.#session);
    this.#saving.changed();
  }

  /**
   * Resolves when all changes made until now are durable.
   *
   * @throws what the storage threw, which `onError` hears too; `HELD` if `held` has aborted
   */
  flush(): Promise<void> {
    return this.#saving.flush();
  }

  /**
   * Saves what is not saved, then closes the storage, also if the save failed. A save that fails with `IO` is tried once
   * more: there is no next change that would do so.
   *
   * @throws what failed; an `AggregateError` if both did
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Puts the key of a data centre in the session, or removes it (null).
   *
   * If it is the main one, and has another key until now, then that login is over, though nobody logged out: the session is
   * kept aside as it was, and goes on with the addresses and the new key alone. Null is what a client sets when the server
   * does not know its key (-404).
   *
   * @param isMain whether it is the data centre that the account lives on
   * @throws SessionError `INVALID_VALUE` for what is no key
   */
  setKey(dc: number, key: Uint8Array | null, isMain: boolean): void {
    const auth = checkAuthKey('authKey', '', key);
    const before = this.#session.dcs.find(({ id }) => id === dc)?.auth ?? null;
    if (sameAuthKey(before, auth)) return;
    this.change((session) => {
      if (isMain && before !== null) {
        this.#beside.keep(session, auth === null ? 'erased' : 'replaced', authKeyId(before));
        clearLogin(session);
      }
      dataCenterOf(session, dc).auth = auth;
    });
  }

  /**
   * Removes keys, as the caller wishes. A login that is over by that is kept aside.
   *
   * @param mainDc the data centre that the account lives on, or null where that is not known
   */
  removeKeys(isToGo: (dc: number) => boolean, mainDc: number | null): void {
    const going = this.#session.dcs.filter(({ id, auth }) => auth !== null && isToGo(id));
    if (going.length === 0) return;
    const keyId = mainKeyId(this.#session);
    const isOver = going.some(({ id, authKeyId }) => id === mainDc || authKeyId === keyId);
    this.change((session) => {
      if (isOver && keyId !== null) this.#beside.keep(session, 'erased', keyId);
      for (const dc of going) dc.auth = null;
    });
  }

  /**
   * Puts the user in the session. If it has another one until now, that session is kept aside first, and how far updates
   * were read is forgotten: that was the other's.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  setUser(fields: UserFields): void {
    const user = new User(fields);
    const before = this.#session.user;
    if (before?.equals(user)) return;
    this.change((session) => {
      if (before !== null && before.id !== user.id) {
        const keyId = mainKeyId(session);
        if (keyId !== null) this.#beside.keep(session, 'replaced', keyId);
        session.state = null;
      }
      session.user = user;
    });
  }

  /**
   * Ends the login, though nobody logged out: the session is kept aside as it is, and goes on with the addresses alone.
   *
   * @param reason `erased` or `replaced`, see `AsideEntry`
   */
  endLogin(reason: string): void {
    this.change((session) => {
      const keyId = mainKeyId(session);
      if (keyId !== null) this.#beside.keep(session, reason, keyId);
      clearLogin(session);
    });
  }

  /**
   * Ends the login, on purpose: no key is left, in the session or aside, that belonged to it. Addresses stay, and sessions
   * kept aside that have another key.
   */
  logOut(): void {
    this.change((session) => {
      for (const { auth } of session.dcs) {
        if (auth !== null) this.#beside.forget(authKeyId(auth));
      }
      clearLogin(session);
    });
  }

  /**
   * The server said that the session is of no more use. It is kept aside with what was said, which is noted as its status
   * too, where the storage keeps one.
   *
   * @param reason what the server said, such as `AUTH_KEY_DUPLICATED`
   * @param isKeyDead whether the key itself is dead, so that it must not be used again: then it is in use no more
   */
  markDead(reason: string, isKeyDead: boolean): void {
    const login = this.#isOpen ? loginOf(this.#session) : null;
    if (login === null || this.#dead.has(login.keyId)) return;
    this.#dead.add(login.keyId);
    this.change((session) => {
      this.#beside.keepDead(session, {
        status: isKeyDead ? 'duplicated' : 'revoked',
        reason,
        ...login,
        dc: session.user?.dc ?? session.dcs.find(({ authKeyId }) => authKeyId === login.keyId)!.id,
        at: new Date(),
      });
      if (isKeyDead) clearLogin(session);
    });
    report(this.#options.onDead?.bind(this.#options), reason);
  }

  /** Tells the caller of an error. */
  fail(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) report(onError.bind(this.#options), error);
    else console.error('tgsession:', error instanceof Error ? `${error.name}: ${error.message}` : 'an error');
  }

  async #load(): Promise<Session> {
    // A close() that is under way comes first.
    await this.#closing?.catch(() => {});
    try {
      const loaded = await this.#storage.load();
      this.#session = loaded ?? new Session();
      this.#isStored = loaded !== null;
      this.#isOpen = true;
      this.#closing = null;
      this.#beside.begin();
      this.#dead.clear();
      this.#listen(this.#storage.held);
      return this.#session;
    } catch (error) {
      this.#loading = null;
      this.fail(error);
      await this.#storage.close().catch((second) => this.fail(second));
      throw error;
    }
  }

  async #close(): Promise<void> {
    await this.#loading?.catch(() => {});
    this.#isOpen = false;
    try {
      await inOrder([() => this.#flushAtLast(), () => this.#closeStorage()]);
    } finally {
      this.#loading = null;
      this.#session = new Session();
    }
  }

  async #flushAtLast(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      // A connection that was cut off, or a server that had forgotten something, may do with the next try.
      if (!(error instanceof SessionError && error.code === 'IO')) throw error;
      await this.flush();
    }
  }

  async #closeStorage(): Promise<void> {
    this.#stopListening();
    try {
      await this.#storage.close();
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #save(seen: () => void): Promise<void> {
    this.#refuseIfLost();
    while (this.#beside.isWaiting) await this.#beside.write(() => this.#refuseIfLost());
    // From here to the call of save() nothing else runs, so what it saves is what is seen.
    seen();
    const forgotten = this.#beside.toForget();
    if (this.#isStored || !this.#session.equals(new Session())) {
      this.#isStored = true; // perhaps, also if it fails
      await this.#storage.save(this.#session);
    }
    await this.#beside.forgetAll(forgotten);
  }

  #listen(held: AbortSignal | undefined): void {
    this.#lost = null;
    if (held === undefined) return;
    const onAbort = () => {
      this.#lost = new SessionHeldError('The session', null);
      report(this.#options.onHeldLost?.bind(this.#options), held.reason);
    };
    if (held.aborted) onAbort();
    else held.addEventListener('abort', onAbort, { once: true });
    this.#stopListening = () => held.removeEventListener('abort', onAbort);
  }

  #refuseIfLost(): void {
    if (this.#lost !== null) throw this.#lost;
  }
}

/** The entry of a data centre in a session; made if it is not there. */
export function dataCenterOf(session: Session, id: number): DataCenter {
  const found = session.dcs.find((dc) => dc.id === id);
  if (found !== undefined) return found;
  const made = new DataCenter({ id });
  session.dcs.push(made);
  return made;
}

/** Id of the key that a login is in; of any other one, where the data centre of the user has none. */
function mainKeyId(session: Session): string | null {
  return (loginOf(session) ?? loginOf({ user: null, dcs: session.dcs }))?.keyId ?? null;
}

/** What is left of a session without its login: where the data centres are. */
function clearLogin(session: Session): void {
  for (const dc of session.dcs) dc.auth = null;
  session.user = null;
  session.state = null;
}
