/** The rules that all stores of peers keep: which of two sights counts, what a name leads to, and who has to go. */

import { checkText } from '../check.ts';
import type { Peer } from '../peers.ts';
import { MAX_USERNAME_LENGTH } from '../session.ts';
import { MAX_PEER_TEXT_LENGTH } from './check.ts';

/**
 * What is known of a peer that was seen twice.
 *
 * @param before what was put earlier
 * @param now what was put later
 * @returns one of the two themselves where that is all there is to know
 */
export function merged(before: Peer, now: Peer): Peer {
  // The access hash of a part serves only where it was seen, so a part and a whole are never mixed.
  if ((before.min ?? false) !== (now.min ?? false)) return now.min === true ? before : now;
  const isOlder = before.seen !== null && now.seen !== null && now.seen < before.seen;
  return isOlder ? filled(before, now) : filled(now, before);
}

/** A peer, with what it leaves open as another one has it. */
function filled(peer: Peer, other: Peer): Peer {
  const { bot = other.bot, megagroup = other.megagroup } = peer;
  return {
    ...peer,
    accessHash: peer.accessHash ?? other.accessHash,
    phone: peer.phone ?? other.phone,
    name: peer.name ?? other.name,
    seen: peer.seen ?? other.seen,
    ...(bot !== undefined && { bot }),
    ...(megagroup !== undefined && { megagroup }),
  };
}

/** Whether two peers are the same in every field. */
export function samePeer(a: Peer, b: Peer): boolean {
  return (
    a.kind === b.kind &&
    a.id === b.id &&
    a.accessHash === b.accessHash &&
    a.phone === b.phone &&
    a.name === b.name &&
    a.seen === b.seen &&
    a.bot === b.bot &&
    a.megagroup === b.megagroup &&
    a.min === b.min &&
    a.usernames.length === b.usernames.length &&
    a.usernames.every((name, i) => name === b.usernames[i])
  );
}

/** All names that lead to a peer: usernames in lower case, and the phone number behind a `+`, which no username has. */
export function namesOf({ usernames, phone }: Peer): string[] {
  const names = usernames.map((name) => usernameKey(name));
  const digits = phone === null ? '' : phone.replaceAll(/\D/g, '');
  return digits === '' ? names : [...names, `+${digits}`];
}

/** What a username is looked up by. @throws SessionError `INVALID_VALUE` */
export function usernameToLookUp(username: string): string {
  return usernameKey(checkText('username', '', username, MAX_USERNAME_LENGTH).replace(/^@/, ''));
}

/** What a phone number is looked up by; null if there is no digit in it. @throws SessionError `INVALID_VALUE` */
export function phoneToLookUp(phone: string): string | null {
  const digits = checkText('phone', '', phone, MAX_PEER_TEXT_LENGTH).replaceAll(/\D/g, '');
  return digits === '' ? null : `+${digits}`;
}

// A username that begins with a plus, which Telegram has none of, must not be taken for a phone number.
function usernameKey(username: string): string {
  const lower = username.toLowerCase();
  return lower.startsWith('+') ? `@${lower}` : lower;
}

/**
 * How many have to go from a store that is too full. A 64th more than necessary, so that a full store does not look for
 * the oldest at each put.
 */
export function excess(count: number, maxPeers: number): number {
  return count <= maxPeers ? 0 : count - maxPeers + Math.floor(maxPeers / 64);
}
