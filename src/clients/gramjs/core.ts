/** {@link Core}: the session of a client of GramJS or teleproto, from the first load to the last close. */

import { sameAuthKey } from '../../auth-key.ts';
import { SessionError, SessionHeldError } from '../../errors.ts';
import { loginOf } from '../../login.ts';
import { MemoryPeers } from '../../peers/memory.ts';
import type { Storage } from '../../storage.ts';
import type { LiveSession } from '../live-session.ts';
import { SaveBehind } from '../save-behind.ts';
import { isBrokenKey, peersIn } from './answers.ts';
import { Entities } from './entities.ts';
import type { Home, ServerAddress } from './home.ts';
import type { ClientKey, ClientParts, GramjsClient } from './interface.ts';
import { Keys } from './keys.ts';
import { Login } from './login.ts';
import { collectState, feedState } from './manager.ts';
import { MetPeers } from './met-peers.ts';
import { ReadUpdates } from './read-updates.ts';

/** What a {@link Core} is made of. */
export interface CoreOptions {
  storage: Storage;
  live: LiveSession;
  home: Home;
  /** Makes a key as the client has them. */
  makeKey(key: Uint8Array): Promise<ClientKey>;
  /** Whether it is a client of teleproto: that counts updates itself, and has keys of several data centres. */
  isTeleproto: boolean;
}

/** All that the client does with its session, and what that means for the storage. */
export class Core {
  readonly #options: CoreOptions;
  readonly #keys: Keys;
  readonly #login: Login;
  readonly #peers: MetPeers;
  readonly #updates: ReadUpdates;
  readonly #collecting: SaveBehind;
  readonly entities: Entities;
  /** The clients that belong to it. */
  readonly clients = new Set<GramjsClient & ClientParts>();
  #ownPeers = new MemoryPeers();
  #opening: Promise<void> | null = null;
  #wasOpen = false;
  /** Whether the client moved to another data centre, and has said nothing of its key yet. */
  #hasMoved = false;

  constructor(options: CoreOptions) {
    const { live, home, storage } = options;
    this.#options = options;
    this.#keys = new Keys(live, home, options.makeKey);
    this.#updates = new ReadUpdates(live);
    this.#login = new Login({
      live,
      home,
      keys: this.#keys,
      onOver: () => this.#endUpdates(),
      onLogout: () => {
        this.#peers.clear();
        this.#ownPeers = new MemoryPeers();
      },
    });
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

  /** Loads the session, once. After `close()` it loads again. */
  load(): Promise<void> {
    this.#opening ??= this.#load().catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** The client is told to talk to a data centre, or has decided to. @throws SessionError `INVALID_VALUE` */
  setServer(server: ServerAddress): void {
    if (!this.#isUsable()) return;
    this.collect();
    this.#hasMoved = this.#options.home.set(server);
  }

  /** The key of a data centre. GramJS has one only: with those of others it would not work as it does. */
  key(dc: number = this.#options.home.id): ClientKey | undefined {
    return this.#isOurs(dc) ? this.#keys.get(dc) : undefined;
  }

  setKey(key: ClientKey | undefined, dc: number = this.#options.home.id): void {
    if (!this.#isUsable() || !this.#isOurs(dc)) return;
    const hasMoved = this.#hasMoved;
    this.#hasMoved = false;
    if (key !== undefined) this.#keys.set(dc, key);
    // GramJS forgets the key of the data centre that it left, though it has gone to the next already.
    else if (!hasMoved || dc !== this.#options.home.id) this.#login.removeKey(dc);
  }

  /** Looks at what the server sent. Never throws: for GramJS that would be the failure of the request. */
  hear(answer: unknown): void {
    const { live, isTeleproto } = this.#options;
    if (!live.isOpen) return;
    try {
      if (isBrokenKey(answer)) {
        this.#renewKey().catch((error) => live.fail(error));
        return;
      }
      this.#login.hear(answer);
      this.#peers.meet(peersIn(answer, Math.floor(Date.now() / 1000)));
      if (isTeleproto) this.#collecting.changed();
      else if (!this.#login.isLoggedOut) this.#updates.hear(answer);
    } catch (error) {
      live.fail(error);
    }
  }

  /** Looks at an error that the server answered. */
  heed(error: unknown, isForMain: boolean): void {
    this.collect();
    this.#login.heed(error, isForMain);
  }

  /** Puts in the session what the client has changed since, without a word. */
  collect(): void {
    const { live } = this.#options;
    if (!live.isOpen) return;
    this.#keys.collect();
    this.#options.home.collect();
    if (this.#login.isLoggedOut) return;
    try {
      for (const { updateManager } of this.clients) if (updateManager) collectState(live, updateManager);
    } catch (error) {
      live.fail(error);
    }
  }

  /** Resolves when a login or logout that was heard is durable. @throws what the storage threw */
  async saveLogin(): Promise<void> {
    if (!this.#login.takeNews()) return;
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
    if (this.#login.isLoggedOut) return live.flush();
    const wasOpen = live.isOpen;
    await this.load();
    this.collect();
    this.#login.abandon();
    await (wasOpen ? live.flush() : this.close());
  }

  /** Prepares a client that is about to connect. */
  async prepare(client: GramjsClient & ClientParts): Promise<void> {
    const { live } = this.#options;
    await this.load();
    const manager = client.updateManager;
    if (manager !== undefined && manager.state === undefined) feedState(live, manager);
    const sender = client._sender;
    if (sender === undefined || sender.isConnected()) return;
    // It still has the key that it had when it was connected last.
    const key = this.#keys.get(this.#options.home.id)?.getKey();
    if (!sameAuthKey(key ?? null, sender.authKey.getKey() ?? null)) await sender.authKey.setKey(key);
  }

  async #load(): Promise<void> {
    const { live, home } = this.#options;
    await live.load();
    try {
      if (live.isLost) throw new SessionHeldError('The session', null);
      home.fill();
      await this.#keys.fill();
    } catch (error) {
      live.fail(error);
      await live.close().catch(() => {}); // `onError` has heard of it
      throw error;
    }
    this.#wasOpen = true;
    this.#login.reset();
    this.#hasMoved = false;
  }

  #forget(): void {
    this.#keys.clear();
    this.#peers.clear();
    this.#endUpdates();
    this.#options.home.clear();
  }

  /** Whether something may be set: what comes after the end is of no more use, what comes before the beginning a mistake. */
  #isUsable(): boolean {
    const { live } = this.#options;
    if (!live.isOpen && !this.#wasOpen) live.change(() => {});
    return live.isOpen;
  }

  #isOurs(dc: number): boolean {
    return this.#options.isTeleproto || dc === this.#options.home.id;
  }

  /** How far updates were read is nothing to whoever comes next. */
  #endUpdates(): void {
    this.#updates.clear();
    for (const { updateManager } of this.clients) if (updateManager) updateManager.state = undefined;
  }

  /** GramJS waits for ever where the server does not know the key. With another key it goes on. */
  async #renewKey(): Promise<void> {
    const { live } = this.#options;
    const key = this.#keys.get(this.#options.home.id);
    this.collect();
    this.#login.removeKey(this.#options.home.id);
    await live.flush().catch(() => {}); // what was to be kept aside still is
    for (const { _sender: sender } of this.clients) {
      if (sender === undefined || sender.authKey !== key) continue;
      sender.reconnect();
      await sender.authKey.setKey(undefined);
    }
  }
}
