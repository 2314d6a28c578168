/** The checks that a peer must pass to be kept. */

import { checkBoolean, checkCounter, checkId, checkObject, checkText, type Place, refuse } from '../check.ts';
import type { Peer, PeerKey } from '../peers.ts';
import { MAX_USERNAME_LENGTH } from '../session.ts';

/** Longest display name or phone number that is kept, in UTF-16 units; Telegram's own limits are far below. */
export const MAX_PEER_TEXT_LENGTH = 4096;
/** More usernames than any peer can have. */
export const MAX_PEER_USERNAMES = 1000;

/** Most peers in a page, and how many there are if nobody says. */
const MAX_PAGE = 10_000;
const USUAL_PAGE = 1000;

const KINDS: readonly unknown[] = ['user', 'chat', 'channel'] satisfies Peer['kind'][];

/** One of the three kinds. @throws SessionError `INVALID_VALUE` */
export function checkKind(at: Place, name: string, value: unknown): Peer['kind'] {
  return KINDS.includes(value)
    ? (value as Peer['kind'])
    : refuse(at, name, '"user", "chat" or "channel"', value);
}

/** A checked copy of what names a peer. @throws SessionError `INVALID_VALUE` */
export function checkPeerKey(at: Place, key: PeerKey): PeerKey {
  const { kind, id } = checkObject(at, '', key);
  return { kind: checkKind(at, 'kind', kind), id: checkId(at, 'id', id) };
}

/** An access hash: 64 bits, signed; null for none. @throws SessionError `INVALID_VALUE` */
export function checkAccessHash(at: Place, name: string, value: unknown): bigint | null {
  if (value === null || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value)) return value;
  return refuse(at, name, 'a bigint of 64 bits, signed, or null', value);
}

/**
 * A checked copy of a peer. A username that comes twice, upper and lower case being the same, is kept once; a `min` that
 * is false is left out.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function checkPeer(at: Place, peer: Peer): Peer {
  const { accessHash, usernames, phone, name, seen, bot, megagroup, min } = checkObject(at, '', peer);
  return {
    ...checkPeerKey(at, peer),
    accessHash: checkAccessHash(at, 'accessHash', accessHash),
    usernames: checkUsernames(at, usernames),
    phone: phone === null ? null : checkText(at, 'phone', phone, MAX_PEER_TEXT_LENGTH),
    name: name === null ? null : checkText(at, 'name', name, MAX_PEER_TEXT_LENGTH),
    seen: seen === null ? null : checkCounter(at, 'seen', seen),
    ...(bot !== undefined && { bot: checkBoolean(at, 'bot', bot) }),
    ...(megagroup !== undefined && { megagroup: checkBoolean(at, 'megagroup', megagroup) }),
    ...(min !== undefined && checkBoolean(at, 'min', min) && { min }),
  };
}

/**
 * Checked copies of peers, one after the other. Errors name their place in the list.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function* checkedPeers(peers: Iterable<Peer>): Generator<Peer> {
  if (typeof peers !== 'object' || typeof peers?.[Symbol.iterator] !== 'function') {
    refuse('peers', '', 'a list of peers', peers);
  }
  // One place serves them all: there may be a million, and only an error needs the text.
  const place = { i: 0, toString: () => `peers[${place.i}]` };
  for (const peer of peers) {
    yield checkPeer(place, peer);
    place.i++;
  }
}

function checkUsernames(at: Place, value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MAX_PEER_USERNAMES) {
    return refuse(at, 'usernames', `a list of at most ${MAX_PEER_USERNAMES} texts`, value);
  }
  const usernames = value.map((name, i) => checkText(at, `usernames[${i}]`, name, MAX_USERNAME_LENGTH));
  if (usernames.length < 2) return usernames;
  const seen = new Set<string>();
  return usernames.filter((name) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
}

/** Which page is asked for. @throws SessionError `INVALID_VALUE` */
export function checkPage(page: { after?: PeerKey | null; limit?: number } = {}): {
  after: PeerKey | null;
  limit: number;
} {
  const { after = null, limit = USUAL_PAGE } = checkObject('page', '', page);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    refuse('page', 'limit', `an integer from 1 to ${MAX_PAGE}`, limit);
  }
  return { after: after === null ? null : checkPeerKey('page.after', after), limit };
}

/** How many peers a store keeps at most. @throws SessionError `INVALID_VALUE` */
export function checkMaxPeers(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  return refuse('options', 'maxPeers', 'an integer from 1 on', value);
}
