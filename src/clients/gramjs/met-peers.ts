/** {@link MetPeers}: whom a client of GramJS or teleproto has met, in a store of peers. */

import { SessionError } from '../../errors.ts';
import { checkPeer } from '../../peers/check.ts';
import { fromMarkedId, type Peer, type PeerStore, toMarkedId } from '../../peers.ts';
import { SaveBehind } from '../save-behind.ts';

/** How many peers are in memory, those met or asked for last. */
const MAX_RECENT = 5000;

/** How a peer is asked for. */
export type Question = { by: 'id'; marked: number } | { by: 'username' | 'phone' | 'name'; text: string };

/** What it needs of others. */
export interface MetPeersOptions {
  /** The store; called when it is needed, since a new login may have another one. */
  store(): PeerStore;
  /** Resolves to whether peers can be stored now: the session has a key, which is durable, and is ours. */
  canStore(): Promise<boolean>;
  onError(error: unknown): void;
}

/**
 * The clients ask at once, and a store answers later. So it is asked before they do (`recall`), and what it knows is then
 * found in memory. What was met is stored behind, many at a time.
 */
export class MetPeers {
  readonly #options: MetPeersOptions;
  /** By marked id, the one met last at the end. */
  readonly #recent = new Map<number, Peer>();
  readonly #waiting = new Map<number, Peer>();
  readonly #saving: SaveBehind;

  constructor(options: MetPeersOptions) {
    this.#options = options;
    this.#saving = new SaveBehind({
      save: (seen) => this.#store(seen),
      onError: (error) => options.onError(error),
    });
  }

  /** Keeps peers that were met now. */
  meet(peers: readonly Peer[]): void {
    for (const peer of peers) {
      try {
        this.#keep(checkPeer('peer', peer));
      } catch (error) {
        this.#options.onError(error);
      }
    }
    if (this.#waiting.size > 0) this.#saving.changed();
  }

  /** The peer in memory that is meant, or null. */
  find(question: Question): Peer | null {
    if (question.by === 'id') return this.#recent.get(question.marked) ?? null;
    const { by, text } = question;
    const isMeant = (peer: Peer) => {
      if (by === 'username') return peer.usernames.some((name) => name.toLowerCase() === text.toLowerCase());
      return peer[by] === text;
    };
    return [...this.#recent.values()].findLast(isMeant) ?? null;
  }

  /** Asks the store for a peer, and has it in memory if it knows one. Says whether it does. */
  async recall(question: Question): Promise<boolean> {
    try {
      const store = this.#options.store();
      const peer = await ask(store, question);
      if (peer === null || peer.min === true) return false;
      // It was met meanwhile, and without that name.
      if (this.#waiting.has(toMarkedId(peer))) return false;
      this.#remember(peer);
      return true;
    } catch (error) {
      // What no peer can be called, no peer is called.
      if (!(error instanceof SessionError && error.code === 'INVALID_VALUE')) this.#options.onError(error);
      return false;
    }
  }

  /** Forgets what is in memory, and what waits: it was of another login. */
  clear(): void {
    this.#recent.clear();
    this.#waiting.clear();
  }

  /** Resolves when all of them are stored, or could not be: `onError` has heard of that. */
  async flush(): Promise<void> {
    // They may have waited for a login, and not for a try.
    if (this.#waiting.size > 0) this.#saving.changed();
    await this.#saving.flush().catch(() => {});
  }

  #keep(peer: Peer): void {
    const marked = toMarkedId(peer);
    this.#remember(peer);
    this.#waiting.delete(marked);
    this.#waiting.set(marked, peer);
    if (this.#waiting.size > MAX_RECENT) this.#waiting.delete(this.#waiting.keys().next().value!);
  }

  #remember(peer: Peer): void {
    const marked = toMarkedId(peer);
    this.#recent.delete(marked);
    this.#recent.set(marked, peer);
    if (this.#recent.size > MAX_RECENT) this.#recent.delete(this.#recent.keys().next().value!);
  }

  async #store(seen: () => void): Promise<void> {
    seen();
    if (!(await this.#options.canStore())) return;
    const batch = [...this.#waiting];
    await this.#options.store().put(batch.map(([, peer]) => peer));
    // One that was met again meanwhile still waits.
    for (const [marked, peer] of batch) if (this.#waiting.get(marked) === peer) this.#waiting.delete(marked);
  }
}

async function ask(store: PeerStore, question: Question): Promise<Peer | null> {
  if (question.by === 'username') return store.getByUsername(question.text);
  if (question.by === 'phone') return store.getByPhone(question.text);
  // A store finds nobody by what is shown as the name.
  const key = question.by === 'id' ? fromMarkedId(question.marked) : null;
  return key === null ? null : store.get(key.kind, key.id);
}
