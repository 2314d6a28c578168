/** {@link CachedPeers}: whom a client of mtcute has met, in a store of peers. */

import { refuse } from '../../check.ts';
import { hashText, readHash } from '../../formats/mtcute/hash.ts';
import { checkPeer } from '../../peers/check.ts';
import { fromMarkedId, type Peer, type PeerStore, toMarkedId } from '../../peers.ts';
import type { MtcutePeer, MtcutePeers } from './provider.ts';

/** Of how many peers the object of the API is kept, in memory. */
const MAX_COMPLETE = 2000;
/** How many peers wait for a save at most. */
const MAX_WAITING = 5000;

/**
 * Peers wait for the save that follows; until then they are found all the same. A store has no place for the object of the
 * API that mtcute keeps with each: it is kept in memory for those that were met last. Where it is missing mtcute still
 * names the peer to the server, which is what peers are kept for, and asks for it where it needs the object.
 */
export class CachedPeers implements MtcutePeers {
  readonly #store: () => Promise<PeerStore | null>;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<number, MtcutePeer>();
  readonly #complete = new Map<number, MtcutePeer>();

  /** @param store gives the store once it is open; null where it cannot be, or is closed, which somebody else tells */
  constructor(store: () => Promise<PeerStore | null>, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** Whether there are peers that are not in the store yet. */
  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  store(peer: MtcutePeer): void {
    const isMin = peer.isMin ?? false;
    // One known in part never hides one that is whole.
    if (isMin && this.#complete.get(peer.id)?.isMin === false) return;
    const copy: MtcutePeer = { ...peer, isMin, usernames: [...peer.usernames] };
    this.#complete.delete(peer.id);
    this.#complete.set(peer.id, copy);
    if (this.#complete.size > MAX_COMPLETE) this.#complete.delete(this.#complete.keys().next().value!);
    this.#waiting.delete(peer.id);
    this.#waiting.set(peer.id, copy);
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!);
  }

  async getById(id: number): Promise<MtcutePeer | null> {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined && !waiting.isMin) return copyOf(waiting);
    const key = fromMarkedId(id);
    const stored = key === null ? null : await this.#ask((store) => store.get(key.kind, key.id));
    if (stored === null || (stored.min === true && waiting !== undefined))
      return waiting ? copyOf(waiting) : null;
    return this.#fromStored(stored);
  }

  getByUsername(username: string): Promise<MtcutePeer | null> {
    const name = username.toLowerCase();
    return this.#find(
      (peer) => peer.usernames.some((each) => each.toLowerCase() === name),
      (store) => store.getByUsername(name),
    );
  }

  getByPhone(phone: string): Promise<MtcutePeer | null> {
    return this.#find(
      (peer) => peer.phone === phone,
      (store) => store.getByPhone(phone),
    );
  }

  async deleteAll(): Promise<void> {
    this.clear();
    await this.#ask(async (store) => {
      await store.clear();
      return null;
    });
  }

  /** Forgets what is in memory. */
  clear(): void {
    this.#waiting.clear();
    this.#complete.clear();
  }

  /**
   * Puts those that wait in the store. What fails is told, and they wait for the next time: it is a cache. To be called
   * when the session has a key: peers belong to it.
   */
  async write(): Promise<void> {
    const batch = [...this.#waiting.values()];
    if (batch.length === 0) return;
    const peers = batch.flatMap((peer) => {
      try {
        return [toStored(peer)];
      } catch (error) {
        this.#onError(error);
        return [];
      }
    });
    try {
      const store = await this.#store();
      if (store === null) return;
      await store.put(peers);
      // One that was met again meanwhile still waits.
      for (const peer of batch) if (this.#waiting.get(peer.id) === peer) this.#waiting.delete(peer.id);
    } catch (error) {
      this.#onError(error);
    }
  }

  async #find(
    isMeant: (peer: MtcutePeer) => boolean,
    ask: (store: PeerStore) => Promise<Peer | null>,
  ): Promise<MtcutePeer | null> {
    const waiting = [...this.#waiting.values()].findLast((peer) => !peer.isMin && isMeant(peer));
    if (waiting !== undefined) return copyOf(waiting);
    const stored = await this.#ask(ask);
    if (stored === null || stored.min === true) return null;
    // Since it was stored it may have been met without that name.
    const found = this.#waiting.get(toMarkedId(stored));
    return found !== undefined && !found.isMin ? null : this.#fromStored(stored);
  }

  async #ask(question: (store: PeerStore) => Promise<Peer | null>): Promise<Peer | null> {
    try {
      const store = await this.#store();
      return store === null ? null : await question(store);
    } catch (error) {
      this.#onError(error);
      return null;
    }
  }

  #fromStored(peer: Peer): MtcutePeer {
    const { accessHash, usernames, phone, seen, min = false } = peer;
    const id = toMarkedId(peer);
    const hash = accessHash === null ? '' : hashText(accessHash);
    const known = this.#complete.get(id);
    const isSame = known !== undefined && known.accessHash === hash && known.isMin === min;
    return {
      id,
      accessHash: hash,
      isMin: min,
      usernames: usernames.map((name) => name.toLowerCase()),
      updated: isSame ? known.updated : (seen ?? 0) * 1000,
      ...(phone !== null && { phone }),
      complete: isSame ? known.complete.slice() : new Uint8Array(0),
    };
  }
}

/** @throws SessionError `INVALID_VALUE` */
function toStored({ id, accessHash, isMin, usernames, updated, phone }: MtcutePeer): Peer {
  const key = fromMarkedId(id);
  if (key === null) return refuse('peer', 'id', 'the marked id of a peer', id);
  return checkPeer(`peer[${id}]`, {
    ...key,
    accessHash: readHash(`peer[${id}]`, accessHash),
    usernames,
    phone: phone === undefined || phone === '' ? null : phone,
    name: null,
    seen: Math.floor(updated / 1000),
    min: isMin,
  });
}

function copyOf(peer: MtcutePeer): MtcutePeer {
  return { ...peer, usernames: [...peer.usernames] };
}
