/**
 * What a database has to do to be a store with leases: {@link Backend}. Each call is one atomic step there, and one round
 * trip where it can be. Who may do what, and when, is decided above, the same for all databases (leased-sessions.ts).
 *
 * Times are the database's own: `ttl` goes to it as a duration, and what it says of others' leases comes back as one.
 */

import type { AsideEntry } from '../aside.ts';
import type { SessionChanges } from '../changes.ts';
import type { Login } from '../login.ts';
import type { Peer, PeerKey } from '../peers.ts';
import type { Session } from '../session.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  StoreHolder,
} from './store.ts';

/** A lease, as the database knows it. */
export interface LeaseRef {
  name: string;
  /**
   * A safe integer from 1 on, which no other lease of the name has, before or after: also over a deletion, and on a server
   * that has forgotten leases. It grows, but for a clock that goes back over one of these. What carries another one is refused.
   */
  fence: number;
}

/** Who takes a lease. The database adds `since` and `expires`. */
export interface Taker {
  pid: number;
  host: string;
  label: string | null;
}

/** How a lease is asked for. */
export interface TakeRequest {
  taker: Taker;
  /** How long it lasts, in milliseconds. */
  ttl: number;
}

/** How the lease of one session is asked for. */
export interface TakeOneRequest extends TakeRequest {
  name: string;
  /** Also if its status is `dead`. */
  dead: boolean;
  /** Take it from its holder by force, and note this reason, the time and the holder; null: only if it is free. */
  takeOver: string | null;
}

/** What became of a request for one lease. */
export type Taken =
  | { outcome: 'taken'; fence: number }
  | {
      outcome: 'held';
      holder: StoreHolder /** Until it ends unless it is renewed, in ms. */;
      expiresIn: number;
    }
  | { outcome: 'dead'; reason: string | null };

/** What changes with peers, in one step. */
export interface PeerChanges {
  /** Whose peers they are from now on. */
  login: Login;
  /** Forget all peers and names that are there, before the rest. */
  clear: boolean;
  /** Peers that are new or differ. */
  put: Peer[];
  /** Peers that are forgotten; what leads to them is in `namesGone`. */
  gone: PeerKey[];
  /** Names (see `namesOf`) and the peer that each leads to from now on. */
  namesPut: [name: string, to: PeerKey][];
  /** Names that lead nowhere from now on. */
  namesGone: string[];
}

/** A session kept aside, with what is said of it. */
export interface AsideRecord {
  entry: AsideEntry;
  session: Session;
}

/** How changes are meant. */
export interface SaveOptions {
  /** `changes` is all that the session holds: what is not in it is removed, whatever was there. Default false. */
  replace?: boolean;
}

/**
 * A database with sessions and their leases.
 *
 * A session is **there** once it was saved for the first time: before, its name has at most a lease, and neither `list` nor
 * `info` shows it. What is read is checked like any input: what is no session is an error (`DAMAGED`, `INVALID_VALUE`).
 * Errors of the database become SessionError `IO`, without parameters or rows in the message.
 */
export interface Backend {
  /** Where it is, for messages, such as `PostgreSQL (schema tgsession)`. No password, no host with credentials. */
  readonly what: string;

  /** Makes tables and functions, once; at the same time as others too. Called before anything else, once if it succeeds. */
  prepare(): Promise<void>;

  /** Takes the lease of one name, if it is free or has expired, or by force. */
  take(request: TakeOneRequest): Promise<Taken>;
  /** Takes leases of free sessions that are there and fit; those that others take at the same time are passed over. */
  claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]>;
  /**
   * Lets leases last `ttl` milliseconds from now on. Says of each whether it was still ours: one that was given back is not,
   * one that has run out is as long as nobody else took it. An error in its place where that is not known, while others are:
   * it is asked for again.
   */
  renew(leases: readonly LeaseRef[], ttl: number): Promise<(boolean | Error)[]>;
  /** Gives a lease back, and tells who waits. One that is not ours any more is fine. */
  release(lease: LeaseRef): Promise<void>;
  /** For each name, how long its lease lasts unless it is renewed, in ms; 0 or less where it is free. */
  expiries(names: readonly string[]): Promise<number[]>;
  /**
   * Calls back with the name of each lease that is given back, by anybody, until the returned function is called; with null
   * when some may have been missed. Rejects where the connection cannot listen: then the waiting is done by asking.
   */
  onRelease(listener: (name: string | null) => void): Promise<() => Promise<void>>;

  /** The session of a name, or null if none was saved yet. */
  read(name: string): Promise<Session | null>;
  /**
   * Writes what changed; all of it or nothing. False, and nothing is written, if the lease is not ours any more (see
   * {@link Backend.renew}). Changes that are empty make a session that is there, and empty.
   *
   * The lease is the same object in all saves under it: what a backend knows of the saves before goes by that.
   *
   * A save whose end is not known (`IO`) may still come about; not after a later save of this backend and lease, though.
   * The next one has to `replace`, as what was stored before it is not known. A server that has forgotten saves which it had
   * acknowledged gets nothing that only changes them: `IO` as well.
   */
  save(lease: LeaseRef, changes: SessionChanges, options?: SaveOptions): Promise<boolean>;

  list(options: Required<ListOptions>): Promise<SessionInfo[]>;
  info(name: string): Promise<SessionInfo | null>;
  /** Removes a session and all that belongs to it, if nobody holds it. */
  delete(name: string): Promise<'deleted' | 'absent' | StoreHolder>;
  /** False if the session is not there. */
  setStatus(name: string, status: SessionStatus, reason: string | null): Promise<boolean>;
  /** False if the session is not there. */
  describe(name: string, details: SessionDetails): Promise<boolean>;

  readonly peers: PeerBackend;
  readonly aside: AsideBackend;
  /** Ends what the backend itself has opened. */
  close(): Promise<void>;
}

/** The peers of sessions. Only the holder of a session asks, one call after the other. */
export interface PeerBackend {
  /** How many peers one write may put, where more would keep the database from everybody else for too long. */
  readonly atOnce?: number;
  /** Whose peers are there, or null for none. */
  login(name: string): Promise<Login | null>;
  /** Those of some peers that are there, in any order. */
  get(name: string, keys: readonly PeerKey[]): Promise<Peer[]>;
  /** Where names lead, those that lead somewhere, in any order. */
  named(name: string, names: readonly string[]): Promise<[name: string, peer: Peer][]>;
  /** Those behind a key, in an order that is the backend's own. */
  page(name: string, after: PeerKey | null, limit: number): Promise<Peer[]>;
  /** Those that were seen least recently, those with no `seen` first. */
  oldest(name: string, limit: number): Promise<Peer[]>;
  count(name: string): Promise<number>;
  /** Writes. False, and nothing is written, if the lease is not ours any more. */
  write(lease: LeaseRef, changes: PeerChanges): Promise<boolean>;
}

/** The sessions kept aside, of sessions. Only the holder of a session asks. */
export interface AsideBackend {
  /** All, the oldest first. */
  list(name: string): Promise<AsideRecord[]>;
  /**
   * Keeps one, under an id that is new for this name, in the place of those with the ids `instead`. Also for a name whose
   * session was not saved yet.
   *
   * @returns the id, or null if the lease is not ours any more
   */
  put(
    lease: LeaseRef,
    record: Omit<AsideRecord, 'entry'> & { reason: string; since: Date; instead: string[] },
  ): Promise<string | null>;
  /** Removes one. False if the lease is not ours any more. */
  delete(lease: LeaseRef, id: string): Promise<boolean>;
}
