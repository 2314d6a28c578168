/** {@link MemorySession}: a session that lasts as long as the process. @module */

import { checkObject } from './check.ts';
import { Session } from './session.ts';
import type { Storage } from './storage.ts';

/**
 * Keeps a session in memory: for tests, and for sessions that live elsewhere, such as in a string.
 *
 * What is saved stays until the object is gone, also across `close()`. Nothing is shared with the caller.
 */
export class MemorySession implements Storage {
  #session: Session | null;

  /** @param session what the first `load()` returns; copied. @throws SessionError `INVALID_VALUE` */
  constructor(session: Session | null = null) {
    this.#session = session === null ? null : new Session(session);
  }

  async load(): Promise<Session | null> {
    return this.#session === null ? null : new Session(this.#session);
  }

  /** @throws SessionError `INVALID_VALUE` if the session was changed to something it cannot hold */
  async save(session: Session): Promise<void> {
    // Without the check, undefined would be taken for an empty session.
    this.#session = new Session(checkObject('Session', '', session));
  }

  async close(): Promise<void> {}
}
