/** What travels in a conversion: the session, and what comes with it in the formats that have more. */

import type { Peer } from '../peers.ts';
import type { Session } from '../session.ts';

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

/** One account as a format holds it. */
export interface Snapshot {
  /** The session. */
  session: Session;
  /** Where it comes from: format name, its version (null where it has none), and which fork of a library wrote it. */
  origin: { format: string; version: number | null; fork?: string };
  /** The data centre that the account lives on, or null where the source does not say. */
  mainDc: number | null;
  /** The data centre for files, or null where it is the main one, or the source does not say. */
  mediaDc: MediaDc | null;
  /** Whether it belongs to the test servers; null where the source does not say. */
  testMode: boolean | null;
  /** Application id that the key was made with, or null. */
  apiId: number | null;
  /** Phone number of the account, digits only, or null. */
  phone: string | null;
  /** Id of an open takeout (data export), 64 bits, signed, or null. */
  takeoutId: bigint | null;
  /** Whom the account has met. */
  peers: Peer[];
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
    mainDc: session.user?.dc ?? null,
    mediaDc: null,
    testMode: null,
    apiId: null,
    phone: null,
    takeoutId: null,
    peers: [],
    extra: {},
    notes: [],
    ...fields,
  };
}
