/** {@link AuthKeys}: the keys of a client of mtcute. */

import { dataCenterOf, type LiveSession } from '../live-session.ts';
import type { MtcuteAuthKeys } from './provider.ts';

/** The data centre that a client begins with, and where it is. */
export interface DefaultDc {
  id: number;
  /** `ip:port`, or null. */
  ipv4Addr: string | null;
  ipv6Addr: string | null;
}

/** A temporary key, in memory only. */
interface Temporary {
  dc: number;
  key: Uint8Array;
  /** Until when it may be used, in whatever unit the client counts. */
  expires: number;
}

/**
 * The keys as the client has them, and those that are to be durable in the session. They differ where a login has ended:
 * mtcute goes on with the key of its main data centre after a logout, and it may log in with it again.
 */
export class AuthKeys implements MtcuteAuthKeys {
  readonly #live: LiveSession;
  /** The main data centre as it is in the values of the client, or null. */
  readonly #chosenMain: () => number | null;
  readonly #defaultDc: DefaultDc | null;
  readonly #keys = new Map<number, Uint8Array>();
  readonly #temporary = new Map<string, Temporary>();
  #firstAsked: number | null = null;

  constructor(live: LiveSession, chosenMain: () => number | null, defaultDc: DefaultDc | null) {
    this.#live = live;
    this.#defaultDc = defaultDc;
    this.#chosenMain = chosenMain;
  }

  /**
   * The main data centre, or null where that is not known. A client that has not been told one uses its own default, and
   * that is the one whose key it asks for before all others.
   */
  get main(): number | null {
    const only = this.#keys.size === 1 ? [...this.#keys.keys()][0]! : null;
    return this.#chosenMain() ?? this.#firstAsked ?? only;
  }

  /** Takes over what was loaded. */
  fill(): void {
    this.clear();
    for (const { id, auth } of this.#live.session.dcs) if (auth !== null) this.#keys.set(id, auth.slice());
  }

  /** Forgets everything, once the session is closed. */
  clear(): void {
    this.#keys.clear();
    this.#temporary.clear();
    this.#firstAsked = null;
  }

  /** After a login: the session has the key that it was made with, also if a logout had removed it. */
  keepMain(): void {
    const { main } = this;
    const key = main === null ? undefined : this.#keys.get(main);
    if (key !== undefined) this.#live.setKey(main!, key, true);
  }

  /** Forgets the main key, as it is dead. */
  dropMain(): void {
    if (this.main !== null) this.#keys.delete(this.main);
  }

  async set(dc: number, key: Uint8Array | null): Promise<void> {
    this.#live.setKey(dc, key, dc === this.main || this.main === null);
    if (key === null) this.#keys.delete(dc);
    else this.#keys.set(dc, new Uint8Array(key));
    this.#keepAddress(dc);
    await this.#live.flush();
  }

  get(dc: number): Uint8Array | null {
    this.#firstAsked ??= dc;
    return this.#keys.get(dc)?.slice() ?? null;
  }

  setTemp(dc: number, idx: number, key: Uint8Array | null, expires: number): void {
    if (key === null) this.#temporary.delete(`${dc} ${idx}`);
    else this.#temporary.set(`${dc} ${idx}`, { dc, key: new Uint8Array(key), expires });
  }

  getTemp(dc: number, idx: number, now: number): Uint8Array | null {
    const found = this.#temporary.get(`${dc} ${idx}`);
    return found === undefined || now >= found.expires ? null : found.key.slice();
  }

  deleteByDc(dc: number): Promise<void> {
    return this.#delete((each) => each === dc);
  }

  deleteAll(): Promise<void> {
    return this.#delete(() => true);
  }

  /** Where the default is, the client knows by itself, and never tells. */
  #keepAddress(id: number): void {
    if (id !== this.#defaultDc?.id) return;
    const { ipv4Addr, ipv6Addr } = this.#defaultDc;
    this.#live.change((session) => {
      const dc = dataCenterOf(session, id);
      if (dc.ipv4Addr === null && dc.ipv6Addr === null) Object.assign(dc, { ipv4Addr, ipv6Addr });
    });
  }

  async #delete(isToGo: (dc: number) => boolean): Promise<void> {
    this.#live.removeKeys(isToGo, this.main);
    for (const dc of [...this.#keys.keys()]) if (isToGo(dc)) this.#keys.delete(dc);
    for (const [name, { dc }] of [...this.#temporary]) if (isToGo(dc)) this.#temporary.delete(name);
    await this.#live.flush();
  }
}
