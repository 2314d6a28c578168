/**
 * Stores of many sessions: the seam, the store in memory, and opening any of them by a path or a URL, and handing
 * them over.
 *
 * @module
 */

export { type HandoverOptions, type HandoverSignal, handover } from './handover.ts';
export { LeaseHeldError, LeaseLostError } from './lease-errors.ts';
export type { LeasedSessionsOptions } from './leased-sessions.ts';
export { MemorySessions } from './memory/memory-sessions.ts';
export { type OpenStoreOptions, openStore } from './open-store.ts';
export type {
  ClaimOptions,
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  SessionStore,
  StoredSession,
  StoredSessionOptions,
  StoreHolder,
  TakeOver,
} from './store.ts';
