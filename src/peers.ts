/** Peers: whom an account has met, and the access hashes needed to reach them again. */

/** A user, a small group, or a channel (supergroups are channels). */
export interface Peer {
  kind: 'user' | 'chat' | 'channel';
  /** Bare id: positive, without the marks that libraries put on groups and channels. */
  id: number;
  /** What the account needs to name this peer to the server, 64 bits, signed; null where none is known. */
  accessHash: bigint | null;
  /** Usernames without `@`, the main one first. */
  usernames: string[];
  /** Digits of the phone number as the source has it, or null. */
  phone: string | null;
  /** Display name, or null. */
  name: string | null;
  /** When it was last seen, in unix seconds, or null. */
  seen: number | null;
  /** Whether a user is a bot; left out where that is not known, and for groups and channels. */
  bot?: boolean;
  /** Whether a channel is a supergroup (true) or broadcasts (false); left out where that is not known. */
  megagroup?: boolean;
  /**
   * Whether only a part of it is known ("min"): its access hash serves where it was seen, and not elsewhere. Left out
   * where it is whole, or that is not known.
   */
  min?: boolean;
}

/** Many peers, gone through in order, any number of times. An array is one; so is a list that is kept compactly. */
export interface Peers extends Iterable<Peer> {
  readonly length: number;
}

/** What names a peer: its kind and its bare id. */
export type PeerKey = Pick<Peer, 'kind' | 'id'>;

/**
 * Whom an account has met, kept so that they can be reached again without asking the server. A cache: what is not in it
 * costs a request.
 *
 * - **The newest counts.** Of two sights of one peer the one with the larger `seen` does; where one has none, or both are
 *   the same, the one that was put later. What the newer one leaves open (an access hash, phone, name or time that is
 *   null, a `bot` or `megagroup` that is left out) stays as the older one had it.
 * - **A "min" peer never replaces a whole one**, and a whole one always replaces a "min" one.
 * - **A name leads to one peer:** to the one that was seen with it last. `usernames` of a peer are those it was itself
 *   last seen with.
 * - **It is bounded.** When it is full, those that were seen least recently go, those with no `seen` first.
 * - What is given and what is returned share nothing with what is kept. Calls may overlap; they are put in order.
 *
 * A store that belongs to a {@link Storage} keeps the peers of one login: with another auth key, or another user, none of
 * those before are found, as their access hashes are of no use to anybody else.
 */
export interface PeerStore {
  /** The peer of a kind and bare id, or null. @throws SessionError `INVALID_VALUE` */
  get(kind: Peer['kind'], id: number): Promise<Peer | null>;
  /**
   * The peer that was seen last with a username, or null. With or without `@`; upper and lower case are the same.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  getByUsername(username: string): Promise<Peer | null>;
  /**
   * The user that was seen last with a phone number, or null. Only its digits count.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  getByPhone(phone: string): Promise<Peer | null>;
  /**
   * Keeps peers, all or none of them. When it resolves they are kept as durably as the storage promises for a session.
   *
   * @throws SessionError `INVALID_VALUE` naming the field, such as `peers[3].accessHash`
   */
  put(peers: Iterable<Peer>): Promise<void>;
  /**
   * A page of peers, in an order that is the store's own and does not change: at most `limit` (1 to 10,000; 1,000 if it
   * is left out) of those behind `after`, or the first ones. An empty page is the end.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  list(page?: { after?: PeerKey | null; limit?: number }): Promise<Peer[]>;
  /** How many peers are kept. */
  count(): Promise<number>;
  /** Forgets a peer; one that is not there is fine. @throws SessionError `INVALID_VALUE` */
  delete(kind: Peer['kind'], id: number): Promise<void>;
  /** Forgets all of them. */
  clear(): Promise<void>;
}

/**
 * The peer that a marked id means: users positive, small groups `-id`, channels `-(10^12 + id)`.
 * Null where the number is none of these.
 */
export function fromMarkedId(marked: number): PeerKey | null {
  if (!Number.isSafeInteger(marked) || marked === 0) return null;
  if (marked > 0) return { kind: 'user', id: marked };
  if (marked > -1e12) return { kind: 'chat', id: -marked };
  return marked === -1e12 ? null : { kind: 'channel', id: -marked - 1e12 };
}

/** The marked id of a peer; see {@link fromMarkedId}. */
export function toMarkedId({ kind, id }: PeerKey): number {
  if (kind === 'user') return id;
  return kind === 'chat' ? -id : -(1e12 + id);
}
