/** {@link Driver}: when a client of mtcute loads, saves and closes its storage. */

import { loginOf } from '../../login.ts';
import type { LiveSession } from '../live-session.ts';
import type { AuthKeys } from './auth-keys.ts';
import type { KeyValues } from './key-values.ts';
import type { CachedPeers } from './peers.ts';
import type { MtcuteDriver, MtcuteLog } from './provider.ts';

/** What a client has in its storage. */
export interface Parts {
  live: LiveSession;
  kv: KeyValues;
  keys: AuthKeys;
  peers: CachedPeers;
}

/** The life of the storage: from the first load to the last destroy. */
export class Driver implements MtcuteDriver {
  readonly #parts: Parts;
  readonly #setLog: (log: MtcuteLog) => void;
  /** How many loads there were that no destroy followed: the last one closes. `open()` does not count. */
  #users = 0;
  #isFilled = false;
  #isEnded = false;

  constructor(parts: Parts, setLog: (log: MtcuteLog) => void) {
    this.#parts = parts;
    this.#setLog = setLog;
  }

  setup(log: MtcuteLog): void {
    this.#setLog(log);
  }

  /** Loads the session, and fills the parts from it. */
  async open(): Promise<void> {
    const { live, kv, keys } = this.#parts;
    await live.load();
    if (this.#isFilled) return;
    this.#isFilled = true;
    kv.fill();
    keys.fill();
  }

  /** Opens it unless its time is over. Says whether it is open. */
  async isReady(): Promise<boolean> {
    const { live } = this.#parts;
    if (live.isOpen || this.#isEnded) return live.isOpen;
    await this.open().catch(() => {}); // `onError` has heard it
    return live.isOpen;
  }

  async load(): Promise<void> {
    await this.open();
    this.#isEnded = false;
    this.#users++;
  }

  async save(): Promise<void> {
    const isLogin = this.#commit();
    try {
      await this.#parts.live.flush();
    } catch (error) {
      // `onError` has heard it. Were it thrown for any other save, a request that the server has answered would fail, and
      // a client that disconnects would never close its storage.
      if (isLogin) throw error;
    }
    await this.#writePeers();
  }

  async destroy(): Promise<void> {
    const { live, kv, keys, peers } = this.#parts;
    this.#users = Math.max(0, this.#users - 1);
    if (this.#users > 0 || !live.isOpen) return;
    try {
      this.#commit();
      await live.flush().catch(() => {}); // close() tries it again, and throws
      await this.#writePeers();
    } finally {
      this.#isFilled = false;
      this.#isEnded = true;
      await live.close().finally(() => {
        for (const each of [kv, keys, peers]) each.clear();
      });
    }
  }

  /** Puts what the client saves in the session. Says whether a login or a logout is among it. */
  #commit(): boolean {
    const { live, kv } = this.#parts;
    try {
      return kv.commit();
    } catch (error) {
      live.fail(error);
      throw error;
    }
  }

  /** Peers belong to a login, and are found in memory until there is one. */
  async #writePeers(): Promise<void> {
    const { live, peers } = this.#parts;
    // Most saves have none, and whose login it is takes a hash of the key to find out.
    if (!peers.areWaiting || !live.isOpen || live.isLost) return;
    if (loginOf(live.session) !== null) await peers.write();
  }
}
