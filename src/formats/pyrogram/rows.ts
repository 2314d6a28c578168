/** The rows of `peers` and `usernames` that a session file of Pyrogram's family is filled with. */

import { refuse } from '../../check.ts';
import { fromMarkedId, type Peer, toMarkedId } from '../../peers.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import type { Loss } from '../codec.ts';
import { KNOWN_IN_PART, PeerLosses } from '../peer-losses.ts';
import { checkInt64, isText, numbered, withOwn } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import type { PyrogramVersion } from './schema.ts';

/** A peer as it is written. */
export interface PeerRow {
  /** Marked id. */
  id: number;
  accessHash: bigint;
  type: string;
  phone: string | null;
  lastUpdateOn: number;
  /** In lower case, as the real libraries look them up; as many as the version holds. */
  usernames: string[];
}

/** The table that the rows go to. */
export interface PeerTable {
  has(id: number): boolean;
  put(row: PeerRow): void;
}

/**
 * Writes the peers of a snapshot, one after the other.
 *
 * @returns what found no place
 * @throws SessionError `INVALID_VALUE`
 */
export function writePeers(
  snapshot: Snapshot,
  version: PyrogramVersion,
  table: PeerTable,
  notes: string[],
): Loss[] {
  const { session, phone, peers } = snapshot;
  const { user } = session;
  let own: PeerRow | undefined;
  const taken = new Set<string>();
  const lost = new PeerLosses();
  let guessed = 0;
  for (const [peer, at] of numbered(peers)) {
    const isOwn = user !== null && peer.kind === 'user' && peer.id === user.id;
    const whole = isOwn ? { bot: user.bot, ...withOwn(peer, user.username, phone) } : peer;
    const marked = toMarkedId(whole);
    const known = fromMarkedId(marked);
    // Small groups need no access hash, and have 0 in its place.
    const hash = whole.accessHash ?? (whole.kind === 'chat' ? 0n : null);
    if (known?.kind !== whole.kind || known.id !== whole.id || table.has(marked)) {
      lost.add('peers', 'left out, as their id cannot be written, or came before');
      continue;
    }
    if (hash === null) {
      lost.add('peers', 'left out, as their access hash is not known');
      continue;
    }
    if (whole.min === true) {
      lost.add('peers', KNOWN_IN_PART);
      continue;
    }
    const usernames = usernamesOf(whole, at, version, taken, lost);
    const type = typeOf(whole);
    if (type.guessed) guessed++;
    if (whole.name !== null) lost.add('peers.name', 'the display name');
    const row = {
      id: marked,
      accessHash: checkInt64(at, 'accessHash', hash),
      type: type.name,
      phone: phoneOf(whole, lost),
      lastUpdateOn: seenOf(whole, lost),
      usernames,
    };
    table.put(row);
    if (isOwn) own = row;
  }
  const losses = lost.losses();
  if (guessed > 0) {
    notes.push(`Of ${guessed} peers it is not known whether they are bots, or supergroups: taken for "no".`);
  }
  if (user !== null && user.username !== null && own?.usernames[0] !== user.username) {
    const why =
      own === undefined
        ? 'no access hash of the own account is known'
        : 'usernames are kept in lower case, each once';
    losses.push({ field: 'session.user.username', message: `The username of the account: ${why}.` });
  }
  if (phone !== null && own?.phone !== phone) {
    losses.push({
      field: 'phone',
      message: 'The phone number of the account: no access hash of it is known.',
    });
  }
  return losses;
}

/** Both are reached in the same way, whatever their type; so a guess does no harm. */
function typeOf({ kind, bot, megagroup }: Peer): { name: string; guessed: boolean } {
  if (kind === 'chat') return { name: 'group', guessed: false };
  if (kind === 'user') return { name: bot === true ? 'bot' : 'user', guessed: bot === undefined };
  return { name: megagroup === true ? 'supergroup' : 'channel', guessed: megagroup === undefined };
}

/**
 * Pyrogram has one username of a peer, Pyrofork each further one of all peers once, Kurigram all.
 *
 * @param taken those that Pyrofork has already; whoever comes first has it
 */
function usernamesOf(
  { usernames }: Peer,
  at: string,
  version: PyrogramVersion,
  taken: Set<string>,
  lost: PeerLosses,
): string[] {
  if (!Array.isArray(usernames)) return refuse(at, 'usernames', 'a list', usernames);
  const kept: string[] = [];
  for (const name of usernames) {
    if (typeof name !== 'string') refuse(at, 'usernames', 'a list of texts', name);
    const lower = name.toLowerCase();
    if (lower.length > MAX_USERNAME_LENGTH || !isText(lower) || kept.includes(lower)) continue;
    if (kept.length > 0 && version === 3) break;
    if (kept.length > 0 && version === 4) {
      if (taken.has(lower)) continue;
      taken.add(lower);
    }
    kept.push(lower);
  }
  if (kept.length !== usernames.length || kept.some((name, i) => name !== usernames[i])) {
    const which = version === 3 ? 'only the first username is kept, and' : 'usernames are kept once, and';
    lost.add('peers.usernames', `${which} in lower case`);
  }
  return kept;
}

function phoneOf({ phone }: Peer, lost: PeerLosses): string | null {
  if (phone === null || (typeof phone === 'string' && isText(phone))) return phone;
  lost.add('peers.phone', 'a phone number that is no well-formed text');
  return null;
}

/** 0 where it is not known: Pyrogram then asks the server before it relies on the username. */
function seenOf({ seen }: Peer, lost: PeerLosses): number {
  if (seen === null) return 0;
  if (Number.isSafeInteger(seen) && seen > 0) return seen;
  lost.add('peers.seen', 'when they were seen, which is no time');
  return 0;
}
