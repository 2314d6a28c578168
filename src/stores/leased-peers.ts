/** The peers of a session of a store with leases: the rules of a `PeerStore`, over what the database keeps. */

import { SessionError } from '../errors.ts';
import { type Login, sameLogin } from '../login.ts';
import { checkedPeers, checkPage, checkPeerKey } from '../peers/check.ts';
import { excess, merged, namesOf, phoneToLookUp, samePeer, usernameToLookUp } from '../peers/rules.ts';
import type { Peer, PeerKey, PeerStore } from '../peers.ts';
import type { PeerBackend, PeerChanges } from './backend.ts';
import { type InLease, lostNow } from './leased-aside.ts';
import type { OpenLease } from './leased-session.ts';
import type { StoreCore } from './store-core.ts';

/** How many peers are read and written in one step. */
const BATCH = 1000;

/** Peers of the login that the session is now. */
export class LeasedPeers implements PeerStore {
  readonly #core: StoreCore;
  readonly #inLease: InLease;

  constructor(core: StoreCore, inLease: InLease) {
    this.#core = core;
    this.#inLease = inLease;
  }

  async get(kind: Peer['kind'], id: number): Promise<Peer | null> {
    const key = checkPeerKey('peer', { kind, id });
    return this.#look(async (peers, name) => (await peers.get(name, [key]))[0] ?? null, null);
  }

  async getByUsername(username: string): Promise<Peer | null> {
    return this.#byName(usernameToLookUp(username));
  }

  async getByPhone(phone: string): Promise<Peer | null> {
    return this.#byName(phoneToLookUp(phone));
  }

  async put(peers: Iterable<Peer>): Promise<void> {
    const copy = [...checkedPeers(peers)];
    return this.#inLease(async (open) => {
      if (copy.length === 0) return;
      const { atOnce = copy.length } = this.#core.backend.peers;
      for (let i = 0; i < copy.length; i += atOnce) await this.#putSome(open, copy.slice(i, i + atOnce));
      await this.#makeRoom(open);
    });
  }

  async list(page?: { after?: PeerKey | null; limit?: number }): Promise<Peer[]> {
    const { after, limit } = checkPage(page);
    return this.#look((peers, name) => peers.page(name, after, limit), []);
  }

  count(): Promise<number> {
    return this.#look((peers, name) => peers.count(name), 0);
  }

  async delete(kind: Peer['kind'], id: number): Promise<void> {
    const key = checkPeerKey('peer', { kind, id });
    return this.#inLease(async (open) => {
      const login = await this.#login(open);
      if (login === null) return;
      const found = await this.#core.backend.peers.get(open.lease.name, [key]);
      if (found.length > 0) await this.#forget(open, login, found);
    });
  }

  clear(): Promise<void> {
    return this.#inLease(async (open) => {
      const login = await this.#login(open);
      if (login !== null) await this.#write(open, { ...NOTHING, login, clear: true });
    });
  }

  /** Puts them in one step, each with its names. */
  async #putSome(open: OpenLease, some: Peer[]): Promise<void> {
    const owner = await this.#ownerFor(open);
    const changes = await this.#changesFor(open.lease.name, some, owner.clear);
    if (changes.put.length > 0 || owner.isNew) await this.#write(open, { ...changes, ...owner });
  }

  #byName(key: string | null): Promise<Peer | null> {
    return this.#look(async (peers, name) => {
      const [found] = key === null ? [] : await peers.named(name, [key]);
      return found?.[1] ?? null;
    }, null);
  }

  /** Looks at the peers of this login; gives `none` if there are none. */
  #look<T>(read: (peers: PeerBackend, name: string) => Promise<T>, none: T): Promise<T> {
    return this.#inLease(async (open) => {
      if ((await this.#login(open)) === null) return none;
      return read(this.#core.backend.peers, open.lease.name);
    });
  }

  /** Whose peers are there, if they are those of this login. */
  async #login({ lease, login }: OpenLease): Promise<Login | null> {
    const owner = login === null ? null : await this.#core.backend.peers.login(lease.name);
    return owner !== null && sameLogin(owner, login!) ? owner : null;
  }

  /** Whose peers they are to be from now on. */
  async #ownerFor({ lease, login }: OpenLease): Promise<Owner> {
    if (login === null) {
      throw new SessionError(
        'NOT_FOUND',
        `The session ${lease.name} holds no auth key that peers could belong to. save() it first.`,
      );
    }
    const owner = await this.#core.backend.peers.login(lease.name);
    if (owner === null || !sameLogin(owner, login)) return { login, isNew: true, clear: true };
    const isNew = owner.userId === null && login.userId !== null;
    return { login: isNew ? login : owner, isNew, clear: false };
  }

  /** What putting peers changes. @param isEmpty whether none of those that are there count */
  async #changesFor(name: string, copy: Peer[], isEmpty: boolean): Promise<Changed> {
    const { peers } = this.#core.backend;
    const known = new Map<string, Peer>();
    const leads = new Map<string, Peer>();
    for (let i = 0; i < copy.length && !isEmpty; i += BATCH) {
      const batch = copy.slice(i, i + BATCH);
      const before = await peers.get(name, uniqueKeys(batch));
      for (const peer of before) known.set(keyOf(peer), peer);
      const names = new Set([...batch, ...before].flatMap(namesOf));
      for (const [key, peer] of await peers.named(name, [...names])) leads.set(key, peer);
    }
    return changed(copy, known, leads);
  }

  /** Forgets those that were seen least recently, if there are too many. */
  async #makeRoom(open: OpenLease): Promise<void> {
    const { backend, maxPeers } = this.#core;
    const { name } = open.lease;
    let left = excess(await backend.peers.count(name), maxPeers);
    if (left === 0) return;
    const { login } = await this.#ownerFor(open);
    while (left > 0) {
      const oldest = await backend.peers.oldest(name, Math.min(left, BATCH));
      if (oldest.length === 0) return;
      await this.#forget(open, login, oldest);
      left -= oldest.length;
    }
  }

  async #forget(open: OpenLease, login: Login, peers: Peer[]): Promise<void> {
    const { backend } = this.#core;
    const keys = new Set(peers.map(keyOf));
    const leads = await backend.peers.named(open.lease.name, peers.flatMap(namesOf));
    const namesGone = leads.filter(([, peer]) => keys.has(keyOf(peer))).map(([name]) => name);
    const gone = peers.map(({ kind, id }) => ({ kind, id }));
    await this.#write(open, { ...NOTHING, login, gone, namesGone });
  }

  async #write({ lease }: OpenLease, changes: PeerChanges): Promise<void> {
    if (!(await this.#core.backend.peers.write(lease, changes))) throw lostNow(lease);
  }
}

const NOTHING = {
  clear: false,
  put: [],
  gone: [],
  namesPut: [],
  namesGone: [],
} satisfies Partial<PeerChanges>;

/** Whose peers they are. */
interface Owner {
  login: Login;
  /** Whether that is not what is written there. */
  isNew: boolean;
  /** Whether those that are there are another's. */
  clear: boolean;
}

type Changed = Pick<PeerChanges, 'put' | 'gone' | 'namesPut' | 'namesGone'>;

/**
 * What putting peers changes, by the rules of a `PeerStore`.
 *
 * @param known those of them that are there; changed to what there is afterwards
 * @param leads where their names lead; changed likewise
 */
function changed(batch: Peer[], known: Map<string, Peer>, leads: Map<string, Peer>): Changed {
  const put = new Map<string, Peer>();
  const namesPut = new Map<string, Peer>();
  const namesGone = new Set<string>();
  for (const peer of batch) {
    const key = keyOf(peer);
    const before = known.get(key);
    const now = before === undefined ? peer : merged(before, peer);
    if (before !== undefined && samePeer(before, now)) continue;
    known.set(key, now);
    put.set(key, now);
    const names = namesOf(now);
    for (const old of before === undefined ? [] : namesOf(before)) {
      const owner = leads.get(old);
      if (names.includes(old) || owner === undefined || keyOf(owner) !== key) continue;
      leads.delete(old);
      namesPut.delete(old);
      namesGone.add(old);
    }
    for (const each of names) {
      // A name goes over to whom it was seen with now, unless its owner was seen with it since.
      const owner = leads.get(each);
      const isOlder = owner !== undefined && seenOf(known, owner) > (peer.seen ?? Number.POSITIVE_INFINITY);
      if (isOlder && keyOf(owner) !== key) continue;
      leads.set(each, now);
      namesPut.set(each, now);
      namesGone.delete(each);
    }
  }
  return {
    put: [...put.values()],
    gone: [],
    namesPut: [...namesPut].map(([each, { kind, id }]) => [each, { kind, id }]),
    namesGone: [...namesGone],
  };
}

/** When the owner of a name was seen last; never, if that is not known. */
function seenOf(known: Map<string, Peer>, owner: Peer): number {
  return (known.get(keyOf(owner)) ?? owner).seen ?? Number.NEGATIVE_INFINITY;
}

function uniqueKeys(batch: Peer[]): PeerKey[] {
  return [...new Map(batch.map(({ kind, id }) => [keyOf({ kind, id }), { kind, id }])).values()];
}

function keyOf({ kind, id }: PeerKey): string {
  return `${kind} ${id}`;
}
