/** {@link Core}: the session of a client of GramJS or teleproto, from the first load to the last close. */

import { splitAddress } from '../../address.ts';
import { sameAuthKey } from '../../auth-key.ts';
import { checkDcId, checkInteger, checkText } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { isTestServer, usualAddress } from '../../formats/data-centers.ts';
import { loginOf } from '../../login.ts';
import { MemoryPeers } from '../../peers/memory.ts';
import { type Addresses, addressesOf } from '../../server-address.ts';
import type { DataCenter } from '../../session.ts';
import type { Storage } from '../../storage.ts';
import { heedServerError } from '../dead-login.ts';
import { dataCenterOf, type LiveSession } from '../live-session.ts';
import { SaveBehind } from '../save-behind.ts';
import { isBrokenKey, loginNews, type OwnUser, peersIn } from './answers.ts';
import { Entities } from './entities.ts';
import type { ClientKey, ClientParts, GramjsClient } from './interface.ts';
import { Keys } from './keys.ts';
import { collectState, feedState } from './manager.ts';
import { MetPeers } from './met-peers.ts';
import { ReadUpdates } from './read-updates.ts';

/** A data centre, and where it is. */
export interface ServerAddress {
  id: number;
  ipAddress: string;
  port: number;
}

/** What a {@link Core} is made of. */
export interface CoreOptions {
  storage: Storage;
  live: LiveSession;
  makeKey(key: Uint8Array): Promise<ClientKey>;
  /** Where a new session begins, or null for what the client has of its own. */
  defaultDc: ServerAddress | null;
  /** Whether it is one of the test servers; undefined where the address has to tell. */
  testMode: boolean | undefined;
  /** Whether the client counts the updates itself, as teleproto does. */
  hasManager: boolean;
}

/** All that the client does with its session, and what that means for the storage. */
export class Core {
  readonly #options: CoreOptions;
  readonly #keys: Keys;
  readonly #peers: MetPeers;
  readonly #updates: ReadUpdates;
  readonly #collecting: SaveBehind;
  readonly entities: Entities;
  /** The clients that belong to it. */
  readonly clients = new Set<GramjsClient & ClientParts>();
  #ownPeers = new MemoryPeers();
  #server: ServerAddress | null = null;
  #opening: Promise<void> | null = null;
  #wasOpen = false;
  #isLoggedOut = false;
  /** Whether a login or a logout was heard that nobody waited for until now. */
  #isLoginToSave = false;
  /** Whether the client moved to another data centre, and has said nothing of its key yet. */
  #hasMoved = false;

  constructor(options: CoreOptions) {
    const { live, storage } = options;
    this.#options = options;
    this.#keys = new Keys(live, options.makeKey);
    this.#updates = new ReadUpdates(live);
    this.#peers = new MetPeers({
      // A store of the storage knows by itself whose peers it has.
      store: () => storage.peers ?? this.#ownPeers,
      onError: (error) => live.fail(error),
      async canStore() {
        if (!live.isOpen || live.isLost || loginOf(live.session) === null) return false;
        return live.flush().then(
          () => true,
          () => false, // `onError` has heard of it
        );
      },
    });
    this.entities = new Entities(this.#peers);
    this.#collecting = new SaveBehind({
      save: async (seen) => {
        seen();
        this.collect();
      },
      onError: (error) => live.fail(error),
    });
  }

  /** Where the client is to connect to; null before it is loaded, and where it decides that itself. */
  get server(): ServerAddress | null {
    return this.#server;
  }

  /** Loads the session, once. After `close()` it loads again. */
  load(): Promise<void> {
    this.#opening ??= this.#load().catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** The client is told to talk to a data centre, or has decided to. */
  setServer({ id, ipAddress, port }: ServerAddress): void {
    const server = {
      id: checkDcId('setDC', 'dcId', id),
      ipAddress: checkText('setDC', 'serverAddress', ipAddress, 253),
      port: checkInteger('setDC', 'port', port, 1, 65535),
    };
    const addresses = addressesOf('setDC', 'serverAddress', ipAddress, port);
    if (!this.#isUsable()) return;
    this.collect();
    this.#hasMoved = this.#server !== null && this.#server.id !== id;
    this.#server = server;
    this.#keys.main = id;
    this.#options.live.change((session) => {
      setAddresses(dataCenterOf(session, id), addresses);
      if (session.user !== null) session.user.dc = id;
    });
  }

  key(dc: number = this.#keys.main): ClientKey | undefined {
    return this.#keys.get(dc);
  }

  setKey(key: ClientKey | undefined, dc: number = this.#keys.main): void {
    if (!this.#isUsable()) return;
    const hasMoved = this.#hasMoved;
    this.#hasMoved = false;
    if (key !== undefined) this.#keys.set(dc, key);
    // GramJS forgets the key of the data centre that it left, though it has gone to the next already.
    else if (!hasMoved || dc !== this.#keys.main) this.#remove(dc);
  }

  /** Looks at what the server sent. Never throws: for GramJS that would be the failure of the request. */
  hear(answer: unknown): void {
    const { live, hasManager } = this.#options;
    if (!live.isOpen) return;
    try {
      if (isBrokenKey(answer)) {
        this.#renewKey().catch((error) => live.fail(error));
        return;
      }
      this.#hearLogin(answer);
      this.#peers.meet(peersIn(answer, Math.floor(Date.now() / 1000)));
      if (hasManager) this.#collecting.changed();
      else if (!this.#isLoggedOut) this.#updates.hear(answer);
    } catch (error) {
      live.fail(error);
    }
  }

  /** Looks at an error that the server answered. */
  heed(error: unknown, isForMain: boolean): void {
    const { live } = this.#options;
    const text = (error as { errorMessage?: unknown } | null)?.errorMessage;
    if (typeof text !== 'string' || !live.isOpen) return;
    this.collect();
    const keys = live.session.dcs.map(({ auth }) => auth);
    if (!heedServerError(live, text, isForMain)) return;
    this.#keys.endLogin(keys);
    this.#keys.dropMain();
    this.#endUpdates();
  }

  /** Puts in the session what the client has changed since, without a word. */
  collect(): void {
    const { live } = this.#options;
    if (!live.isOpen) return;
    this.#keys.collect();
    this.#keepAddress();
    if (this.#isLoggedOut) return;
    for (const { updateManager } of this.clients) if (updateManager) collectState(live, updateManager);
  }

  /** Resolves when a login or logout that was heard is durable. @throws what the storage threw */
  async saveLogin(): Promise<void> {
    if (!this.#isLoginToSave) return;
    this.#isLoginToSave = false;
    this.collect();
    await this.#options.live.flush();
  }

  /** What the client calls to save: resolves when all is durable that it set. */
  save(): Promise<void> {
    this.collect();
    const saved = this.#options.live.flush();
    // The clients do not wait each time; `onError` hears of it.
    saved.catch(() => {});
    return saved;
  }

  async flush(): Promise<void> {
    if (this.#options.live.isOpen) this.#collecting.changed();
    await this.#collecting.flush();
    await this.#options.live.flush();
    await this.#peers.flush();
  }

  /** Has the client catch up with what it missed. @throws SessionError `UNSUPPORTED`, and what the storage threw */
  async catchUp(): Promise<void> {
    const clients = [...this.clients];
    if (clients.length === 0 || clients.some(({ updateManager }) => updateManager === undefined)) {
      throw new SessionError(
        'UNSUPPORTED',
        'Only a client of teleproto that is attached can catch up: GramJS does not know how.',
      );
    }
    for (const client of clients) await client.catchUp?.();
    await this.flush();
  }

  async close(): Promise<void> {
    const { live } = this.#options;
    await this.#opening?.catch(() => {});
    if (!live.isOpen) return live.close();
    this.collect();
    await live.flush().catch(() => {}); // close() tries it again, and throws
    await this.#peers.flush();
    this.#opening = null;
    await live.close().finally(() => this.#forget());
  }

  /** What teleproto calls after a logout, whether the server has heard of that or not. */
  async delete(): Promise<void> {
    const { live } = this.#options;
    const wasOpen = live.isOpen;
    if (this.#isLoggedOut) return;
    await this.load();
    // The login goes on where nobody confirmed its end: so its key is not lost.
    if (loginOf(live.session) !== null) {
      this.#keys.endLogin();
      live.endLogin('erased');
    }
    this.#endUpdates();
    await (wasOpen ? live.flush() : this.close());
  }

  /** Prepares a client that is about to connect. */
  async prepare(client: GramjsClient & ClientParts): Promise<void> {
    const { live } = this.#options;
    await this.load();
    if (client.updateManager !== undefined) feedState(live, client.updateManager);
    const sender = client._sender;
    if (sender === undefined || sender.isConnected()) return;
    // It still has the key that it had when it was connected last.
    const key = this.#keys.get(this.#keys.main)?.getKey();
    if (!sameAuthKey(key ?? null, sender.authKey.getKey() ?? null)) await sender.authKey.setKey(key);
  }

  async #load(): Promise<void> {
    await this.#options.live.load();
    await this.#keys.fill();
    this.#server = this.#firstServer();
    this.#keys.main = this.#server?.id ?? 0;
    this.#wasOpen = true;
    this.#isLoggedOut = false;
    this.#hasMoved = false;
  }

  /** The data centre of the user, or the only one; else where a new session begins. */
  #firstServer(): ServerAddress | null {
    const { live, testMode, defaultDc } = this.#options;
    const { user, dcs } = live.session;
    const withKey = dcs.filter(({ auth }) => auth !== null);
    const id = user?.dc ?? (withKey.length === 1 ? withKey[0]!.id : null);
    if (id === null) return defaultDc;
    const dc = dcs.find((each) => each.id === id);
    const test = testMode ?? (dc && isTestServer(dc)) ?? false;
    const own = defaultDc?.id === id ? `${defaultDc.ipAddress}:${defaultDc.port}` : null;
    const address = dc?.ipv4Addr ?? dc?.ipv6Addr ?? own ?? usualAddress(id, test, 4);
    const parts = address === null ? null : splitAddress(address);
    if (parts === null) {
      throw new SessionError(
        'CANNOT_HOLD',
        `The session is on data centre ${id}, whose address is not known: add it to the session, or give it as "defaultDc".`,
      );
    }
    return { id, ipAddress: parts.ip, port: parts.port };
  }

  #forget(): void {
    this.#keys.clear();
    this.#peers.clear();
    this.#updates.clear();
    this.#server = null;
  }

  /** Where the key is good. The client never tells if it was told to begin there. */
  #keepAddress(): void {
    const server = this.#server;
    const { live } = this.#options;
    const dc = live.session.dcs.find(({ id }) => id === server?.id);
    if (server === null || dc === undefined || dc.auth === null) return;
    if (dc.ipv4Addr !== null || dc.ipv6Addr !== null) return;
    const addresses = addressesOf('server', 'ipAddress', server.ipAddress, server.port);
    if (addresses.ipv4Addr === null && addresses.ipv6Addr === null) return;
    live.change(() => setAddresses(dc, addresses));
  }

  /** Whether something may be set: what comes after the end is of no more use, what comes before the beginning a mistake. */
  #isUsable(): boolean {
    const { live } = this.#options;
    if (!live.isOpen && !this.#wasOpen) live.change(() => {});
    return live.isOpen;
  }

  #remove(dc: number): void {
    const isLogin = dc === this.#keys.main;
    this.#keys.remove(dc);
    if (isLogin) this.#endUpdates();
  }

  #hearLogin(answer: unknown): void {
    const news = loginNews(answer);
    if (news?.kind === 'login') this.#logIn(news.user);
    else if (news?.kind === 'logout') this.#logOut();
    else if (news?.kind === 'self' && !this.#isLoggedOut) this.#setUser(news.user);
  }

  #logIn(user: OwnUser): void {
    this.#isLoggedOut = false;
    this.#isLoginToSave = true;
    this.#setUser(user);
    this.#keys.keepMain();
  }

  #setUser(user: OwnUser): void {
    const { live } = this.#options;
    const before = live.session.user;
    if (before !== null && before.id !== user.id) this.#endUpdates();
    live.setUser({ ...user, dc: this.#keys.main });
  }

  #logOut(): void {
    this.collect();
    this.#isLoggedOut = true;
    this.#isLoginToSave = true;
    this.#keys.endLogin();
    this.#options.live.logOut();
    this.#endUpdates();
    // Whom the one has met is nothing to another.
    this.#peers.clear();
    this.#ownPeers = new MemoryPeers();
  }

  #endUpdates(): void {
    this.#updates.clear();
    for (const { updateManager } of this.clients) if (updateManager) updateManager.state = undefined;
  }

  /** GramJS waits for ever where the server does not know the key. With another key it goes on. */
  async #renewKey(): Promise<void> {
    const { live } = this.#options;
    const key = this.#keys.get(this.#keys.main);
    this.collect();
    this.#remove(this.#keys.main);
    await live.flush().catch(() => {}); // what was to be kept aside still is
    for (const { _sender: sender } of this.clients) {
      if (sender === undefined || sender.authKey !== key) continue;
      sender.reconnect();
      await sender.authKey.setKey(undefined);
    }
  }
}

/** The other family's address is as good as before. */
function setAddresses(dc: DataCenter, { ipv4Addr, ipv6Addr }: Addresses): void {
  if (ipv4Addr !== null) dc.ipv4Addr = ipv4Addr;
  if (ipv6Addr !== null) dc.ipv6Addr = ipv6Addr;
}
