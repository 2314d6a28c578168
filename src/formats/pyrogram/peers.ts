/** The tables `peers` and `usernames` of Pyrogram's family: whom the account has met. */

import { checkInteger, checkText, refuse } from '../../check.ts';
import { fromMarkedId, type Peer } from '../../peers.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { toInteger } from '../../sqlite/values.ts';

/** A row of `peers` as it is. */
export interface PyrogramPeer {
  /** Marked id: users positive, small groups `-id`, channels `-(10^12 + id)`. */
  id: number;
  accessHash: bigint | null;
  /** Such as `user` or `supergroup`; the column is called an integer, and holds text. */
  type: string;
  /** Undefined where the table has no such column. */
  username: string | null | undefined;
  phone: string | null;
}

/** A row of `usernames`, whichever of its two forms it has. */
export interface PyrogramUsername {
  /** Marked id of its peer. */
  peerId: number;
  username: string;
}

interface Peers {
  peers: Peer[];
  rows: PyrogramPeer[];
  /** Null where there is no such table. */
  usernames: PyrogramUsername[] | null;
}

/** What a type says of a peer. */
type Type = Pick<Peer, 'kind' | 'bot' | 'megagroup'>;

const SUPERGROUP: Type = { kind: 'channel', megagroup: true };
const TYPES = new Map<string, Type>([
  ['user', { kind: 'user', bot: false }],
  ['bot', { kind: 'user', bot: true }],
  ['group', { kind: 'chat' }],
  ['channel', { kind: 'channel', megagroup: false }],
  ['supergroup', SUPERGROUP],
]);
/** Kurigram tells these from other supergroups. */
const KURIGRAM_TYPES = new Set(['forum', 'direct', 'community']);

const COLUMNS = ['id', 'access_hash', 'type', 'phone_number', 'last_update_on'];
/** Longest phone number that is kept; real ones have 15 digits. */
const MAX_PHONE_LENGTH = 4096;
const MAX_TYPE_LENGTH = 64;

/** Reads both tables. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readPeers(db: SqlDatabase, tables: Tables, notes: string[]): Peers {
  const has = requireTable(tables, 'peers', COLUMNS);
  const hasUsername = has.includes('username');
  const sql = `SELECT ${[...COLUMNS, hasUsername ? 'username' : 'NULL'].join(', ')} FROM peers ORDER BY id`;
  const usernames = readUsernames(db, tables);
  const more = byPeer(usernames ?? []);
  const rows: PyrogramPeer[] = [];
  const peers: Peer[] = [];
  const odd = { id: 0, type: 0, unfit: 0, kurigram: 0 };
  for (const row of db.prepare(sql, { bigint: true }).all()) {
    const read = readPeer(row, hasUsername);
    rows.push(read);
    const peer = identityOf(read);
    if (peer === null) {
      odd.id++;
      continue;
    }
    const { id, accessHash, type, username, phone } = read;
    const known = KURIGRAM_TYPES.has(type) ? SUPERGROUP : TYPES.get(type);
    if (known === undefined) odd.type++;
    else if (known.kind !== peer.kind) odd.unfit++;
    else if (KURIGRAM_TYPES.has(type)) odd.kurigram++;
    const { bot, megagroup } = known?.kind === peer.kind ? known : {};
    const names = more.get(id) ?? [];
    more.delete(id);
    peers.push({
      ...peer,
      // Small groups need no access hash; they have 0 there.
      accessHash: peer.kind === 'chat' && accessHash === 0n ? null : accessHash,
      usernames: [...new Set([...(typeof username === 'string' ? [username] : []), ...names])],
      phone,
      name: null,
      seen: seenAt(row[4]),
      ...(bot !== undefined && { bot }),
      ...(megagroup !== undefined && { megagroup }),
    });
  }
  const note = (count: number, what: string) => count > 0 && notes.push(`${count} peers ${what}.`);
  note(odd.id, 'have an id that no peer has: they were left out');
  note(odd.type, 'have a type that is not known');
  note(odd.unfit, 'have a type that does not go with their id: the id counts');
  note(odd.kurigram, 'are forums, direct messages or communities of Kurigram: taken for supergroups');
  note(more.size, 'are only known by a username, without an access hash: they were left out');
  return { peers, rows, usernames };
}

function readPeer(row: readonly SqlValue[], hasUsername: boolean): PyrogramPeer {
  const [rawId, hash, type, phone, , username] = row as [
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
  ];
  const at = `peers[${typeof rawId === 'bigint' ? rawId : '?'}]`;
  const text = (field: string, value: SqlValue, length: number) =>
    value === null ? null : checkText(at, field, value, length);
  return {
    id: checkMarkedId(at, 'id', rawId),
    accessHash:
      hash === null || typeof hash === 'bigint' ? hash : refuse(at, 'access_hash', 'an integer', hash),
    type: checkText(at, 'type', type, MAX_TYPE_LENGTH),
    username: hasUsername ? text('username', username, MAX_USERNAME_LENGTH) : undefined,
    phone: typeof phone === 'bigint' ? String(phone) : text('phone_number', phone, MAX_PHONE_LENGTH),
  };
}

/**
 * Whom a row is about. Pyrogram 0.15 put `-100` in front of a channel's id as text, which makes an id of nine digits
 * look like that of a small group; the type tells.
 */
function identityOf({ id, type }: PyrogramPeer): Pick<Peer, 'kind' | 'id'> | null {
  const byId = fromMarkedId(id);
  if (byId?.kind !== 'chat' || TYPES.get(type)?.kind !== 'channel') return byId;
  const digits = /^-100([1-9]\d*)$/.exec(String(id))?.[1];
  return digits === undefined ? byId : { kind: 'channel', id: Number(digits) };
}

function seenAt(value: SqlValue | undefined): number | null {
  const seen = toInteger(value);
  // 0 is what a writer puts there that does not know.
  return typeof seen === 'number' && seen > 0 ? seen : null;
}

/** Pyrofork has (username, peer), PyroTGFork and Kurigram have (peer, username). */
function readUsernames(db: SqlDatabase, tables: Tables): PyrogramUsername[] | null {
  const has = tables.get('usernames');
  if (has === undefined) return null;
  const columns = has.includes('username') ? ['id', 'username'] : ['peer_id', 'id'];
  requireTable(tables, 'usernames', columns);
  const usernames: PyrogramUsername[] = [];
  const rows = db.prepare(`SELECT ${columns.join(', ')} FROM usernames`, { bigint: true }).all();
  for (const [peer, username] of rows as [SqlValue, SqlValue][]) {
    // Rows without a peer, or without a name, say nothing.
    if (peer === null || username === null) continue;
    const at = `usernames[${typeof peer === 'bigint' ? peer : '?'}]`;
    usernames.push({
      peerId: checkMarkedId(at, columns[0]!, peer),
      username: checkText(at, columns[1]!, username, MAX_USERNAME_LENGTH),
    });
  }
  return usernames;
}

function byPeer(usernames: readonly PyrogramUsername[]): Map<number, Set<string>> {
  const map = new Map<number, Set<string>>();
  for (const { peerId, username } of usernames) {
    const names = map.get(peerId);
    if (names === undefined) map.set(peerId, new Set([username]));
    else names.add(username);
  }
  return map;
}

/** Any integer that a number can hold; which of them are ids is looked at later. */
export function checkMarkedId(at: string, name: string, value: SqlValue): number {
  return checkInteger(at, name, toInteger(value), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
