/** {@link SaveNumbers}: a save that comes late, and one that a server has forgotten, are known by their numbers. */

import { SessionError } from '../errors.ts';
import type { LeaseRef } from './backend.ts';

/**
 * Numbers the saves of a backend. With each save goes its own number, and that of the last one under the same lease which
 * the server has acknowledged. What it keeps is the number of the last one that came about: a save with a lower number is
 * late. If it keeps less than what it has acknowledged, it has forgotten saves, and must not get what changed since alone.
 */
export class SaveNumbers {
  #last = 0;
  /** By the lease itself, which is one object for as long as it is held. */
  readonly #acknowledged = new WeakMap<LeaseRef, number>();

  /** That of a save that begins; from 1 on. */
  next(): number {
    return ++this.#last;
  }

  /** That of the last save under a lease that was acknowledged; 0 for none. */
  acknowledged(lease: LeaseRef): number {
    return this.#acknowledged.get(lease) ?? 0;
  }

  acknowledge(lease: LeaseRef, number: number): void {
    this.#acknowledged.set(lease, number);
  }
}

/**
 * The error for a server that has forgotten saves.
 *
 * @param what see `Backend.what`
 */
export function forgotError(what: string, name: string): SessionError {
  return new SessionError(
    'IO',
    `${what}: the server has lost saves of the session ${name} that it had acknowledged, as in a crash or a failover. Nothing was saved; the next save writes it whole.`,
  );
}
