/** Sessions of MTProto: what a client calls so, one for each of its connections, and a key may have many. */

import type { KeyEntry } from './auth-keys.ts';

/** Sends something to the client of a session. */
export interface Line {
  readonly number: number;
  send(session: ClientSession, body: Uint8Array, kind: 'answer' | 'notification', content: boolean): void;
}

/** One session. */
export interface ClientSession {
  readonly id: bigint;
  /** The key that it is encrypted with, permanent or temporary. */
  readonly usedKey: KeyEntry;
  /** Whether the client was told that it is a new session. */
  introduced: boolean;
  /** How many messages that want to be acknowledged were sent in it. */
  content: number;
  /** Whether it called a method in a way that asks for updates. */
  wantsUpdates: boolean;
  /** The connection that it is on now, or null. */
  line: Line | null;
}

/** The key that stands behind the one that is used: a temporary key stands for the one that it is bound to. */
export function permanent(usedKey: KeyEntry): KeyEntry {
  return usedKey.boundTo ?? usedKey;
}

/** All sessions of a data centre. */
export class Sessions {
  readonly #sessions = new Map<string, ClientSession>();

  /** The session of a key, made if there is none. */
  of(usedKey: KeyEntry, id: bigint): ClientSession {
    const name = `${usedKey.id} ${id}`;
    let session = this.#sessions.get(name);
    // A key that was destroyed and added again has other sessions.
    if (session === undefined || session.usedKey !== usedKey) {
      session = { id, usedKey, introduced: false, content: 0, wantsUpdates: false, line: null };
      this.#sessions.set(name, session);
    }
    return session;
  }

  /** Ends a session. */
  destroy(usedKey: KeyEntry, id: bigint): boolean {
    return this.#sessions.delete(`${usedKey.id} ${id}`);
  }

  /** The sessions of a key, or of all keys with which a user is logged in, that are connected. */
  connected(who: { user: number } | { keyId: string }): ClientSession[] {
    return [...this.#sessions.values()].filter(({ usedKey, line }) => {
      const key = permanent(usedKey);
      return line !== null && ('user' in who ? key.user === who.user : key.id === who.keyId);
    });
  }

  /** A connection has ended. */
  disconnect(line: Line): void {
    for (const session of this.#sessions.values()) if (session.line === line) session.line = null;
  }
}
