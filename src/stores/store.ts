/**
 * The seam every store of many sessions fits: {@link SessionStore}. What it gives for one name is a `Storage` as any other.
 *
 * @module
 */

import type { Holder } from '../errors.ts';
import type { UserFields } from '../session.ts';
import type { Storage } from '../storage.ts';

/**
 * What the operator thinks of a session: `ok`, `suspected` (something was wrong with it; look before it is used) or `dead`
 * (the server gave it up). A dead one is never handed out by accident, and never deleted by itself.
 */
export type SessionStatus = 'ok' | 'suspected' | 'dead';

/** Who uses a session of a store. */
export interface StoreHolder extends Holder {
  /** When somebody else may have it, unless the holder renews its lease before; null for a hold that ends with its process. */
  expires: Date | null;
}

/** What a store tells of a session. Never a key. */
export interface SessionInfo {
  name: string;
  status: SessionStatus;
  /** Why it has that status, or null. */
  reason: string | null;
  /** Since when it has that status; null for one that never had another than `ok`. */
  statusSince: Date | null;
  /** The logged-in user, or null. */
  user: UserFields | null;
  /** Phone number of the account as the operator noted it, or null. */
  phone: string | null;
  /** What the operator calls it, or null. */
  label: string | null;
  /** The operator's tags, in order. */
  tags: string[];
  /** When it was saved last; null if it never was. */
  savedAt: Date | null;
  /** Who uses it now, or null. */
  holder: StoreHolder | null;
  /** The last time that it was taken from its holder by force, or null. */
  takenOver: TakeOver | null;
}

/** A session was taken from its holder by force. */
export interface TakeOver {
  /** Why, in the words of who did it. */
  reason: string;
  at: Date;
  /** From whom, in words. */
  from: string;
}

/** Which sessions are meant: those that fit every field that is given. */
export interface SessionFilter {
  userId?: number;
  /** Main username of the user, with or without `@`; upper and lower case are the same. */
  username?: string;
  /** The phone number that was noted; only its digits count. */
  phone?: string;
  /** Number of the user's home data centre. */
  dc?: number;
  bot?: boolean;
  status?: SessionStatus;
  label?: string;
  /** One of the tags. */
  tag?: string;
}

/** Which page of a store is asked for. */
export interface ListOptions {
  /** The name behind which the page begins; the first page if it is left out. It need not exist any more. */
  after?: string | null;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number;
  filter?: SessionFilter;
}

/** What an operator notes of a session. What is left out stays as it is. */
export interface SessionDetails {
  /** 1 to 256 characters, or null for none. */
  label?: string | null;
  /** At most 100 of 1 to 64 characters each. */
  tags?: readonly string[];
  /** Digits of the phone number, or null. */
  phone?: string | null;
}

/** How one session of a store is used. */
export interface StoredSessionOptions {
  /** How long `load()` waits for the holder to let go, in milliseconds. Default 0: it is refused at once. */
  wait?: number;
  /** Ends that wait. */
  signal?: AbortSignal;
  /** What this holder calls itself, for whoever is refused: the name of a service, say. Default: that of the store. */
  label?: string;
  /** Whose session it must be: another user's is refused (`WRONG_USER`), when it is loaded and when it is saved. */
  userId?: number;
  /** Hand it out though its status is `dead`, to look at it or to log in again. */
  dead?: boolean;
  /**
   * Take it from its holder by force, for this reason, which is noted beside the session. **Telegram destroys a key that
   * is used twice: stop the holder's network first.** Only for stores with leases.
   */
  takeOver?: string;
}

/** One session of a store, by its name. */
export interface StoredSession extends Storage {
  readonly name: string;
  /** Sets the status of the session, see {@link SessionStore.setStatus}. */
  setStatus(status: SessionStatus, reason?: string | null): Promise<void>;
}

/** Which free sessions are taken, and whether to wait for some. */
export interface ClaimOptions {
  /** Which ones. Without a `status` those that are `ok`; dead ones never. */
  filter?: SessionFilter;
  /** How many at most, 1 to 10,000. Default 1. */
  limit?: number;
  /** How long to wait for the first one, in milliseconds. Default 0. */
  wait?: number;
  /** Ends that wait. */
  signal?: AbortSignal;
  /** See {@link StoredSessionOptions.label}. */
  label?: string;
}

/**
 * Many sessions, each by its name. A name has 1 to 128 characters: letters, digits, and `. _ - + @ =`, the first one no
 * dot and no hyphen. Names are told apart by every character; pages are in the order of their code points.
 */
export interface SessionStore {
  /**
   * The storage of one session. Nothing happens before its `load()`, which takes the session for itself, also one that is
   * not there yet.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  session(name: string, options?: StoredSessionOptions): StoredSession;
  /** A page of the sessions, by name. An empty page is the end. @throws SessionError `INVALID_VALUE` */
  list(options?: ListOptions): Promise<SessionInfo[]>;
  /** All sessions that fit, one after the other, by name. @throws SessionError `INVALID_VALUE` */
  find(filter: SessionFilter): AsyncIterable<SessionInfo>;
  /** What is known of a session, or null. @throws SessionError `INVALID_VALUE` */
  info(name: string): Promise<SessionInfo | null>;
  /**
   * Takes free sessions: each is held by the storage that is returned for it until that is closed. An empty list where none
   * is free, after the wait.
   *
   * @throws SessionError `INVALID_VALUE`, `ABORTED`
   */
  claim(options?: ClaimOptions): Promise<StoredSession[]>;
  /** Removes a session for good, with its peers and what is aside. @returns whether it was there @throws SessionError `HELD` */
  delete(name: string): Promise<boolean>;
  /**
   * Sets the status, also while somebody holds the session.
   *
   * @param reason why, at most 256 characters
   * @throws SessionError `NOT_FOUND`, `INVALID_VALUE`
   */
  setStatus(name: string, status: SessionStatus, reason?: string | null): Promise<void>;
  /** Notes a label, tags, a phone number. @throws SessionError `NOT_FOUND`, `INVALID_VALUE` */
  describe(name: string, details: SessionDetails): Promise<void>;
  /** Closes every session that this store has open, and gives them back. The caller's database client stays open. */
  close(): Promise<void>;
}
