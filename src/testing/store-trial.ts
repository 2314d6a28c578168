/** One case of the store suite under way: its place, and the stores that it made. */

import type { Session } from '../session.ts';
import type { SessionStore, StoredSession, StoredSessionOptions } from '../stores/store.ts';
import type { StoreConformanceOptions, StorePlace } from './store-conformance.ts';
import { ConformanceError } from './verdict.ts';

/** What a case gets to work with. */
export class StoreTrial {
  readonly place: StorePlace;
  readonly options: Required<StoreConformanceOptions>;
  readonly #stores: SessionStore[] = [];

  constructor(place: StorePlace, options: Required<StoreConformanceOptions>) {
    this.place = place;
    this.options = options;
  }

  /** The store. */
  async store(): Promise<SessionStore> {
    return this.#opened(await this.place.store());
  }

  /** A store as another process would open it; where the place has none, the first one again. */
  async other(first: SessionStore): Promise<SessionStore> {
    return this.place.openSecond === undefined ? first : this.#opened(await this.place.openSecond());
  }

  /** Saves a session under a name, and gives it back. */
  async put(store: SessionStore, name: string, session: Session): Promise<void> {
    const storage = store.session(name);
    await storage.load();
    await storage.save(session);
    await storage.close();
  }

  /** A session of a store, taken. */
  async taken(store: SessionStore, name: string, options: StoredSessionOptions = {}): Promise<StoredSession> {
    const storage = store.session(name, options);
    await storage.load();
    return storage;
  }

  /** Fails the case if a call does not settle in time. */
  async inTime<T>(what: string, call: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = this.options.timeout;
    const late = new Promise<never>((_, reject) => {
      const error = new ConformanceError(`${what} did not settle within ${limit} ms.`);
      timer = setTimeout(() => reject(error), limit);
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what is open and cleans up; what goes wrong in that is of no matter to the case. */
  async end(): Promise<void> {
    for (const store of this.#stores) await this.inTime('close()', store.close()).catch(() => {});
    await this.place.cleanup?.();
  }

  #opened(store: SessionStore): SessionStore {
    this.#stores.push(store);
    return store;
  }
}
