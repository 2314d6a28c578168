/** All that a data centre is: what the answers to methods work with. */

import type { Account, Accounts } from './accounts.ts';
import type { AuthKeys, KeyEntry } from './auth-keys.ts';
import type { ChannelUpdates } from './channel-updates.ts';
import type { DcLog } from './log.ts';
import type { Logins } from './logins.ts';
import { RpcError } from './rpc-error.ts';
import type { RsaKey } from './rsa-key.ts';
import type { Schemas } from './schema.ts';
import type { ClientSession, Sessions } from './sessions.ts';
import type { TlAnswer, TlObject } from './tl-object.ts';
import type { Toolkit } from './toolkit.ts';
import type { UserUpdates } from './user-updates.ts';

/** Who calls a method, as an answer of a test sees it. */
export interface Caller {
  /** Who is logged in with the key, or null. */
  readonly user: number | null;
  /** Id of the key, 16 hexadecimal digits. */
  readonly authKeyId: string;
  /** The layer of the client. */
  readonly layer: number;
  /** Number of the connection, as in the log. */
  readonly connection: number;
}

/**
 * An answer that a test gives in place of the data centre. It may throw an {@link RpcError}; undefined lets the data
 * centre answer.
 */
export type ScriptedAnswer = (
  request: TlObject,
  caller: Caller,
) => TlAnswer | undefined | Promise<TlAnswer | undefined>;

/** The inside of a data centre. */
export interface DcState {
  readonly id: number;
  readonly testMode: boolean;
  readonly toolkit: Toolkit;
  readonly rsa: RsaKey;
  readonly serverSalt: bigint;
  readonly keys: AuthKeys;
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly updates: Map<number, UserUpdates>;
  readonly channels: Map<number, ChannelUpdates>;
  readonly log: DcLog;
  readonly schemas: Schemas;
  readonly scripted: Map<string, ScriptedAnswer>;
  /** This data centre and those beside it, by number. */
  readonly network: Map<number, DcState>;
  /** The port that it listens on. */
  port: number;
  /** Tells the connected clients of a user, but not the connection that caused it. */
  deliver(user: number, updates: TlObject, except?: number): void;
  /** Tells whoever uses a key, logged in or not. */
  deliverToKey(keyId: string, updates: TlObject): void;
}

/** One call of a method. */
export interface Call {
  readonly state: DcState;
  /** The permanent key. */
  readonly key: KeyEntry;
  readonly session: ClientSession;
  readonly connection: number;
  /** The port that the client came to. */
  readonly port: number;
}

/** The answer of a method. */
export type Method = (request: TlObject, call: Call) => TlAnswer | Promise<TlAnswer>;

/** The account that is logged in with the key of a call. Throws the RPC error if there is none. */
export function accountOf({ state, key }: Call): Account {
  if (key.passwordOf !== null) throw new RpcError(401, 'SESSION_PASSWORD_NEEDED');
  const account = key.user === null ? undefined : anyAccount(state, key.user);
  if (account === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED');
  return account;
}

/** An account of this data centre or of one beside it. */
export function anyAccount(state: DcState, id: number): Account | undefined {
  for (const { accounts } of state.network.values()) {
    const found = accounts.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The number of the data centre beside this one for which something is found there, or undefined. */
export function elsewhere(state: DcState, find: (accounts: Accounts) => unknown): number | undefined {
  const others = [...state.network.values()].filter((other) => other !== state);
  return others.find(({ accounts }) => find(accounts) !== undefined)?.id;
}
