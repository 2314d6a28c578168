/** {@link Lease}: the exclusive use of one session, for as long as it is renewed. */

import type { LeaseRef } from './backend.ts';
import type { Clock } from './clock.ts';
import { LeaseLostError } from './lease-errors.ts';

/** How long leases last, in milliseconds. */
export interface LeaseTimes {
  /** From its last renewal on, by the clock of the database, nobody else may have it for so long. */
  ttl: number;
  /** How long before that the holder stops: for its last words to be off the network, and for clocks that run unevenly. */
  margin: number;
}

/**
 * A lease that was taken. `held` aborts `ttl - margin` after the request that took or renewed it last **was sent**: the
 * database counts from when it came in, so that nobody else can begin before. The holder's own clock decides, never the
 * time of day.
 */
export class Lease implements LeaseRef {
  readonly name: string;
  readonly fence: number;
  readonly #times: LeaseTimes;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #renewedAt: number;
  #stopTimer = () => {};

  /** @param sentAt when the request that took it was sent, by the clock */
  constructor({ name, fence }: LeaseRef, sentAt: number, times: LeaseTimes, clock: Clock) {
    this.name = name;
    this.fence = fence;
    this.#times = times;
    this.#clock = clock;
    this.#renewedAt = sentAt;
    this.#watch();
  }

  /**
   * Aborts, with a {@link LeaseLostError}, when the session may be somebody else's soon. Who asks for it is told by the
   * clock, also where no timer has had its turn yet: in a process that was stopped and goes on, others may come first.
   */
  get held(): AbortSignal {
    if (this.#isOver()) this.#runOut();
    return this.#controller.signal;
  }

  /** When the request was sent that took or renewed it last, by the clock. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  /** The lease was renewed by a request that was sent at a time. Comes too late if it was over before. */
  renewed(sentAt: number): void {
    if (this.#isOver()) this.#runOut();
    else this.#renewedAt = Math.max(this.#renewedAt, sentAt);
  }

  /** The database said that it is somebody else's. */
  lost(): void {
    this.#abort(new LeaseLostError(this.name, 'somebody else has it'));
  }

  /** @throws LeaseLostError if it is not ours any more, also if no timer has had its turn yet to say so */
  check(): void {
    this.held.throwIfAborted();
  }

  /** It is given back: `held` does not abort any more. */
  end(): void {
    this.#stopTimer();
  }

  #isOver(): boolean {
    return this.#clock.now() >= this.#renewedAt + this.#times.ttl - this.#times.margin;
  }

  /** One timer for each renewal would be many: this one, when it goes off, looks whether it was renewed meanwhile. */
  #watch(): void {
    const left = this.#renewedAt + this.#times.ttl - this.#times.margin - this.#clock.now();
    this.#stopTimer = this.#clock.after(left, () => (this.#isOver() ? this.#runOut() : this.#watch()));
  }

  #runOut(): void {
    const seconds = Math.round((this.#clock.now() - this.#renewedAt) / 100) / 10;
    this.#abort(new LeaseLostError(this.name, `its lease could not be renewed for ${seconds} s`));
  }

  #abort(error: LeaseLostError): void {
    this.#stopTimer();
    if (!this.#controller.signal.aborted) this.#controller.abort(error);
  }
}
