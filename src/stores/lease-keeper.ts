/** {@link LeaseKeeper}: renews all leases of a process, many in one request. */

import type { Backend } from './backend.ts';
import type { Clock } from './clock.ts';
import type { Lease, LeaseTimes } from './lease.ts';

/** Leases that one request renews at most. */
const BATCH = 1000;
/** A lease is renewed when this part of its time is over, so that two requests may fail before it is lost. */
const RENEW_AFTER = 1 / 4;
/** How often it is looked which ones are to be renewed, as a part of their time. */
const LOOK_EVERY = 1 / 16;

/** Keeps leases: renews them until they are let go. */
export class LeaseKeeper {
  readonly #backend: Pick<Backend, 'renew'>;
  readonly #times: LeaseTimes;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #leases = new Set<Lease>();
  /** Those that a request under way is about. */
  readonly #asked = new Set<Lease>();
  #stopTimer: (() => void) | null = null;

  /** @param onError hears why leases could not be renewed; they are tried again until they run out */
  constructor(
    backend: Pick<Backend, 'renew'>,
    times: LeaseTimes,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#backend = backend;
    this.#times = times;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Renews a lease from now on. */
  keep(lease: Lease): void {
    this.#leases.add(lease);
    this.#stopTimer ??= this.#later();
  }

  /** Renews it no more. */
  letGo(lease: Lease): void {
    this.#leases.delete(lease);
    lease.end();
    if (this.#leases.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #later(): () => void {
    return this.#clock.after(this.#times.ttl * LOOK_EVERY, () => {
      this.#stopTimer = this.#later();
      this.#renewDue();
    });
  }

  #renewDue(): void {
    const now = this.#clock.now();
    const due: Lease[] = [];
    for (const lease of this.#leases) {
      if (lease.held.aborted) this.#leases.delete(lease);
      else if (!this.#asked.has(lease) && now >= lease.renewedAt + this.#times.ttl * RENEW_AFTER)
        due.push(lease);
    }
    for (let i = 0; i < due.length; i += BATCH) void this.#renew(due.slice(i, i + BATCH));
  }

  async #renew(leases: Lease[]): Promise<void> {
    for (const lease of leases) this.#asked.add(lease);
    // An answer that never comes must not keep them from being asked for again.
    const stopTimer = this.#clock.after(this.#times.ttl * RENEW_AFTER, () => this.#answered(leases));
    const sentAt = this.#clock.now();
    try {
      const ours = await this.#backend.renew(leases, this.#times.ttl);
      for (const [i, lease] of leases.entries()) {
        // One that was let go meanwhile is of no interest, and may be somebody else's.
        if (!this.#leases.has(lease)) continue;
        if (ours[i] === true) lease.renewed(sentAt);
        else if (!(ours[i] instanceof Error)) lease.lost();
      }
      const failed = ours.find((each) => each instanceof Error);
      if (failed !== undefined) this.#onError(failed);
    } catch (error) {
      this.#onError(error);
    } finally {
      stopTimer();
      this.#answered(leases);
    }
  }

  #answered(leases: Lease[]): void {
    for (const lease of leases) this.#asked.delete(lease);
  }
}
