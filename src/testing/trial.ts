/** One case under way: its place, the storages that it made, and a limit on the time of each call. */

import type { PeerStore } from '../peers.ts';
import type { Session } from '../session.ts';
import type { Storage } from '../storage.ts';
import type { ConformanceOptions, Place } from './conformance.ts';
import { awaitedLater, ConformanceError, expectRejection, expectSession, expectThat } from './verdict.ts';

/** What a case gets to work with. */
export class Trial {
  readonly place: Place;
  readonly options: Required<ConformanceOptions>;
  #made: Storage[] = [];

  constructor(place: Place, options: Required<ConformanceOptions>) {
    this.place = place;
    this.options = options;
  }

  /** A new storage on the place. A call of it that does not settle fails the case. */
  storage(): Storage {
    const storage = this.place.storage();
    this.#made.push(storage);
    const limit = this.options.timeout;
    return {
      load: () => awaitedLater(inTime(limit, 'load()', () => storage.load())),
      save: (session) => awaitedLater(inTime(limit, 'save()', () => storage.save(session))),
      close: () => awaitedLater(inTime(limit, 'close()', () => storage.close())),
      get held() {
        return storage.held!;
      },
      get peers() {
        return storage.peers === undefined ? storage.peers! : inTimePeers(limit, storage.peers);
      },
    };
  }

  /** A storage, loaded. */
  async loaded(): Promise<Storage> {
    const storage = this.storage();
    await storage.load();
    return storage;
  }

  /** A storage, loaded, with a session saved in it. */
  async saved(session: Session): Promise<Storage> {
    const storage = await this.loaded();
    await storage.save(session);
    return storage;
  }

  /** Closes a storage and gives the one that a restart would make: another object, if the place can. */
  async reopen(storage: Storage): Promise<Storage> {
    await storage.close();
    return this.place.persistent === true ? this.storage() : storage;
  }

  /** Fails if a session is not in the storage now, and again after it was closed and opened. Closes it. */
  async expectKept(storage: Storage, session: Session | null, after: string): Promise<void> {
    expectSession(await storage.load(), session, `What load() gives after ${after}`);
    const again = await this.reopen(storage);
    expectSession(
      await again.load(),
      session,
      `What load() gives after ${after}, and closing and opening again,`,
    );
    await again.close();
  }

  /** Lets a save fail: as the place makes it fail, else by something in the session that none can hold. */
  async failedSave(storage: Storage, session: Session): Promise<void> {
    const { place } = this;
    if (place.failSaves === undefined) {
      await expectRejection(storage.save(spoilt(session)), 'save() of a session with pts NaN in a channel');
      return;
    }
    await place.failSaves(true);
    try {
      await expectRejection(storage.save(session), 'save() while failSaves(true) is in force');
    } finally {
      await place.failSaves(false);
    }
  }

  /** Closes what is open and cleans up; what goes wrong in that is of no matter to the case. */
  async end(): Promise<void> {
    for (const storage of this.#made) {
      await inTime(this.options.timeout, 'close()', () => storage.close()).catch(() => {});
    }
    await this.place.cleanup?.();
  }
}

/** A copy that is good up to its last channel, so that a storage that writes while it checks is found out. */
function spoilt(session: Session): Session {
  const copy = session.with({});
  const last = copy.state?.channels.at(-1);
  expectThat(last !== undefined, 'The case needs a session with channels.');
  last.pts = Number.NaN;
  return copy;
}

function inTimePeers(limit: number, peers: PeerStore): PeerStore {
  const call = <T>(name: string, run: () => Promise<T>) =>
    awaitedLater(inTime(limit, `peers.${name}()`, run));
  return {
    get: (kind, id) => call('get', () => peers.get(kind, id)),
    getByUsername: (username) => call('getByUsername', () => peers.getByUsername(username)),
    getByPhone: (phone) => call('getByPhone', () => peers.getByPhone(phone)),
    put: (list) => call('put', () => peers.put(list)),
    list: (page) => call('list', () => peers.list(page)),
    count: () => call('count', () => peers.count()),
    delete: (kind, id) => call('delete', () => peers.delete(kind, id)),
    clear: () => call('clear', () => peers.clear()),
  };
}

async function inTime<T>(limit: number, what: string, call: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ConformanceError(`${what} did not settle within ${limit} ms.`)),
      limit,
    );
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}
