/**
 * Any storage inside a client of mtcute (@mtcute/core 0.29 and later; docs/clients/mtcute.md).
 *
 * @module
 */

import type { AsideStore } from '../aside.ts';
import { MemoryPeers } from '../peers/memory.ts';
import { addressesOf } from '../server-address.ts';
import type { Storage } from '../storage.ts';
import { type ClientStorageOptions, LiveSession } from './live-session.ts';
import { AuthKeys, type DefaultDc } from './mtcute/auth-keys.ts';
import { Driver } from './mtcute/driver.ts';
import { KeyValues } from './mtcute/key-values.ts';
import { CachedPeers } from './mtcute/peers.ts';
import type { MtcuteLog, MtcuteProvider } from './mtcute/provider.ts';
import { References } from './mtcute/references.ts';
import { type RequestMiddleware, serverErrors } from './mtcute/server-errors.ts';

export type { AsideEntry, AsideStore } from '../aside.ts';
export type { ClientStorageOptions } from './live-session.ts';
export type {
  MtcuteAuthKeys,
  MtcuteDriver,
  MtcuteKeyValues,
  MtcuteLog,
  MtcutePeer,
  MtcutePeers,
  MtcuteProvider,
  MtcuteReferences,
} from './mtcute/provider.ts';
export type { RequestContext, RequestMiddleware } from './mtcute/server-errors.ts';

/** Options of {@link mtcuteStorage}. */
export interface MtcuteStorageOptions extends ClientStorageOptions {
  /** The same as the client's, if it has one: its sessions are those of the test servers then. */
  testMode?: boolean;
  /**
   * The same as the client's, if it has one. Where its own default is the client does not tell a storage; with this the
   * address is kept in the session, for other clients.
   */
  defaultDcs?: { main: { id: number; ipAddress: string; port: number } };
}

/** As much of a client of mtcute as has to be disconnected. */
export interface MtcuteClient {
  disconnect(): Promise<void>;
}

/** What a client of mtcute is given as its `storage`. */
export interface MtcuteStorage extends MtcuteProvider {
  /**
   * Loads the session before the client does, so that who cannot have it hears it here. A client whose storage cannot be
   * loaded rejects too, but mtcute leaves some of those rejections unhandled, which ends a program of Node.js.
   *
   * @throws what `load()` of the storage throws, such as a `SessionHeldError`
   */
  open(): Promise<void>;
  /**
   * Sees in the answers of the server that the session is dead (`onDead`). To be put first in the client's
   * `network.middlewares`.
   */
  readonly middleware: RequestMiddleware;
  /** Disconnects a client when the session is no longer ours alone (`Storage.held` aborts). */
  attach(client: MtcuteClient): void;
  /** Sessions kept aside: those of the storage, or in memory if the storage keeps none. */
  readonly aside: AsideStore;
  /** Resolves when all that the client saved until now is durable. @throws what the storage threw */
  flush(): Promise<void>;
}

/**
 * A storage of a client of mtcute, on any `Storage`. The client loads, saves and closes it.
 *
 * ```ts
 * import { networkMiddlewares, TelegramClient } from '@mtcute/node';
 * import { mtcuteStorage } from 'tgsession/clients/mtcute';
 * import { SqliteSession } from 'tgsession/sqlite';
 *
 * const storage = mtcuteStorage(new SqliteSession('alice'), { onError: console.error, onDead: console.error });
 * const middlewares = [storage.middleware, ...networkMiddlewares.basic()];
 * const client = new TelegramClient({ apiId: 1, apiHash: '…', storage, network: { middlewares } });
 * storage.attach(client);
 *
 * await storage.open(); // or an error: it is in use elsewhere, say
 * // … await client.start({ … })
 * await client.destroy();
 * ```
 *
 * - Keys are durable when `authKeys.set` resolves, the rest when `driver.save` does. Errors are told to `onError`; a save
 *   rejects too where it was to save a login or a logout, so that no login is taken for done that is not kept.
 * - Peers are kept in `storage.peers`, or in memory where the storage has none. Salts, temporary keys, and references to
 *   messages are in memory only.
 *
 * @throws SessionError `INVALID_VALUE` for a default data centre that has no address
 */
export function mtcuteStorage(storage: Storage, options: MtcuteStorageOptions = {}): MtcuteStorage {
  let log: MtcuteLog | undefined;
  const logError = (error: unknown) => {
    if (log === undefined) console.error('tgsession:', textOf(error));
    else log.error('tgsession: %s', textOf(error));
  };
  const clients = new Set<MtcuteClient>();
  const live = new LiveSession(storage, {
    ...options,
    onError: options.onError?.bind(options) ?? logError,
    onHeldLost(reason) {
      for (const client of clients) client.disconnect().catch((error) => live.fail(error));
      options.onHeldLost?.(reason);
    },
  });
  const keys = new AuthKeys(live, () => kv.mainDc, defaultDcOf(options));
  let memory: MemoryPeers | null = null;
  const peers = new CachedPeers(
    async () => {
      // A client may look for a peer before it is connected.
      if (!(await driver.isReady())) return null;
      // A store of the storage knows by itself whose peers it has.
      if (storage.peers !== undefined) return storage.peers;
      memory ??= new MemoryPeers();
      return memory;
    },
    (error) => live.fail(error),
  );
  const kv = new KeyValues(live, () => keys, {
    testMode: options.testMode,
    onOtherUser() {
      peers.clear();
      memory = null;
    },
  });
  const driver = new Driver({ live, kv, keys, peers }, (given) => {
    log = given;
  });
  return {
    open: () => driver.open(),
    driver,
    kv,
    authKeys: keys,
    peers,
    refMessages: new References(),
    middleware: serverErrors(live, () => keys.dropMain()),
    attach(client) {
      clients.add(client);
    },
    get aside() {
      return live.aside;
    },
    flush: () => live.flush(),
  };
}

function defaultDcOf({ defaultDcs }: MtcuteStorageOptions): DefaultDc | null {
  if (defaultDcs === undefined) return null;
  const { id, ipAddress, port } = defaultDcs.main;
  return { id, ...addressesOf('defaultDcs.main', 'ipAddress', ipAddress, port) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no Error was thrown';
}
