/**
 * Any storage inside a client of MTKruto (0.70 and later; docs/clients/mtkruto.md).
 *
 * @module
 */

import type { AsideStore } from '../aside.ts';
import { checkInteger } from '../check.ts';
import { MAX_API_ID } from '../formats/mtkruto/api-id.ts';
import { loginOf, sameLogin } from '../login.ts';
import { MemoryPeers } from '../peers/memory.ts';
import type { Storage } from '../storage.ts';
import { type ClientStorageOptions, LiveSession } from './live-session.ts';
import { AuthPart } from './mtkruto/auth.ts';
import { Branches } from './mtkruto/branches.ts';
import type { MtkrutoChat } from './mtkruto/chats.ts';
import type { MtkrutoStore } from './mtkruto/interface.ts';
import { memoryOnlyNotice } from './mtkruto/memory-only.ts';
import { MemoryValues } from './mtkruto/memory-values.ts';
import { MetPeers } from './mtkruto/met-peers.ts';
import { oldKeys } from './mtkruto/old-keys.ts';
import { namesPart, peersPart } from './mtkruto/peer-parts.ts';
import { type Part, routedStore } from './mtkruto/routed-store.ts';
import { type InvokeErrorHandler, serverErrors } from './mtkruto/server-errors.ts';
import { ChannelsPart, StatePart } from './mtkruto/updates.ts';

export type { AsideEntry, AsideStore } from '../aside.ts';
export type { ClientStorageOptions } from './live-session.ts';
export type { MtkrutoFilter, MtkrutoKey, MtkrutoKeyPart, MtkrutoStore } from './mtkruto/interface.ts';
export type { InvokeErrorHandler } from './mtkruto/server-errors.ts';

/** Options of {@link mtkrutoStorage}. */
export interface MtkrutoStorageOptions extends ClientStorageOptions {
  /**
   * The same as the client's. A session has no place for it: with it `exportAuthString()` of MTKruto's storage has one after
   * a restart too. The client itself must be given it anyway.
   */
  apiId?: number;
  /**
   * Whether the session is one of the test servers. Left out, the address of its data centre tells; what the client says
   * later counts more.
   */
  testMode?: boolean;
}

/** As much of a client of MTKruto as is needed. */
export interface MtkrutoClient {
  disconnect(): Promise<void>;
  invoke: { use(handler: InvokeErrorHandler): void };
}

/** What a client of MTKruto is given as its `storage`. */
export interface MtkrutoStorage extends MtkrutoStore {
  /**
   * Disconnects a client when the session is no longer ours alone (`Storage.held` aborts), and hears from its requests that
   * the session is dead (`onDead`).
   */
  attach(client: MtkrutoClient): void;
  /** Sessions kept aside: those of the storage, or in memory if the storage keeps none. */
  readonly aside: AsideStore;
  /** Resolves when all that the client saved until now is durable. @throws what the storage threw */
  flush(): Promise<void>;
}

/**
 * A storage of a client of MTKruto, on any `Storage`. The client loads, saves and closes it.
 *
 * ```ts no-run
 * import { Client } from '@mtkruto/node';
 * import { mtkrutoStorage } from 'tgsession/clients/mtkruto';
 * import { SqliteSession } from 'tgsession/sqlite';
 *
 * const storage = mtkrutoStorage(new SqliteSession('alice'), { onError: console.error, onDead: console.error });
 * const client = new Client({ storage, apiId: 1, apiHash: '…', persistCache: true });
 * storage.attach(client);
 * ```
 *
 * - The login is durable when `set` resolves, so that no login is taken for done that is not kept. The update state and
 *   channels are saved behind, peers too; `close` resolves when all of it is. Errors are told to `onError`.
 * - Peers are kept in `storage.peers`, or in memory where the storage has none. MTKruto stores them only with
 *   `persistCache: true`.
 * - Everything else is in memory only: salts, caches, messages; secret chats and updates that wait too, which `onError` is
 *   told of.
 *
 * @throws SessionError `INVALID_VALUE` for an application id that is none
 */
export function mtkrutoStorage(storage: Storage, options: MtkrutoStorageOptions = {}): MtkrutoStorage {
  const clients = new Set<MtkrutoClient>();
  const live = new LiveSession(storage, {
    ...options,
    onHeldLost(reason) {
      void disconnectAll();
      options.onHeldLost?.(reason);
    },
  });
  const onError = (error: unknown) => live.fail(error);
  const disconnectAll = async () => {
    if (clients.size === 0) return;
    await Promise.all([...clients].map((client) => client.disconnect().catch(onError)));
    // A client whose last commit fails does not come to close its storage.
    await close().catch(() => {}); // `onError` has heard of it
  };
  let ownPeers = new MemoryPeers();
  const peers = new MetPeers({
    // A store of the storage knows by itself whose peers it has.
    store: () => storage.peers ?? ownPeers,
    self: () => live.session.user?.id ?? null,
    onError,
    async canStore() {
      if (!live.isOpen || live.isLost || loginOf(live.session) === null) return false;
      return live.flush().then(
        () => true,
        () => false, // `onError` has heard of it
      );
    },
  });
  const memory = new MemoryValues();
  const channels = new ChannelsPart(live);
  const forget = () => {
    channels.clear();
    peers.clear();
    ownPeers = new MemoryPeers();
    branches.clear();
  };
  const { testMode, apiId = 0 } = options;
  const auth = new AuthPart(live, {
    testMode,
    apiId: checkInteger('options', 'apiId', apiId, 0, MAX_API_ID),
    onOver: forget,
  });
  const { initialize, close } = lifecycleOf(live, auth, peers, () => {
    forget();
    memory.clear();
  });

  const branches = new Branches(live, auth, initialize);
  const store = routedStore({
    parts: new Map<string, Part>([
      ['auth', auth],
      ['updates.state', new StatePart(live, channels)],
      ['channelPts', channels],
      ['peers', peersPart(peers, (chat) => learnSelf(live, auth, chat))],
      ['usernames', namesPart(peers, 'usernames', 'username')],
      ['phoneNumbers', namesPart(peers, 'phoneNumbers', 'phone')],
      ...oldKeys,
    ]),
    memory,
    initialize,
    close,
    branch: (id) => branches.branch(id),
    onError,
    onMemory: memoryOnlyNotice(onError),
  });
  const handler = serverErrors(live, (keyId) => auth.markDead(keyId));
  return {
    ...store,
    attach(client) {
      clients.add(client);
      client.invoke.use(handler);
    },
    get aside() {
      return live.aside;
    },
    async flush() {
      await live.flush();
      await peers.flush();
    },
  };
}

/**
 * MTKruto initializes a storage any number of times, and closes it once.
 *
 * @param onOtherLogin called when what was loaded is another login than the one before
 */
function lifecycleOf(live: LiveSession, auth: AuthPart, peers: MetPeers, onOtherLogin: () => void) {
  let before: ReturnType<typeof loginOf> = null;
  let opening: Promise<void> | null = null;
  const open = async () => {
    await live.load();
    const login = loginOf(live.session);
    if (before !== null && (login === null || !sameLogin(before, login))) onOtherLogin();
    try {
      auth.fill();
    } catch (error) {
      live.fail(error);
      await live.close().catch(() => {}); // `onError` has heard of it
      throw error;
    }
  };
  return {
    initialize(): Promise<void> {
      opening ??= open().catch((error) => {
        opening = null;
        throw error;
      });
      return opening;
    },
    async close(): Promise<void> {
      await opening?.catch(() => {});
      if (live.isOpen) {
        await peers.flush();
        before = loginOf(live.session);
      }
      opening = null;
      await live.close();
    },
  };
}

/** The account itself tells its username, and who it is where the session does not know. */
function learnSelf(live: LiveSession, auth: AuthPart, { id, isBot, ...chat }: MtkrutoChat): void {
  const { user } = live.session;
  const { mainDc } = auth;
  const username = chat.username ?? null;
  if (user === null && mainDc !== null && loginOf(live.session) !== null) {
    live.setUser({ id, dc: mainDc, bot: isBot === true, username });
  } else if (user !== null && user.id === id) live.setUser({ ...user, username });
}
