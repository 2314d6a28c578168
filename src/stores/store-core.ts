/** What all sessions of a store with leases share. */

import type { Backend, LeaseRef, Taken, TakeOneRequest, TakeRequest, Taker } from './backend.ts';
import type { Clock } from './clock.ts';
import { Lease, type LeaseTimes } from './lease.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { SessionStatus } from './store.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Parts of a store, and what it knows. */
export interface StoreCore {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly times: LeaseTimes;
  readonly keeper: LeaseKeeper;
  readonly room: WaitingRoom;
  readonly maxPeers: number;
  /** Resolves when the database is ready. @throws SessionError `CLOSED` after `close()` of the store */
  ready(): Promise<void>;
  /** See `SessionStore`. */
  setStatus(name: string, status: SessionStatus, reason?: string | null): Promise<void>;
  /** How a holder is named, with its own label or that of the store. */
  taker(label: string | undefined): Taker;
  /** Hears errors that nobody waits for. */
  onError(error: unknown): void;
  /** A session has its lease now, or gave it back. */
  opened(session: Closable): void;
  closed(session: Closable): void;
}

/** What the store closes when it is closed. */
export interface Closable {
  close(): Promise<void>;
}

/** Asks for the lease of one session. */
export async function takeOne(
  { backend, clock, times, keeper }: StoreCore,
  request: Omit<TakeOneRequest, keyof TakeRequest> & { taker: Taker },
): Promise<Lease | Exclude<Taken, { outcome: 'taken' }>> {
  const sentAt = clock.now();
  const taken = await backend.take({ ...request, ttl: times.ttl });
  if (taken.outcome !== 'taken') return taken;
  const lease = new Lease({ name: request.name, fence: taken.fence }, sentAt, times, clock);
  keeper.keep(lease);
  return lease;
}

/** Leases that one request took. */
export function leasesOf({ clock, times, keeper }: StoreCore, refs: LeaseRef[], sentAt: number): Lease[] {
  return refs.map((ref) => {
    const lease = new Lease(ref, sentAt, times, clock);
    keeper.keep(lease);
    return lease;
  });
}

/** Gives a lease back. One that is lost needs no giving back. */
export async function giveBack({ backend, keeper }: StoreCore, lease: Lease): Promise<void> {
  keeper.letGo(lease);
  if (!lease.held.aborted) await backend.release(lease);
}
