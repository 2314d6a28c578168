/** Errors of leases. */

import { holderText, SessionError, SessionHeldError } from '../errors.ts';
import type { StoreHolder } from './store.ts';

/** Thrown (code `HELD`) when a session of a store is in use elsewhere. */
export class LeaseHeldError extends SessionHeldError {
  override readonly holder: StoreHolder;

  constructor(name: string, holder: StoreHolder) {
    super(`The session ${name}`, holder);
    this.name = 'SessionHeldError';
    this.holder = holder;
    if (holder.expires === null) return;
    this.message = `The session ${name} is in use by ${holderText(holder)}, until ${holder.expires.toISOString()} unless it is renewed. Telegram destroys a key that is used twice: stop that process first, or wait with the option "wait".`;
  }
}

/**
 * Thrown (code `LEASE_LOST`) when a session is no longer ours: its lease was not renewed in time, or was taken by force.
 * Nothing was written. Leave the network at once; `load()` takes the session again when it is free.
 */
export class LeaseLostError extends SessionError {
  constructor(name: string, why: string, cause?: unknown) {
    super(
      'LEASE_LOST',
      `The session ${name} is no longer ours: ${why}. Nothing is saved any more; disconnect the client.`,
      { cause },
    );
    this.name = 'LeaseLostError';
  }
}
