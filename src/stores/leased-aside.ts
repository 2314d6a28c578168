/** Sessions kept aside, of a session of a store with leases. */

import { type AsideEntry, type AsideStore, checkReason, entryOf, isSameKey } from '../aside.ts';
import { checkObject } from '../check.ts';
import { Session } from '../session.ts';
import { LeaseLostError } from './lease-errors.ts';
import type { OpenLease } from './leased-session.ts';
import type { StoreCore } from './store-core.ts';

/** Runs a call when its turn has come, with the lease. @throws SessionError `CLOSED`, `LEASE_LOST` */
export type InLease = <T>(call: (open: OpenLease) => Promise<T>) => Promise<T>;

/** Each call is as durable as a save when it resolves. */
export class LeasedAside implements AsideStore {
  readonly #core: StoreCore;
  readonly #inLease: InLease;

  constructor(core: StoreCore, inLease: InLease) {
    this.#core = core;
    this.#inLease = inLease;
  }

  async put(session: Session, reason: string): Promise<AsideEntry> {
    const copy = new Session(checkObject('Session', '', session));
    checkReason(reason);
    return this.#inLease(async ({ lease }) => {
      const { aside } = this.#core.backend;
      const entry = entryOf('', copy, reason, new Date());
      const others = await aside.list(lease.name);
      const instead = others.filter((other) => isSameKey(other.entry, entry)).map((other) => other.entry.id);
      const id = await aside.put(lease, { session: copy, reason, since: entry.since, instead });
      if (id === null) throw lostNow(lease);
      return { ...entry, id };
    });
  }

  list(): Promise<AsideEntry[]> {
    return this.#inLease(async ({ lease }) => {
      const records = await this.#core.backend.aside.list(lease.name);
      return records.map(({ entry }) => entry);
    });
  }

  get(id: string): Promise<Session | null> {
    return this.#inLease(async ({ lease }) => {
      const records = await this.#core.backend.aside.list(lease.name);
      return records.find(({ entry }) => entry.id === id)?.session ?? null;
    });
  }

  forget(id: string): Promise<void> {
    return this.#inLease(async ({ lease }) => {
      if (!(await this.#core.backend.aside.delete(lease, id))) throw lostNow(lease);
    });
  }
}

/** The database refused a write: the lease is somebody else's. */
export function lostNow(lease: OpenLease['lease']): LeaseLostError {
  lease.lost();
  return new LeaseLostError(lease.name, 'somebody else has it');
}
