/**
 * `tgsession/aside`. Runs everywhere.
 *
 * Sessions kept aside: a session that was not to be lost, but is not the one in use any more. A server says now and then
 * of a sound key that it does not know it (-404), and the client makes a new one: the login is then in the old key alone.
 *
 * @module
 */

import { checkObject, checkText, refuse } from './check.ts';
import { SessionError } from './errors.ts';
import { loginOf } from './login.ts';
import { Session } from './session.ts';
import type { Storage } from './storage.ts';

/** Longest reason, in UTF-16 units. */
const MAX_REASON_LENGTH = 64;

/** What is kept aside, without its keys. */
export interface AsideEntry {
  /** What names it in its store. */
  id: string;
  /**
   * Why it is there, as a short word: `erased` (the client gave up the key, as the server did not know it), `replaced` (by
   * another login, without a logout), or what the server said of it, such as `AUTH_KEY_DUPLICATED`.
   */
  reason: string;
  /** When it was put there, to the millisecond. */
  since: Date;
  /** Id of its key (see `authKeyId`), or null if it has none. */
  keyId: string | null;
  /** Its user, or null where that is not known. */
  userId: number | null;
}

/**
 * Keeps sessions aside, as durably as the storage that it belongs to keeps the one in use. Calls may overlap.
 */
export interface AsideStore {
  /**
   * Keeps a session as it is now. One with the same key, which the login is in, takes the place of that one.
   *
   * @param reason 1 to 64 characters
   * @throws SessionError `INVALID_VALUE`
   */
  put(session: Session, reason: string): Promise<AsideEntry>;
  /** All that is there, the oldest first. */
  list(): Promise<AsideEntry[]>;
  /** A copy of a session that is there, or null. */
  get(id: string): Promise<Session | null>;
  /** Removes one for good, its keys included; one that is not there is fine. */
  forget(id: string): Promise<void>;
}

/** Keeps sessions aside in memory. */
export class MemoryAside implements AsideStore {
  #last = 0;
  #kept: { entry: AsideEntry; session: Session }[] = [];

  async put(session: Session, reason: string): Promise<AsideEntry> {
    const kept = { session: new Session(checkObject('Session', '', session)), reason: checkReason(reason) };
    const entry = entryOf(String(++this.#last), kept.session, kept.reason, new Date());
    this.#kept = this.#kept.filter((other) => !isSameKey(other.entry, entry));
    this.#kept.push({ entry, session: kept.session });
    return { ...entry };
  }

  async list(): Promise<AsideEntry[]> {
    return this.#kept.map(({ entry }) => ({ ...entry }));
  }

  async get(id: string): Promise<Session | null> {
    const kept = this.#kept.find(({ entry }) => entry.id === id);
    return kept === undefined ? null : new Session(kept.session);
  }

  async forget(id: string): Promise<void> {
    this.#kept = this.#kept.filter(({ entry }) => entry.id !== id);
  }
}

/** What is said of a session that is kept aside. */
export function entryOf(id: string, session: Session, reason: string, since: Date): AsideEntry {
  const { keyId = null } = loginOf(session) ?? {};
  return { id, reason, since, keyId, userId: session.user?.id ?? null };
}

/** Whether one is to take the place of the other. */
export function isSameKey(a: AsideEntry, b: AsideEntry): boolean {
  return a.keyId !== null && a.keyId === b.keyId;
}

/** Checks a reason. @throws SessionError `INVALID_VALUE` */
export function checkReason(value: unknown): string {
  const reason = checkText('reason', '', value, MAX_REASON_LENGTH);
  return reason === '' ? refuse('reason', '', 'a word', value) : reason;
}

/**
 * Makes a session that was kept aside the one in use again. What is in use now is kept aside in its place, as `replaced`,
 * if it has a key of its own. Stop the client first; `close()` the storage, or go on with it, afterwards.
 *
 * ```ts
 * import { bringBack } from 'tgsession/aside';
 * import { SqliteSession } from 'tgsession/sqlite';
 *
 * const storage = new SqliteSession('alice');
 * await storage.load();
 * for (const { id, reason } of await storage.aside.list()) {
 *   if (reason === 'erased') await bringBack(storage, id);
 * }
 * await storage.close();
 * ```
 *
 * A crash at any moment leaves either session in use, and both of them there.
 *
 * @returns a copy of the session that is in use now
 * @throws SessionError `UNSUPPORTED` if the storage keeps nothing aside, `NOT_FOUND` if there is none of that id; and
 * what the storage throws
 */
export async function bringBack(storage: Storage, id: string): Promise<Session> {
  const { aside } = storage;
  if (aside === undefined) throw new SessionError('UNSUPPORTED', 'This storage keeps no sessions aside.');
  const current = await storage.load();
  const session = await aside.get(id);
  if (session === null) {
    throw new SessionError(
      'NOT_FOUND',
      `No session is kept aside as ${JSON.stringify(id)}. See aside.list().`,
    );
  }
  const login = current && loginOf(current);
  if (login && login.keyId !== loginOf(session)?.keyId) await aside.put(current!, 'replaced');
  await storage.save(session);
  await aside.forget(id);
  return session;
}
