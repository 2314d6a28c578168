/** What all sessions of a store with leases share. */

import type { Backend, LeaseRef, Taken, TakeOneRequest, TakeRequest, Taker } from './backend.ts';
import type { Clock } from './clock.ts';
import type { Closable } from './close-all.ts';
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

/** How often a lease is asked for that is over when the answer comes: the request was on its way for too long. */
const TRIES = 3;

/** Asks for the lease of one session. @throws LeaseLostError if each answer came too late */
export async function takeOne(
  core: StoreCore,
  request: Omit<TakeOneRequest, keyof TakeRequest> & { taker: Taker },
): Promise<Lease | Exclude<Taken, { outcome: 'taken' }>> {
  const { backend, clock, times, keeper } = core;
  for (let tries = 1; ; tries++) {
    const sentAt = clock.now();
    const taken = await backend.take({ ...request, ttl: times.ttl });
    if (taken.outcome !== 'taken') return taken;
    const ref = { name: request.name, fence: taken.fence };
    const lease = new Lease(ref, sentAt, times, clock);
    if (!lease.held.aborted) {
      keeper.keep(lease);
      return lease;
    }
    // A client that queues what it cannot send yet does that. By the clock of the database it may be ours for long.
    await backend.release(ref);
    if (tries === TRIES) lease.check();
  }
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
