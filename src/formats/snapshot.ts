/** What travels in a conversion: the session, and what comes with it in the formats that have more. */

import type { Peers } from '../peers.ts';
import type { DataCenter, Session } from '../session.ts';

/** A value that JSON can hold; integers that may exceed 2^53 are decimal text. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A data centre that serves files, where it is not the main one itself. It has the key of its number. */
export interface MediaDc {
  /** Number of the data centre. */
  id: number;
  /** `ip:port` over IPv4, or null. */
  ipv4Addr: string | null;
  /** `ip:port` over IPv6, not bracketed, or null. */
  ipv6Addr: string | null;
  /** Whether it serves nothing else. */
  mediaOnly: boolean;
}

/** Which account of a source with several. */
export interface Account {
  /** The number that the source gives it: a place in a list from 0, or the number of a slot. */
  index: number;
  /** Whether it is the one in use; null where the source does not say. */
  active: boolean | null;
}

/** One account as a format holds it. */
export interface Snapshot {
  /** The session. */
  session: Session;
  /** Where it comes from: format name, its version (null where it has none), and which fork of a library wrote it. */
  origin: { format: string; version: number | null; fork?: string };
  /** Which account it is, in a source that may hold several; null in one that holds just one. */
  account: Account | null;
  /**
   * Whether somebody is logged in: false where the source says that nobody is, although it may have keys; null where
   * it does not say, which is so in all formats that hold no user.
   */
  loggedIn: boolean | null;
  /** Whether the source tells bots from people. Where it is false, `session.user.bot` is an assumption. */
  botKnown: boolean;
  /** The data centre that the account lives on, or null where the source does not say. */
  mainDc: number | null;
  /** Ids of the data centres whose keys are logged in; null where the source does not tell them from others. */
  authorizedDcs: readonly number[] | null;
  /** Keys that the client has yet to log out at the server: data centres without addresses, ids may repeat. */
  keysToDestroy: readonly DataCenter[];
  /** The data centre for files, or null where it is the main one, or the source does not say. */
  mediaDc: MediaDc | null;
  /** Whether it belongs to the test servers; null where the source does not say. */
  testMode: boolean | null;
  /** Application id that the key was made with, or null. */
  apiId: number | null;
  /** Phone number of the account, digits only, or null. */
  phone: string | null;
  /**
   * All usernames of the account without `@`, the main one first, where the source knows more than the main one;
   * otherwise empty.
   */
  usernames: readonly string[];
  /** Id of an open takeout (data export), 64 bits, signed, or null. */
  takeoutId: bigint | null;
  /** Whom the account has met. */
  peers: Peers;
  /**
   * The rest of what the source holds, by names of the field, without secrets. For people and for `inspect`:
   * no writer depends on it.
   */
  extra: { [key: string]: JsonValue };
  /** Assumptions that were made in reading, each a sentence. */
  notes: string[];
}

/** A snapshot of a session with nothing beside it; fields given replace the empty ones. */
export function snapshotOf(session: Session, fields: Partial<Snapshot> = {}): Snapshot {
  return {
    session,
    origin: { format: 'session', version: 1 },
    account: null,
    loggedIn: session.user === null ? null : true,
    botKnown: true,
    mainDc: session.user?.dc ?? null,
    authorizedDcs: null,
    keysToDestroy: [],
    mediaDc: null,
    testMode: null,
    apiId: null,
    phone: null,
    usernames: [],
    takeoutId: null,
    peers: [],
    extra: {},
    notes: [],
    ...fields,
  };
}
