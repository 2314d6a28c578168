/**
 * Any storage inside a client of GramJS (npm `telegram` 2.26) or of teleproto (1.229 and later; docs/clients/gramjs.md).
 *
 * @module
 */

import type { AsideStore } from '../aside.ts';
import { checkObject, refuse } from '../check.ts';
import { UpdateState } from '../session.ts';
import type { Storage } from '../storage.ts';
import { Attached } from './gramjs/attach.ts';
import { Core } from './gramjs/core.ts';
import { checkServer, Home, type ServerAddress } from './gramjs/home.ts';
import type { BaseClass, ClientKey, GramjsClient } from './gramjs/interface.ts';
import { clientSession } from './gramjs/session-class.ts';
import { type ClientStorageOptions, LiveSession } from './live-session.ts';

export type { AsideEntry, AsideStore } from '../aside.ts';
export type { ServerAddress } from './gramjs/home.ts';
export type { GramjsClient } from './gramjs/interface.ts';
export type { ClientStorageOptions } from './live-session.ts';

/** Options of {@link gramjsSession}. */
export interface GramjsSessionOptions extends ClientStorageOptions {
  /** Where a new session begins. Left out, the client has a data centre of its own: 4 (GramJS) or 2 (teleproto). */
  defaultDc?: ServerAddress;
  /** The same as the client's `testServers`, if it has that, where an address alone does not tell. */
  testMode?: boolean;
}

/** What {@link gramjsSession} adds to a session of the package. */
export interface GramjsSession {
  /**
   * Loads the session before the client does, so that who cannot have it hears it here.
   *
   * @throws what `load()` of the storage throws, such as a `SessionHeldError`
   */
  open(): Promise<void>;
  /**
   * Listens to a client: to what the server refuses (`onDead`), to its end (`close()` after `disconnect()`), and to be able
   * to disconnect it when the session is no longer ours alone. To be called once, before `connect()`.
   */
  attach(client: GramjsClient): void;
  /**
   * Catches up, from where the session was, with the updates that were missed: their handlers hear of them. After a login
   * this is where counting begins. To be called when the client is connected and logged in. Resolves when where it is now
   * is durable.
   *
   * @throws SessionError `UNSUPPORTED` with GramJS, which cannot; and what the storage threw
   */
  catchUp(): Promise<void>;
  /** How far updates were read, as a copy; null where that is not known. */
  readonly updateState: UpdateState | null;
  /** Sessions kept aside: those of the storage, or in memory if the storage keeps none. */
  readonly aside: AsideStore;
  /** Resolves when all that the client has set and met until now is durable. @throws what the storage threw */
  flush(): Promise<void>;
  /** What the client calls: the same without peers. @throws what the storage threw */
  save(): Promise<void>;
  /**
   * Saves what is not saved, and closes the storage even if that failed. A client that is attached does it when it has
   * disconnected.
   *
   * @throws what failed; an `AggregateError` if both did
   */
  close(): Promise<void>;
}

/** `StringSession` of `telegram/sessions` or of `teleproto/sessions`. */
export interface StringSessionClass<S extends object> {
  new (text?: string): S;
  decode(text: string): Uint8Array;
}

/**
 * The session of a client of GramJS or teleproto, on any `Storage`. The client loads and saves it; attached, it closes it.
 *
 * ```ts no-run
 * import { TelegramClient } from 'teleproto'; // or 'telegram'
 * import { StringSession } from 'teleproto/sessions/index.js';
 * import { gramjsSession } from 'tgsession/clients/gramjs';
 * import { SqliteSession } from 'tgsession/sqlite';
 *
 * const storage = new SqliteSession('alice');
 * const session = gramjsSession(StringSession, storage, { onError: console.error, onDead: console.error });
 * const client = new TelegramClient(session, 1, '…', {});
 * session.attach(client);
 *
 * await client.start({ … });
 * await session.catchUp(); // teleproto
 * // …
 * await client.destroy();
 * ```
 *
 * - What the client sets is there for it at once, and saved behind, in order. A new key is durable before it is used; a login
 *   before `invoke` resolves, if the client is attached. Errors are told to `onError`.
 * - Peers are kept in `storage.peers`, or in memory where the storage has none.
 *
 * @param StringSession that of the very package that the client is of: it takes no other
 * @throws SessionError `INVALID_VALUE` for another class, or a default data centre that has no address
 */
export function gramjsSession<S extends object>(
  StringSession: StringSessionClass<S>,
  storage: Storage,
  options: GramjsSessionOptions = {},
): GramjsSession & S {
  const Base = checkClass(StringSession);
  // The two differ in what they wait for, and in who counts the updates.
  const isTeleproto = 'testServers' in Base.prototype;
  const live = new LiveSession(storage, {
    ...options,
    onHeldLost(reason) {
      void attached.disconnect();
      options.onHeldLost?.(reason);
    },
  });
  const home = new Home(live, { defaultDc: checkDefaultDc(options.defaultDc), testMode: options.testMode });
  const core = new Core({
    storage,
    live,
    home,
    makeKey: (key) => makeKey(Base, key),
    isTeleproto,
  });
  const close = () => {
    attached.clear();
    return core.close();
  };
  const session = clientSession(Base, { core, home, mayWait: isTeleproto, close });
  const attached = new Attached({ core, home, recall: isTeleproto ? null : (peer) => session.recall(peer) });
  const added: Omit<GramjsSession, 'save' | 'close'> = {
    open: () => core.load(),
    attach: (client) => attached.add(client),
    catchUp: () => core.catchUp(),
    get updateState() {
      return live.session.state && new UpdateState(live.session.state);
    },
    get aside() {
      return live.aside;
    },
    flush: () => core.flush(),
  };
  return Object.defineProperties(
    session,
    Object.getOwnPropertyDescriptors(added),
  ) as unknown as GramjsSession & S;
}

/** @throws SessionError `INVALID_VALUE` */
function checkClass(value: unknown): BaseClass {
  const expected = 'the class StringSession of telegram/sessions or teleproto/sessions';
  if (typeof value !== 'function') return refuse('StringSession', '', expected, value);
  const { prototype, decode } = value as Partial<BaseClass> & { prototype?: { getEntityRowsById?: unknown } };
  if (typeof decode === 'function' && typeof prototype?.getEntityRowsById === 'function') {
    return value as unknown as BaseClass;
  }
  return refuse('StringSession', '', expected, value, 'another class');
}

/** @throws SessionError `INVALID_VALUE` */
function checkDefaultDc(value: ServerAddress | undefined): ServerAddress | null {
  if (value === undefined) return null;
  const { id, ipAddress, port } = checkObject('defaultDc', '', value);
  const { ipv4Addr, ipv6Addr } = checkServer('defaultDc', { id, ipAddress, port });
  if (ipv4Addr === null && ipv6Addr === null) refuse('defaultDc', 'ipAddress', 'an IP address', ipAddress);
  return { id, ipAddress, port };
}

/** A key as the package has them, which only its own session makes: of a session string. */
async function makeKey(Base: BaseClass, key: Uint8Array): Promise<ClientKey> {
  const address = '127.0.0.1';
  const bytes = [1, 0, address.length, ...new TextEncoder().encode(address), 0, 80, ...key];
  const session = new Base(`1${btoa(String.fromCharCode(...bytes))}`);
  await session.load();
  return session.getAuthKey()!;
}
