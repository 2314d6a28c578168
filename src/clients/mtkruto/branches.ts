/** {@link Branches}: the storages inside a storage of MTKruto. */

import type { LiveSession } from '../live-session.ts';
import type { AuthPart } from './auth.ts';
import { BranchAuth } from './branch-auth.ts';
import type { MtkrutoStore } from './interface.ts';
import { MemoryValues } from './memory-values.ts';
import { routedStore } from './routed-store.ts';

/** Branches by name: one of a branch is `aS__b`, as in MTKruto's own storages. */
export class Branches {
  readonly #live: LiveSession;
  readonly #main: AuthPart;
  readonly #initialize: () => Promise<void>;
  readonly #known = new Map<string, { store: MtkrutoStore; memory: MemoryValues }>();

  /** @param initialize initializes the whole */
  constructor(live: LiveSession, main: AuthPart, initialize: () => Promise<void>) {
    this.#live = live;
    this.#main = main;
    this.#initialize = initialize;
  }

  /** The branch of a name, the same each time. */
  branch(id: string): MtkrutoStore {
    const known = this.#known.get(id);
    if (known !== undefined) return known.store;
    const memory = new MemoryValues();
    const store = routedStore({
      parts: new Map([['auth', new BranchAuth(this.#live, this.#main, memory, id)]]),
      memory,
      initialize: this.#initialize,
      // The whole goes on, and closes by itself.
      close: async () => {},
      branch: (inner) => this.branch(`${id}S__${inner}`),
      onError: (error) => this.#live.fail(error),
    });
    this.#known.set(id, { store, memory });
    return store;
  }

  /** Forgets what they have in memory. */
  clear(): void {
    for (const { memory } of this.#known.values()) memory.clear();
  }
}
