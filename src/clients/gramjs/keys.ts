/** {@link Keys}: the keys of a client of GramJS or teleproto. */

import { authKeyId, sameAuthKey } from '../../auth-key.ts';
import type { LiveSession } from '../live-session.ts';
import type { Home } from './home.ts';
import type { ClientKey } from './interface.ts';

/**
 * The keys as the client has them: objects that it fills in place, and may keep after they were of use. So their bytes are
 * read when the session is saved, and those of a login that is over are not saved again.
 */
export class Keys {
  readonly #live: LiveSession;
  readonly #home: Home;
  /** Makes a key as the client has them. */
  readonly #make: (key: Uint8Array) => Promise<ClientKey>;
  readonly #keys = new Map<number, ClientKey>();
  /** Ids of the keys of logins that are over. */
  readonly #over = new Set<string>();

  constructor(live: LiveSession, home: Home, make: (key: Uint8Array) => Promise<ClientKey>) {
    this.#live = live;
    this.#home = home;
    this.#make = make;
  }

  /** Takes over what was loaded. */
  async fill(): Promise<void> {
    this.clear();
    for (const { id, auth } of this.#live.session.dcs) {
      if (auth !== null) this.#keys.set(id, await this.#make(auth));
    }
  }

  /** Forgets everything, once the session is closed. */
  clear(): void {
    this.#keys.clear();
    this.#over.clear();
  }

  get(dc: number): ClientKey | undefined {
    return this.#keys.get(dc);
  }

  /** Takes the key of a data centre, which may be empty still. */
  set(dc: number, key: ClientKey): void {
    this.#keys.set(dc, key);
    this.collect();
  }

  /** The client gives a key up. If it is the main one, its session is kept aside. */
  remove(dc: number): void {
    this.#keys.delete(dc);
    if (dc === this.#home.id && this.#saved(dc) !== null) this.endLogin();
    this.#live.setKey(dc, null, dc === this.#home.id);
  }

  /** The login is over, and with it keys of the session, all that it has now: they are not saved again. */
  endLogin(keys = this.#live.session.dcs.map(({ auth }) => auth)): void {
    for (const key of keys) if (key !== null) this.#over.add(authKeyId(key));
  }

  /** The main key is dead. */
  dropMain(): void {
    this.#keys.delete(this.#home.id);
  }

  /** After a login: the session has the key that it was made with, also if a logout had removed it. */
  keepMain(): void {
    const key = this.#keys.get(this.#home.id)?.getKey();
    if (key !== undefined) this.#over.delete(authKeyId(key));
    this.collect();
  }

  /** Puts the keys in the session that are not in it. One that is empty is not made yet, and takes nothing away. */
  collect(): void {
    for (const [dc, key] of this.#keys) {
      const bytes = key.getKey();
      const saved = this.#saved(dc);
      if (bytes === undefined || sameAuthKey(bytes, saved) || this.#over.has(authKeyId(bytes))) continue;
      try {
        if (dc === this.#home.id && saved !== null) this.endLogin();
        this.#live.setKey(dc, bytes, dc === this.#home.id);
      } catch (error) {
        this.#live.fail(error);
      }
    }
  }

  #saved(dc: number): Uint8Array | null {
    return this.#live.session.dcs.find(({ id }) => id === dc)?.auth ?? null;
  }
}
