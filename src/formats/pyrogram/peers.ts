/** The tables `peers` and `usernames` of Pyrogram's family: whom the account has met. */

import { checkInteger, checkText, refuse } from '../../check.ts';
import { CompactPeers } from '../../peers/compact.ts';
import { fromMarkedId, type Peer, type Peers } from '../../peers.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import { type SqlDatabase, SqlError, type SqlValue } from '../../sqlite/driver.ts';
import { FirstRows } from '../../sqlite/first-rows.ts';
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

interface Found {
  peers: Peers;
  /** The own user among them, or null. */
  own: Peer | null;
  rows: FirstRows<PyrogramPeer>;
  /** Null where there is no such table. */
  usernames: FirstRows<PyrogramUsername> | null;
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

/** Reads both tables, side by side. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readPeers(db: SqlDatabase, tables: Tables, userId: number | null, notes: string[]): Found {
  const has = requireTable(tables, 'peers', COLUMNS);
  const hasUsername = has.includes('username');
  const sql = `SELECT ${[...COLUMNS, hasUsername ? 'username' : 'NULL AS username'].join(', ')} FROM peers ORDER BY id`;
  const usernames = tables.has('usernames') ? new Usernames(db, tables) : null;
  const rows = new FirstRows<PyrogramPeer>();
  const peers = new CompactPeers();
  let own: Peer | null = null;
  const odd = { id: 0, type: 0, unfit: 0, kurigram: 0 };
  for (const row of db.prepare(sql, { bigint: true }).iterate()) {
    const read = readPeer(row, hasUsername);
    rows.add(read);
    const identity = identityOf(read);
    if (identity === null) {
      odd.id++;
      continue;
    }
    const { id, accessHash, type, username, phone } = read;
    const known = KURIGRAM_TYPES.has(type) ? SUPERGROUP : TYPES.get(type);
    if (known === undefined) odd.type++;
    else if (known.kind !== identity.kind) odd.unfit++;
    else if (KURIGRAM_TYPES.has(type)) odd.kurigram++;
    const { bot, megagroup } = known?.kind === identity.kind ? known : {};
    const names = usernames?.of(id) ?? [];
    const peer: Peer = {
      ...identity,
      // Small groups need no access hash; they have 0 there.
      accessHash: identity.kind === 'chat' && accessHash === 0n ? null : accessHash,
      usernames: [...new Set([...(typeof username === 'string' ? [username] : []), ...names])],
      phone,
      name: null,
      seen: seenAt(row[4]),
      ...(bot !== undefined && { bot }),
      ...(megagroup !== undefined && { megagroup }),
    };
    peers.push(peer);
    if (peer.kind === 'user' && peer.id === userId) own ??= peer;
  }
  const without = usernames?.end() ?? 0;
  const note = (count: number, what: string) => count > 0 && notes.push(`${count} peers ${what}.`);
  note(odd.id, 'have an id that no peer has: they were left out');
  note(odd.type, 'have a type that is not known');
  note(odd.unfit, 'have a type that does not go with their id: the id counts');
  note(odd.kurigram, 'are forums, direct messages or communities of Kurigram: taken for supergroups');
  note(without, 'are only known by a username, without an access hash: they were left out');
  return { peers, own, rows, usernames: usernames?.rows ?? null };
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

/**
 * The table `usernames`, by peer, so that it can be gone through beside the peers. Pyrofork has (username, peer),
 * PyroTGFork and Kurigram have (peer, username).
 */
class Usernames {
  readonly rows = new FirstRows<PyrogramUsername>();
  readonly #rows: Iterator<PyrogramUsername>;
  #next: PyrogramUsername | null;
  #without = 0;
  #lastWithout: number | null = null;

  constructor(db: SqlDatabase, tables: Tables) {
    const has = tables.get('usernames') ?? [];
    const columns = has.includes('username') ? ['id', 'username'] : ['peer_id', 'id'];
    requireTable(tables, 'usernames', columns);
    this.#rows = readUsernames(db, columns[0]!, columns[1]!);
    this.#next = this.#take();
  }

  /** All usernames of a peer, each once. To be asked for growing ids. */
  of(id: number): Set<string> {
    this.#skip(id);
    const names = new Set<string>();
    for (; this.#next?.peerId === id; this.#next = this.#take()) names.add(this.#next.username);
    return names;
  }

  /** Goes to the end. @returns how many peers were never asked for */
  end(): number {
    this.#skip(Number.POSITIVE_INFINITY);
    return this.#without;
  }

  #skip(id: number): void {
    for (; this.#next !== null && this.#next.peerId < id; this.#next = this.#take()) {
      if (this.#next.peerId !== this.#lastWithout) this.#without++;
      this.#lastWithout = this.#next.peerId;
    }
  }

  #take(): PyrogramUsername | null {
    const { done, value } = this.#rows.next();
    if (done === true) return null;
    this.rows.add(value);
    return value;
  }
}

function* readUsernames(db: SqlDatabase, peerColumn: string, nameColumn: string) {
  for (const [peer, username] of byPeer(db, peerColumn, nameColumn).iterate()) {
    // Rows without a peer, or without a name, say nothing.
    if (peer === null || username === null) continue;
    const at = `usernames[${typeof peer === 'bigint' ? peer : '?'}]`;
    yield {
      peerId: checkMarkedId(at, peerColumn, peer!),
      username: checkText(at, nameColumn, username, MAX_USERNAME_LENGTH),
    };
  }
}

/** In the order in which they were written, where the table knows it. */
function byPeer(db: SqlDatabase, peerColumn: string, nameColumn: string) {
  const sql = `SELECT ${peerColumn}, ${nameColumn} FROM usernames ORDER BY ${peerColumn}`;
  try {
    return db.prepare(`${sql}, rowid`, { bigint: true });
  } catch (error) {
    if (!(error instanceof SqlError && error.message.includes('rowid'))) throw error;
    return db.prepare(sql, { bigint: true });
  }
}

/** Any integer that a number can hold; which of them are ids is looked at later. */
export function checkMarkedId(at: string, name: string, value: SqlValue): number {
  return checkInteger(at, name, toInteger(value), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
