/** The keys of other data centres, each in a branch of MTKruto's storage. */

import { checkAuthKey } from '../../auth-key.ts';
import { checkObject } from '../../check.ts';
import { dcByName, type NamedDc } from '../../formats/mtkruto/dc-name.ts';
import type { LiveSession } from '../live-session.ts';
import { type AuthPart, type MtkrutoAuth, openSession } from './auth.ts';
import type { MtkrutoKey } from './interface.ts';
import type { MemoryValues } from './memory-values.ts';
import type { Part } from './routed-store.ts';

/** The names of branches for data centres: `4`, `2-test`. Those for media, `4_media`, have keys of their own. */
const DC = /^\d(?:-test)?$/;
const AUTH: MtkrutoKey = ['auth'];

/**
 * The record `["auth"]` of a branch, of which MTKruto uses the key alone.
 *
 * Where there is none, it is a record without a key, and not none: with that MTKruto logs in there at once. Of none it makes a
 * key of no bytes, and logs in when the first request has failed.
 */
export class BranchAuth implements Part {
  readonly #live: LiveSession;
  readonly #main: AuthPart;
  readonly #memory: MemoryValues;
  readonly #dc: NamedDc | null;

  /** @param id the name of the branch */
  constructor(live: LiveSession, main: AuthPart, memory: MemoryValues, id: string) {
    this.#live = live;
    this.#main = main;
    this.#memory = memory;
    this.#dc = DC.test(id) ? dcByName('branch', id) : null;
  }

  has(key: MtkrutoKey): boolean {
    return key.length === 1;
  }

  get(): MtkrutoAuth {
    const kept = this.#memory.get(AUTH) as MtkrutoAuth | null;
    return kept ?? { apiId: 0, authKey: this.#key(), dc: null, isBot: false, userId: 0 };
  }

  /** Resolves when a key is durable, if it is one of the session. @throws SessionError `INVALID_VALUE` */
  set(_key: MtkrutoKey, value: unknown): Promise<void> | void {
    const dc = this.#dcInSession();
    if (dc === null) return this.#memory.set(AUTH, value);
    const given = value === null ? null : (checkObject('auth', '', value) as MtkrutoAuth).authKey;
    const isNone = given instanceof Uint8Array && given.length === 0;
    this.#live.setKey(dc, isNone ? null : checkAuthKey('auth', 'authKey', given), false);
    return this.#live.flush();
  }

  keys(): MtkrutoKey[] {
    return this.get().authKey === null ? [] : [AUTH];
  }

  #key(): Uint8Array | null {
    const dc = this.#dcInSession();
    const key = dc === null ? null : this.#live.session.dcs.find(({ id }) => id === dc)?.auth;
    return key ? Uint8Array.from(key) : null;
  }

  /** The main key is not to be had, or changed, by this way; and without a user the first key would pass for it. */
  #dcInSession(): number | null {
    const { mainDc, isTest } = this.#main;
    if (this.#dc === null || this.#dc.test !== isTest || this.#dc.id === mainDc) return null;
    return openSession(this.#live).user === null ? null : this.#dc.id;
  }
}
