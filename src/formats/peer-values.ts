/** What the writers of peers share: which values fit, and what the session says of the account itself. */

import { type Place, refuse } from '../check.ts';
import type { Peer, Peers } from '../peers.ts';

/** Longest name or phone number that is written; Telegram's own limits are far below. */
const MAX_TEXT_LENGTH = 4096;

/** Every peer of a snapshot, with its place for errors. */
export function* numbered(peers: Peers): Generator<[peer: Peer, at: string]> {
  let i = 0;
  for (const peer of peers) yield [peer, `peers[${i++}]`];
}

/** Whether a text can be kept exactly: of a sane length, well-formed and without NUL. */
export function isText(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && text.isWellFormed() && !text.includes('\0');
}

/** An integer of 64 bits, signed, such as an access hash. @throws SessionError `INVALID_VALUE` */
export function checkInt64(at: Place, name: string, value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  return refuse(at, name, 'a bigint of 64 bits, signed', value);
}

/** The own account as a peer: what the session says of it comes first. */
export function withOwn(peer: Peer, username: string | null, phone: string | null): Peer {
  const usernames =
    username === null ? peer.usernames : [username, ...peer.usernames.filter((name) => name !== username)];
  return { ...peer, usernames, phone: phone ?? peer.phone };
}
