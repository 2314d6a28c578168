/** What a store in memory keeps of one name. */

import type { Session } from '../../session.ts';
import type { AsideRecord, LeaseRef } from '../backend.ts';
import type { SessionInfo, StoreHolder } from '../store.ts';
import { PeerShelf } from './peer-shelf.ts';

/** A row, which is made when its name is first taken, and stays: its fence never goes down. */
export interface MemoryRow {
  /** The session; null as long as none was saved. */
  session: Session | null;
  notes: Pick<
    SessionInfo,
    'status' | 'reason' | 'statusSince' | 'phone' | 'label' | 'tags' | 'savedAt' | 'takenOver'
  >;
  fence: number;
  /** Who holds it, also if that has run out; null once it was given back. */
  holder: Omit<StoreHolder, 'expires'> | null;
  /** When the lease ends, in milliseconds of the store's clock. */
  until: number;
  peers: PeerShelf;
  aside: AsideRecord[];
  lastAside: number;
}

/** The row of a name that nobody has used since some fence. */
export function newRow(fence: number): MemoryRow {
  return {
    session: null,
    notes: {
      status: 'ok',
      reason: null,
      statusSince: null,
      phone: null,
      label: null,
      tags: [],
      savedAt: null,
      takenOver: null,
    },
    fence,
    holder: null,
    until: 0,
    peers: new PeerShelf(),
    aside: [],
    lastAside: 0,
  };
}

/** Whether a lease is the one of the row, and was not given back. */
export function isOurs(row: MemoryRow | undefined, { fence }: LeaseRef): row is MemoryRow {
  return row !== undefined && row.fence === fence && row.holder !== null;
}
