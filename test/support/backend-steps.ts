/** Steps that tests of backends begin with. */

import { expect } from 'vitest';
import { LastSaved, type SessionChanges } from '../../src/changes.ts';
import type { Session } from '../../src/index.ts';
import type { Backend, LeaseRef, Taken, TakeOneRequest } from '../../src/stores/backend.ts';

/** Longer than any test takes. */
export const LONG = 600_000;

/** Who takes, if it does not matter. */
export const TAKER = { pid: 4711, host: 'machine-1', label: 'worker' };

/** Asks for a lease. */
export function take(backend: Backend, name: string, options: Partial<TakeOneRequest> = {}): Promise<Taken> {
  return backend.take({ name, taker: TAKER, ttl: LONG, dead: false, takeOver: null, ...options });
}

/** Takes a lease, which must be free. */
export async function taken(
  backend: Backend,
  name: string,
  options: Partial<TakeOneRequest> = {},
): Promise<LeaseRef> {
  const answer = await take(backend, name, options);
  expect(answer.outcome).toBe('taken');
  return { name, fence: answer.outcome === 'taken' ? answer.fence : 0 };
}

/** All that is in a session, as changes. */
export function allOf(session: Session): SessionChanges {
  return changesBetween(null, session);
}

/** What leads from one session to another; nothing at all where they are the same. */
export function changesBetween(before: Session | null, after: Session): SessionChanges {
  const changes = new LastSaved(before).changesTo(after);
  return (
    changes ?? {
      dcsPut: [],
      dcsGone: [],
      user: undefined,
      state: undefined,
      channelsPut: [],
      channelsGone: [],
    }
  );
}

/** Takes a lease and saves a session under it. The lease is kept. */
export async function heldWith(backend: Backend, name: string, session: Session): Promise<LeaseRef> {
  const lease = await taken(backend, name);
  expect(await backend.save(lease, allOf(session))).toBe(true);
  return lease;
}

/** Saves a session and gives its lease back. */
export async function put(backend: Backend, name: string, session: Session): Promise<void> {
  await backend.release(await heldWith(backend, name, session));
}

/** Waits until leases of names have run out, by the database's own account. */
export async function runOut(backend: Backend, ...names: string[]): Promise<void> {
  for (;;) {
    const left = Math.max(...(await backend.expiries(names)));
    if (left <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 100) + 1));
  }
}
