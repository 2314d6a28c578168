/** The shelf with peers beside its session, as plain as can be: one store for each login, which a test can break. */

import { SessionError } from '../../src/index.ts';
import { MemoryPeers } from '../../src/peers/memory.ts';
import type { Peer, PeerKey, PeerStore } from '../../src/peers.ts';
import { type Shelf, ShelfSession } from './shelf.ts';

const stores = new WeakMap<Shelf, { login: string; peers: PeerStore }>();

/** A storage on a shelf, with peers. */
export class PeerShelfSession extends ShelfSession {
  readonly peers: PeerStore = {
    get: (kind, id) => this.ask((peers) => peers.get(kind, id)),
    getByUsername: (username) => this.ask((peers) => peers.getByUsername(username)),
    getByPhone: (phone) => this.ask((peers) => peers.getByPhone(phone)),
    put: async (list) => {
      const copy = structuredClone([...list]);
      return this.ask((peers) => peers.put(copy));
    },
    list: (page) => this.ask((peers) => peers.list(page)),
    count: () => this.ask((peers) => peers.count()),
    delete: (kind, id) => this.ask((peers) => peers.delete(kind, id)),
    clear: () => this.ask((peers) => peers.clear()),
  };

  /** Runs a call on the peers of the login that is on the shelf. */
  ask<T>(call: (peers: PeerStore) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      if (this.shelf.holder !== this) throw new SessionError('CLOSED', 'The shelf is closed.');
      return call(this.store());
    });
  }

  store(): PeerStore {
    const login = this.login();
    let store = stores.get(this.shelf);
    if (store?.login !== login) {
      store = { login, peers: this.make() };
      stores.set(this.shelf, store);
    }
    return store.peers;
  }

  make(): PeerStore {
    return new MemoryPeers();
  }

  login(): string {
    const session = this.decode(this.shelf.text);
    const home = session?.dcs.find(({ id }) => id === session.user?.dc);
    return `${session?.user?.id} ${home?.authKeyId}`;
  }
}

/** A store that passes everything on, to be broken in one place. */
export class PassingPeers implements PeerStore {
  readonly inner = new MemoryPeers();

  get(kind: Peer['kind'], id: number): Promise<Peer | null> {
    return this.inner.get(kind, id);
  }
  getByUsername(username: string): Promise<Peer | null> {
    return this.inner.getByUsername(username);
  }
  getByPhone(phone: string): Promise<Peer | null> {
    return this.inner.getByPhone(phone);
  }
  put(peers: Iterable<Peer>): Promise<void> {
    return this.inner.put(peers);
  }
  list(page?: { after?: PeerKey | null; limit?: number }): Promise<Peer[]> {
    return this.inner.list(page);
  }
  count(): Promise<number> {
    return this.inner.count();
  }
  delete(kind: Peer['kind'], id: number): Promise<void> {
    return this.inner.delete(kind, id);
  }
  clear(): Promise<void> {
    return this.inner.clear();
  }
}
