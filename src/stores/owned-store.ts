/** A store that owns its connection. */

import { inOrder } from '../storage.ts';
import type {
  ClaimOptions,
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  SessionStore,
  StoredSession,
  StoredSessionOptions,
} from './store.ts';

export class OwnedStore implements SessionStore {
  readonly #store: SessionStore;
  readonly #shown: string;
  readonly #end: () => Promise<unknown>;
  #closing: Promise<void> | null = null;

  /**
   * @param shown what to call it; without a password
   * @param end closes the connection
   */
  constructor(store: SessionStore, shown: string, end: () => Promise<unknown>) {
    this.#store = store;
    this.#shown = shown;
    this.#end = end;
  }

  session(name: string, options?: StoredSessionOptions): StoredSession {
    return this.#store.session(name, options);
  }

  list(options?: ListOptions): Promise<SessionInfo[]> {
    return this.#store.list(options);
  }

  find(filter: SessionFilter): AsyncIterable<SessionInfo> {
    return this.#store.find(filter);
  }

  info(name: string): Promise<SessionInfo | null> {
    return this.#store.info(name);
  }

  claim(options?: ClaimOptions): Promise<StoredSession[]> {
    return this.#store.claim(options);
  }

  delete(name: string): Promise<boolean> {
    return this.#store.delete(name);
  }

  setStatus(name: string, status: SessionStatus, reason?: string | null): Promise<void> {
    return this.#store.setStatus(name, status, reason);
  }

  describe(name: string, details: SessionDetails): Promise<void> {
    return this.#store.describe(name, details);
  }

  /** Closes the store, then its connection, also if the first failed. */
  close(): Promise<void> {
    this.#closing ??= inOrder([
      () => this.#store.close(),
      async () => {
        await this.#end();
      },
    ]);
    return this.#closing;
  }

  toString(): string {
    return this.#shown;
  }
}
