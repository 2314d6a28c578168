/** {@link PeerShelf}: the peers of one session in memory, as they are written there. */

import type { Login } from '../../login.ts';
import type { Peer, PeerKey } from '../../peers.ts';
import type { PeerChanges } from '../backend.ts';

/** Peers and names. Which of them count is decided above. */
export class PeerShelf {
  login: Login | null = null;
  readonly #peers = new Map<string, Peer>();
  readonly #names = new Map<string, string>();

  get size(): number {
    return this.#peers.size;
  }

  get(keys: readonly PeerKey[]): Peer[] {
    return keys.flatMap((key) => copies(this.#peers.get(keyOf(key))));
  }

  named(names: readonly string[]): [string, Peer][] {
    return names.flatMap((name) =>
      copies(this.#peers.get(this.#names.get(name) ?? '')).map((peer): [string, Peer] => [name, peer]),
    );
  }

  page(after: PeerKey | null, limit: number): Peer[] {
    const inOrder = [...this.#peers.values()].sort(compare);
    const behind = after === null ? inOrder : inOrder.filter((peer) => compare(peer, after) > 0);
    return behind.slice(0, limit).flatMap(copies);
  }

  oldest(limit: number): Peer[] {
    const bySeen = [...this.#peers.values()].sort((a, b) => (a.seen ?? -1) - (b.seen ?? -1));
    return bySeen.slice(0, limit).flatMap(copies);
  }

  write({ login, clear, put, gone, namesPut, namesGone }: PeerChanges): void {
    this.login = { ...login };
    if (clear) {
      this.#peers.clear();
      this.#names.clear();
    }
    for (const peer of put) this.#peers.set(keyOf(peer), structuredClone(peer));
    for (const key of gone) this.#peers.delete(keyOf(key));
    for (const name of namesGone) this.#names.delete(name);
    for (const [name, key] of namesPut) this.#names.set(name, keyOf(key));
  }
}

function copies(peer: Peer | undefined): Peer[] {
  return peer === undefined ? [] : [structuredClone(peer)];
}

function compare(a: PeerKey, b: PeerKey): number {
  return a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? -1 : 1;
}

function keyOf({ kind, id }: PeerKey): string {
  return `${kind} ${id}`;
}
