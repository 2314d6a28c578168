/**
 * Many sessions in PostgreSQL, each with a lease.
 *
 * @module
 */

export { LeaseHeldError, LeaseLostError } from '../lease-errors.ts';
export type { LeasedSessionsOptions } from '../leased-sessions.ts';
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
} from '../store.ts';
export type { PostgresClient } from './client.ts';
export type { PostgresOptions } from './postgres-backend.ts';
export { PostgresSessions, type PostgresSessionsOptions } from './postgres-sessions.ts';
