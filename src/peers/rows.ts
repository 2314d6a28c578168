/** A peer as a row of a table, and back. SQLite and PostgreSQL have the same columns. */

import { refuse } from '../check.ts';
import type { Peer, PeerKey } from '../peers.ts';
import { checkPeer } from './check.ts';

/** What a database gives for a column. */
export type ColumnValue = number | bigint | string | Uint8Array | null;

/** The columns, in the order of {@link toRow}. */
export const PEER_COLUMNS = 'kind, id, access_hash, flags, seen, phone, name, usernames';

const KINDS: readonly Peer['kind'][] = ['user', 'chat', 'channel'];

const IS_BOT = 1;
const IS_NO_BOT = 2;
const IS_SUPERGROUP = 4;
const IS_BROADCAST = 8;
const IS_MIN = 16;

/** The values that name a peer. */
export function keyRow({ kind, id }: PeerKey): [number, number] {
  return [KINDS.indexOf(kind), id];
}

/** The row of a checked peer. */
export function toRow(peer: Peer): ColumnValue[] {
  const { accessHash, usernames, phone, name, seen, bot, megagroup, min } = peer;
  const flags =
    (bot === undefined ? 0 : bot ? IS_BOT : IS_NO_BOT) |
    (megagroup === undefined ? 0 : megagroup ? IS_SUPERGROUP : IS_BROADCAST) |
    (min === true ? IS_MIN : 0);
  const names = usernames.length === 0 ? null : JSON.stringify(usernames);
  return [...keyRow(peer), accessHash, flags, seen, phone, name, names];
}

/**
 * The peer of a row, in which the access hash is a bigint.
 *
 * @param toInteger makes a number of an integer that one can hold; what it leaves as it is, the check refuses
 * @throws SessionError `INVALID_VALUE` naming the field
 */
export function fromRow<Value extends ColumnValue>(
  row: readonly Value[],
  toInteger: (value: Value | undefined) => unknown,
): Peer {
  const [kind, rawId, accessHash, rawFlags, seen, phone, name, usernames] = row;
  const id = toInteger(rawId);
  // The place of a row that came from anywhere, written out only for an error.
  const at = {
    toString: () => `tgsession_peers[${typeof id === 'number' || typeof id === 'bigint' ? id : '?'}]`,
  };
  const flags = toInteger(rawFlags);
  if (typeof flags !== 'number' || flags < 0) return refuse(at, 'flags', 'an integer from 0 on', rawFlags);
  const one = (yes: number, no: number) =>
    (flags & yes) !== 0 ? true : (flags & no) !== 0 ? false : undefined;
  const [bot, megagroup] = [one(IS_BOT, IS_NO_BOT), one(IS_SUPERGROUP, IS_BROADCAST)];
  // What any of them may be instead is for the check to say.
  return checkPeer(at, {
    kind: KINDS[toInteger(kind) as number],
    id,
    accessHash,
    usernames: usernames === null ? [] : listOf(usernames),
    phone,
    name,
    seen: toInteger(seen),
    ...(bot !== undefined && { bot }),
    ...(megagroup !== undefined && { megagroup }),
    ...((flags & IS_MIN) !== 0 && { min: true }),
  } as Peer);
}

function listOf(text: ColumnValue | undefined): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}
