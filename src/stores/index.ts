/**
 * Stores of many sessions: the seam, the store in memory, and opening any of them by a path or a URL.
 *
 * @module
 */

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
