/** The keys that a data centre knows, who is logged in with each, and what has become of it. */

import { authKeyId, checkAuthKey } from '../../auth-key.ts';

/** One key. */
export interface KeyEntry {
  readonly id: string;
  readonly key: Uint8Array;
  /** Who is logged in with it, or null. */
  user: number | null;
  /** Who has still to prove the password, or null. */
  passwordOf: number | null;
  /** The layer that was claimed last. */
  layer: number | null;
  /** Used from two addresses at once, and useless since. */
  duplicated: boolean;
  /** For a temporary key the permanent one that it is bound to, null before; undefined for a permanent key. */
  boundTo: KeyEntry | null | undefined;
  /** Good salts: what the handshake gave, and the one that the server hands out. */
  readonly salts: Set<bigint>;
}

/** The keys of a data centre. */
export class AuthKeys {
  readonly #entries = new Map<string, KeyEntry>();
  readonly #serverSalt: bigint;

  constructor(serverSalt: bigint) {
    this.#serverSalt = serverSalt;
  }

  /**
   * Makes a key known, as if it had been made in a handshake.
   *
   * @param key the 256 bytes
   * @param user who is logged in with it, or null
   * @returns its id, 16 hexadecimal digits
   * @throws SessionError `INVALID_VALUE` if it is no key
   */
  add(key: Uint8Array, user: number | null = null): string {
    return this.put(checkAuthKey('authKeys', 'key', key)!, { user }).id;
  }

  /** Ids of all keys. */
  get ids(): string[] {
    return [...this.#entries.keys()];
  }

  /** Whether a key, or the id of one, is known. */
  has(key: Uint8Array | string): boolean {
    return this.#entries.has(idOf(key));
  }

  /** Who is logged in with a key, or null. */
  userOf(key: Uint8Array | string): number | null {
    return this.find(idOf(key))?.user ?? null;
  }

  /** Forgets a key: who uses it is told `-404`. */
  destroy(key: Uint8Array | string): boolean {
    return this.#entries.delete(idOf(key));
  }

  /** Ends the login of a key, which stays known: who uses it is told `401 AUTH_KEY_UNREGISTERED`. */
  revoke(key: Uint8Array | string): void {
    const entry = this.find(idOf(key));
    if (entry === undefined) throw new Error(`There is no key ${idOf(key)} here.`);
    entry.user = null;
    entry.passwordOf = null;
  }

  /** @internal */
  find(id: string): KeyEntry | undefined {
    return this.#entries.get(id);
  }

  /** @internal */
  put(
    key: Uint8Array,
    { user = null, salt, temporary = false }: { user?: number | null; salt?: bigint; temporary?: boolean },
  ): KeyEntry {
    const entry: KeyEntry = {
      id: authKeyId(key),
      key: Uint8Array.from(key),
      user,
      passwordOf: null,
      layer: null,
      duplicated: false,
      boundTo: temporary ? null : undefined,
      salts: new Set(salt === undefined ? [this.#serverSalt] : [this.#serverSalt, salt]),
    };
    this.#entries.set(entry.id, entry);
    return entry;
  }
}

function idOf(key: Uint8Array | string): string {
  return typeof key === 'string' ? key : authKeyId(key);
}
