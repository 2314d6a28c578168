/** {@link MetPeers}: whom a client of MTKruto has met, in a store of peers. */

import { SessionError } from '../../errors.ts';
import { fromMarkedId, type Peer, type PeerKey, type PeerStore, toMarkedId } from '../../peers.ts';
import { SaveBehind } from '../save-behind.ts';
import { chatOf, type MtkrutoPeer, peerOf } from './chats.ts';
import { RecentValues } from './recent-values.ts';

/** Of how many chats, and of how many names, what MTKruto gave is kept in memory, as it does itself. */
const MAX_RECENT = 20_000;
/** How many peers wait for a save at most. */
const MAX_WAITING = 50_000;
const MAX_PAGE = 10_000;

/** Whom a name belonged to, and when that was found. */
export type Named = [id: number, date: Date];

/** Which name: a username, or a phone number. */
export type NameKind = 'username' | 'phone';

/** What waits to be stored of one peer; null where it is to be forgotten. */
type Waiting = { peer: Peer | null; names: { kind: NameKind; name: string; seen: number }[] } | null;

/** What it needs of others. */
export interface MetPeersOptions {
  /** The store; called when it is needed, since a new login may have another one. */
  store(): PeerStore;
  /** Resolves to whether peers can be stored now: the session has a key, which is durable, and is ours. */
  canStore(): Promise<boolean>;
  /** The account itself, or null. */
  self(): number | null;
  onError(error: unknown): void;
}

/**
 * Peers are stored behind, many at a time. A store has no place for all that MTKruto knows of a chat: that is in memory,
 * for the last ones; where it is missing the chat is made of the peer.
 */
export class MetPeers {
  readonly #options: MetPeersOptions;
  readonly #chats = new RecentValues<number, MtkrutoPeer>(MAX_RECENT);
  readonly #named = {
    username: new RecentValues<string, Named>(MAX_RECENT),
    phone: new RecentValues<string, Named>(MAX_RECENT),
  };
  readonly #waiting = new Map<number, Waiting>();
  readonly #saving: SaveBehind;
  /** Grows with each login that is over. */
  #logins = 0;
  /** Whether a chat was met that is no peer as we know them: said once. */
  #hasToldOfStrange = false;

  constructor(options: MetPeersOptions) {
    this.#options = options;
    this.#saving = new SaveBehind({
      save: (seen) => this.#store(seen),
      onError: (error) => options.onError(error),
    });
  }

  /** The chat with a marked id, or null. */
  async chat(id: number): Promise<MtkrutoPeer | null> {
    const recent = this.#chats.get(id);
    if (recent !== undefined) return recent;
    const key = fromMarkedId(id);
    const peer = key === null ? null : await this.#ask((store) => store.get(key.kind, key.id));
    return peer === null ? null : chatOf(peer, this.#options.self());
  }

  /** Keeps a chat that was met now; null forgets it. */
  setChat(id: number, value: MtkrutoPeer | null): void {
    this.#chats.set(id, value);
    if (value === null) {
      this.#wait(id, null);
      return;
    }
    try {
      const peer = peerOf(id, value, now());
      this.#wait(id, { peer, names: this.#waiting.get(id)?.names ?? [] });
    } catch (error) {
      // MTKruto goes on with it; only the next start will not know it.
      if (!this.#hasToldOfStrange) this.#options.onError(error);
      this.#hasToldOfStrange = true;
    }
  }

  /** Whom a name belonged to, or null. */
  async named(kind: NameKind, name: string): Promise<Named | null> {
    const recent = this.#named[kind].get(name);
    if (recent !== undefined) return recent;
    const peer = await this.#ask((store) =>
      kind === 'username' ? store.getByUsername(name) : store.getByPhone(name),
    );
    return peer === null ? null : [toMarkedId(peer), dateOf(peer)];
  }

  /** Keeps whom a name belongs to; null forgets it, for as long as the peer is not met again. */
  setNamed(kind: NameKind, name: string, value: Named | null): void {
    this.#named[kind].set(name, value);
    if (value === null) return;
    const [id, date] = value;
    const { peer = null, names = [] } = this.#waiting.get(id) ?? {};
    this.#wait(id, { peer, names: [...names, { kind, name, seen: Math.floor(date.getTime() / 1000) }] });
  }

  /** Marked ids of all that are kept. */
  async *ids(): AsyncGenerator<number> {
    yield* this.#chats.keys();
    for await (const peer of this.#stored()) {
      const id = toMarkedId(peer);
      if (!this.#chats.has(id)) yield id;
    }
  }

  /** All names that are kept. */
  async *names(kind: NameKind): AsyncGenerator<string> {
    const recent = this.#named[kind];
    yield* recent.keys();
    for await (const { usernames, phone } of this.#stored()) {
      const names = kind === 'username' ? usernames : phone === null ? [] : [phone];
      for (const name of names) if (!recent.has(name)) yield name;
    }
  }

  /** Forgets what is in memory, and what waits: it was of another login. */
  clear(): void {
    this.#chats.clear();
    this.#named.username.clear();
    this.#named.phone.clear();
    this.#waiting.clear();
    this.#logins++;
  }

  /** Resolves when all of them are stored, or could not be: `onError` has heard of that. */
  async flush(): Promise<void> {
    // They may have waited for a login, and not for a try.
    if (this.#waiting.size > 0) this.#saving.changed();
    await this.#saving.flush().catch(() => {});
  }

  #wait(id: number, what: Waiting): void {
    this.#waiting.delete(id);
    this.#waiting.set(id, what);
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#saving.changed();
  }

  async #store(seen: () => void): Promise<void> {
    seen();
    if (!(await this.#options.canStore())) return;
    const logins = this.#logins;
    const batch = [...this.#waiting];
    const store = this.#options.store();
    const peers: Peer[] = [];
    for (const [id, what] of batch) {
      const key = fromMarkedId(id);
      if (key === null) continue;
      if (what === null) {
        await store.delete(key.kind, key.id);
        continue;
      }
      // A name leads to somebody who can be reached, or nowhere.
      const peer = what.peer ?? (await store.get(key.kind, key.id));
      if (peer !== null) peers.push(withNames(peer, what.names));
    }
    if (logins !== this.#logins) return;
    if (peers.length > 0) await store.put(peers);
    // What was met again meanwhile still waits.
    for (const [id, what] of batch) if (this.#waiting.get(id) === what) this.#waiting.delete(id);
  }

  async *#stored(): AsyncGenerator<Peer> {
    const store = this.#options.store();
    let after: PeerKey | null = null;
    do {
      const page: Peer[] = await store.list({ after, limit: MAX_PAGE });
      yield* page;
      after = page.at(-1) ?? null;
    } while (after !== null);
  }

  async #ask(question: (store: PeerStore) => Promise<Peer | null>): Promise<Peer | null> {
    try {
      return await question(this.#options.store());
    } catch (error) {
      // What no peer can be called, no peer is called.
      if (!(error instanceof SessionError && error.code === 'INVALID_VALUE')) this.#options.onError(error);
      return null;
    }
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** When a peer was seen; long ago where nobody knows, so that MTKruto asks again. */
function dateOf({ seen }: Peer): Date {
  return new Date((seen ?? 0) * 1000);
}

/** A peer with the names that led to it, the newest of which tells when it was seen. */
function withNames(peer: Peer, names: NonNullable<Waiting>['names']): Peer {
  const result: Peer = { ...peer, usernames: [...peer.usernames] };
  for (const { kind, name, seen } of names) {
    if (kind === 'phone') result.phone ??= name;
    else if (!result.usernames.some((each) => each.toLowerCase() === name.toLowerCase()))
      result.usernames.push(name);
    result.seen = Math.max(result.seen ?? 0, seen);
  }
  return result;
}
