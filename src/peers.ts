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

/**
 * The peer that a marked id means: users positive, small groups `-id`, channels `-(10^12 + id)`.
 * Null where the number is none of these.
 */
export function fromMarkedId(marked: number): Pick<Peer, 'kind' | 'id'> | null {
  if (!Number.isSafeInteger(marked) || marked === 0) return null;
  if (marked > 0) return { kind: 'user', id: marked };
  if (marked > -1e12) return { kind: 'chat', id: -marked };
  return marked === -1e12 ? null : { kind: 'channel', id: -marked - 1e12 };
}

/** The marked id of a peer; see {@link fromMarkedId}. */
export function toMarkedId({ kind, id }: Pick<Peer, 'kind' | 'id'>): number {
  if (kind === 'user') return id;
  return kind === 'chat' ? -id : -(1e12 + id);
}
