/**
 * A data centre of Telegram on 127.0.0.1, for tests of clients, bots and sessions. Needs Node.js, and mtcute for TL
 * and cryptography (`npm install --save-dev @mtcute/core @mtcute/node`).
 *
 * @module
 */

export type { AccountFields } from './accounts.ts';
export type { ChannelFields, ChannelPost, ChannelUpdates } from './channel-updates.ts';
export {
  type DcPlace,
  type GramjsOptions,
  type GramjsParts,
  gramjsOptions,
  type MtcuteDc,
  type MtcuteOptions,
  type MtcuteUtils,
  mtcuteOptions,
} from './clients.ts';
export { type LoopbackAuthKeys, LoopbackDc, type LoopbackDcOptions, startLoopbackDc } from './dc.ts';
export type {
  ConnectEntry,
  DcLog,
  DisconnectEntry,
  FaultEntry,
  HandshakeEntry,
  LogEntry,
  RefusalEntry,
  RequestEntry,
  TransportEntry,
} from './log.ts';
export { RpcError } from './rpc-error.ts';
export type { Schema } from './schema.ts';
export type { Caller, ScriptedAnswer } from './state.ts';
export type { TlAnswer, TlObject } from './tl-object.ts';
export type {
  IncomingMessage,
  PushOptions,
  UpdateCounters,
  UpdateOptions,
  UserUpdates,
} from './user-updates.ts';
export type { ClientDescription } from './wrappers.ts';
