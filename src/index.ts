/**
 * The core: what a session is, where it can be kept, and what can go wrong. Runs everywhere.
 *
 * @module
 */

export type { AsideEntry, AsideStore } from './aside.ts';
export { AUTH_KEY_LENGTH, authKeyId } from './auth-key.ts';
export {
  type Holder,
  SessionError,
  type SessionErrorCode,
  type SessionErrorDetails,
  SessionHeldError,
} from './errors.ts';
export { MemorySession } from './memory.ts';
export type { Peer, PeerKey, PeerStore, Peers } from './peers.ts';
export {
  ChannelState,
  type ChannelStateFields,
  DataCenter,
  type DataCenterFields,
  Session,
  type SessionFields,
  UpdateState,
  type UpdateStateFields,
  User,
  type UserFields,
} from './session.ts';
export type { AuthKeyStatus, StatusStore } from './status.ts';
export { type OpenedSession, openSession, type Storage } from './storage.ts';
