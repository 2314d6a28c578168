/** {@link LeasedSessions}: many sessions in a database, each with a lease. */

import { hostname } from 'node:os';
import { checkInteger, checkObject, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { checkMaxPeers } from '../peers/check.ts';
import { inOrder } from '../storage.ts';
import type { Backend, Taker } from './backend.ts';
import {
  checkClaimOptions,
  checkDetails,
  checkHolderLabel,
  checkListOptions,
  checkSessionOptions,
  checkStatus,
  checkStatusReason,
} from './checks.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Closable, closeAll } from './close-all.ts';
import { findIn } from './find.ts';
import type { LeaseTimes } from './lease.ts';
import { LeaseHeldError } from './lease-errors.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LeasedSession } from './leased-session.ts';
import { checkName } from './names.ts';
import type {
  ClaimOptions,
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  SessionStore,
  StoredSession,
  StoredSessionOptions,
} from './store.ts';
import { giveBack, leasesOf, type StoreCore } from './store-core.ts';
import { abortError, WaitingRoom } from './waiting-room.ts';

/** Options of every store with leases. */
export interface LeasedSessionsOptions {
  /** How long leases last. */
  lease?: {
    /**
     * For how many milliseconds a lease lasts after it was taken or renewed, 1,000 to 86,400,000; it is renewed when a
     * quarter of that is over. So long, at most, a session stays out of use when its holder dies. Default 30,000.
     */
    ttl?: number;
    /**
     * How many milliseconds before its end the holder gives up (`held` aborts) if it could not be renewed: the time to be off
     * the network. From 0 to half of `ttl`. Default a sixth of `ttl`.
     */
    margin?: number;
  };
  /** What this holder calls itself, for whoever is refused: the name of a service, say. */
  label?: string;
  /** How many peers each session keeps at most. Default 100,000. */
  maxPeers?: number;
  /**
   * Hears errors that no call can tell: a renewal that failed and is tried again, a listener that was cut off. Without it
   * they are left unsaid: what comes of them is told by `held`.
   */
  onError?(error: unknown): void;
}

/**
 * Many sessions in a database, each used by one holder at a time, on whichever machine.
 *
 * - **One holder.** `load()` takes the lease of a session, renews it in the background, and `close()` gives it back. Another
 *   one is refused with a `SessionHeldError` that names the holder, or waits (`wait`).
 * - **A lost lease is told in time.** `held` aborts before anybody else may begin; leave the network then.
 * - **A stale holder writes nothing.** Each write carries the number of its lease (the fence); an older one is refused with
 *   `LEASE_LOST`, however late it comes.
 */
export class LeasedSessions implements SessionStore {
  readonly #core: StoreCore;
  readonly #open = new Set<Closable>();
  #preparing: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  readonly #ending = new AbortController();

  /** @throws SessionError `INVALID_VALUE` */
  constructor(backend: Backend, options: LeasedSessionsOptions = {}, clock: Clock = systemClock) {
    const { lease, label, maxPeers, onError } = checkObject('options', '', options);
    const times = checkTimes(lease);
    const ownLabel = checkHolderLabel(label);
    const host = hostname();
    const hear = (error: unknown) => onError?.call(options, error);
    this.#core = {
      backend,
      clock,
      times,
      keeper: new LeaseKeeper(backend, times, clock, hear),
      room: new WaitingRoom(backend, clock, hear),
      maxPeers: checkMaxPeers(maxPeers ?? 100_000),
      ready: () => this.#ready(),
      setStatus: (...args) => this.setStatus(...args),
      taker: (own): Taker => ({ pid: process.pid, host, label: own ?? ownLabel }),
      onError: hear,
      opened: (session) => this.#open.add(session),
      closed: (session) => this.#open.delete(session),
    };
  }

  session(name: string, options?: StoredSessionOptions): StoredSession {
    return new LeasedSession(this.#core, checkName(name), checkSessionOptions(options));
  }

  async list(options?: ListOptions): Promise<SessionInfo[]> {
    const checked = checkListOptions(options);
    await this.#ready();
    return this.#core.backend.list(checked);
  }

  find(filter: SessionFilter): AsyncIterable<SessionInfo> {
    return findIn(this, filter);
  }

  async info(name: string): Promise<SessionInfo | null> {
    checkName(name);
    await this.#ready();
    return this.#core.backend.info(name);
  }

  async claim(options?: ClaimOptions): Promise<StoredSession[]> {
    const { wait = 0, signal: own, ...asked } = checkClaimOptions(options);
    await this.#ready();
    const ending = this.#ending.signal;
    const signal = own === undefined ? ending : AbortSignal.any([own, ending]);
    if (signal.aborted) throw abortError(signal);
    const first = await this.#claimNow(asked, signal);
    if (first.length > 0 || wait === 0) return first;
    const { room, clock } = this.#core;
    const deadline = clock.now() + wait;
    const ticket = await room.enter(null);
    try {
      for (;;) {
        const claimed = await this.#claimNow(asked, signal);
        const left = deadline - clock.now();
        if (claimed.length > 0 || left <= 0) return claimed;
        await ticket.turn(null, left, signal);
      }
    } finally {
      ticket.leave();
    }
  }

  async delete(name: string): Promise<boolean> {
    checkName(name);
    await this.#ready();
    const outcome = await this.#core.backend.delete(name);
    if (typeof outcome === 'object') throw new LeaseHeldError(name, outcome);
    return outcome === 'deleted';
  }

  async setStatus(name: string, status: SessionStatus, reason: string | null = null): Promise<void> {
    checkName(name);
    const checked = [checkStatus(status), checkStatusReason(reason)] as const;
    await this.#ready();
    if (!(await this.#core.backend.setStatus(name, ...checked))) throw this.#notFound(name);
  }

  async describe(name: string, details: SessionDetails): Promise<void> {
    checkName(name);
    const checked = checkDetails(details);
    await this.#ready();
    if (!(await this.#core.backend.describe(name, checked))) throw this.#notFound(name);
  }

  close(): Promise<void> {
    this.#ending.abort(this.#isClosed());
    this.#closing ??= inOrder([
      () => closeAll(this.#open),
      () => this.#core.room.close(),
      () => this.#core.backend.close(),
    ]);
    return this.#closing;
  }

  toString(): string {
    return this.#core.backend.what;
  }

  async #claimNow(
    { filter, limit, label }: { filter: SessionFilter; limit: number; label?: string },
    signal: AbortSignal,
  ): Promise<StoredSession[]> {
    const { backend, clock, times, taker } = this.#core;
    const sentAt = clock.now();
    const refs = await backend.claim({ taker: taker(label), ttl: times.ttl, filter, limit });
    const leases = leasesOf(this.#core, refs, sentAt);
    if (signal.aborted) {
      await Promise.allSettled(leases.map((lease) => giveBack(this.#core, lease)));
      throw abortError(signal);
    }
    const options = label === undefined ? {} : { label };
    return leases.map((lease) => {
      const session = new LeasedSession(this.#core, lease.name, options, lease);
      this.#open.add(session);
      return session;
    });
  }

  async #ready(): Promise<void> {
    this.#ending.signal.throwIfAborted();
    this.#preparing ??= this.#core.backend.prepare().catch((error) => {
      this.#preparing = null;
      throw error;
    });
    await this.#preparing;
  }

  #isClosed(): SessionError {
    return new SessionError('CLOSED', `The store ${this} was closed.`);
  }

  #notFound(name: string): SessionError {
    return new SessionError('NOT_FOUND', `There is no session ${name} in ${this}.`);
  }
}

/** @throws SessionError `INVALID_VALUE` */
function checkTimes(lease: LeasedSessionsOptions['lease'] = {}): LeaseTimes {
  const { ttl = 30_000, margin } = checkObject('options', 'lease', lease);
  checkInteger('options.lease', 'ttl', ttl, 1000, 86_400_000);
  if (margin === undefined) return { ttl, margin: Math.round(ttl / 6) };
  if (typeof margin !== 'number' || !(margin >= 0 && margin <= ttl / 2)) {
    refuse('options.lease', 'margin', 'from 0 to half of ttl, in milliseconds', margin);
  }
  return { ttl, margin };
}
