/** {@link MemoryPeers}: peers that last as long as the process. */

import type { Peer, PeerKey, PeerStore } from '../peers.ts';
import { checkedPeers, checkMaxPeers, checkPage, checkPeerKey } from './check.ts';
import { excess, merged, namesOf, phoneToLookUp, samePeer, usernameToLookUp } from './rules.ts';

/** Options of {@link MemoryPeers}. */
export interface MemoryPeersOptions {
  /** How many peers are kept at most. Default 100,000, which take about 50 MB. */
  maxPeers?: number;
}

/** Keeps peers in memory: for tests, and beside sessions whose storage keeps none. Not tied to a login. */
export class MemoryPeers implements PeerStore {
  readonly #maxPeers: number;
  /** By `kind id`, each new one at the end. */
  readonly #peers = new Map<string, Peer>();
  /** The key of the peer that a name leads to. */
  readonly #names = new Map<string, string>();
  /** Whom there is, in order; null where that has to be found out. */
  #order: PeerKey[] | null = null;

  /** @throws SessionError `INVALID_VALUE` */
  constructor({ maxPeers = 100_000 }: MemoryPeersOptions = {}) {
    this.#maxPeers = checkMaxPeers(maxPeers);
  }

  async get(kind: Peer['kind'], id: number): Promise<Peer | null> {
    return copyOf(this.#peers.get(keyOf(checkPeerKey('peer', { kind, id }))));
  }

  async getByUsername(username: string): Promise<Peer | null> {
    return this.#byName(usernameToLookUp(username));
  }

  async getByPhone(phone: string): Promise<Peer | null> {
    const name = phoneToLookUp(phone);
    return name === null ? null : this.#byName(name);
  }

  async put(peers: Iterable<Peer>): Promise<void> {
    // All are checked before the first one is kept.
    for (const peer of [...checkedPeers(peers)]) this.#keep(peer);
    const tooMany = excess(this.#peers.size, this.#maxPeers);
    if (tooMany === 0) return;
    const bySeen = [...this.#peers].sort(([, a], [, b]) => (a.seen ?? -1) - (b.seen ?? -1));
    for (const [key] of bySeen.slice(0, tooMany)) this.#forget(key);
  }

  async list(page?: { after?: PeerKey | null; limit?: number }): Promise<Peer[]> {
    const { after, limit } = checkPage(page);
    this.#order ??= [...this.#peers.values()].map(({ kind, id }) => ({ kind, id })).sort(compare);
    const from = after === null ? 0 : placeBehind(this.#order, after);
    return this.#order.slice(from, from + limit).map((key) => structuredClone(this.#peers.get(keyOf(key))!));
  }

  async count(): Promise<number> {
    return this.#peers.size;
  }

  async delete(kind: Peer['kind'], id: number): Promise<void> {
    this.#forget(keyOf(checkPeerKey('peer', { kind, id })));
  }

  async clear(): Promise<void> {
    this.#peers.clear();
    this.#names.clear();
    this.#order = null;
  }

  #byName(name: string): Peer | null {
    const key = this.#names.get(name);
    return key === undefined ? null : copyOf(this.#peers.get(key));
  }

  #keep(peer: Peer): void {
    const key = keyOf(peer);
    const before = this.#peers.get(key);
    const now = before === undefined ? peer : merged(before, peer);
    if (before !== undefined && samePeer(before, now)) return;
    if (before === undefined) this.#order = null;
    else for (const name of namesOf(before)) this.#unname(name, key);
    this.#peers.set(key, now);
    for (const name of namesOf(now)) {
      const owner = this.#peers.get(this.#names.get(name) ?? '');
      const wasSeenSince = owner?.seen != null && peer.seen !== null && owner.seen > peer.seen;
      if (!wasSeenSince) this.#names.set(name, key);
    }
  }

  #forget(key: string): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.#peers.delete(key);
    this.#order = null;
    for (const name of namesOf(peer)) this.#unname(name, key);
  }

  #unname(name: string, key: string): void {
    if (this.#names.get(name) === key) this.#names.delete(name);
  }
}

function compare(a: PeerKey, b: PeerKey): number {
  return a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? -1 : 1;
}

/** The place of the first one behind a key. */
function placeBehind(order: readonly PeerKey[], key: PeerKey): number {
  let [from, to] = [0, order.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(order[middle]!, key) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function keyOf({ kind, id }: PeerKey): string {
  return `${kind} ${id}`;
}

function copyOf(peer: Peer | undefined): Peer | null {
  return peer === undefined ? null : structuredClone(peer);
}
