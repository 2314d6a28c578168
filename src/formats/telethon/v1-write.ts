/** What a Telethon v1 session file is filled with (formats/telethon.md, section 2). */

import { splitAddress } from '../../address.ts';
import { refuse } from '../../check.ts';
import { fromMarkedId, type Peer, toMarkedId } from '../../peers.ts';
import { type DataCenter, MAX_USERNAME_LENGTH, type Session } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import type { Loss } from '../codec.ts';
import { KNOWN_IN_PART } from '../peer-losses.ts';
import { checkInt64, isText, numbered, withOwn } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import { WrittenIds } from '../written-ids.ts';

/** The tables of a schema, to the letter of the real library. */
export function telethonV1Schema(version: 7 | 8): string[] {
  const temporaryKey = version === 8 ? ',\n                    tmp_auth_key blob' : '';
  return [
    'CREATE TABLE version (version integer primary key)',
    `CREATE TABLE sessions (
                    dc_id integer primary key,
                    server_address text,
                    port integer,
                    auth_key blob,
                    takeout_id integer${temporaryKey}
                )`,
    `CREATE TABLE entities (
                    id integer primary key,
                    hash integer not null,
                    username text,
                    phone integer,
                    name text,
                    date integer
                )`,
    `CREATE TABLE sent_files (
                    md5_digest blob,
                    file_size integer,
                    type integer,
                    id integer,
                    hash integer,
                    primary key(md5_digest, file_size, type)
                )`,
    `CREATE TABLE update_state (
                    id integer primary key,
                    pts integer,
                    qts integer,
                    date integer,
                    seq integer
                )`,
    `INSERT INTO version VALUES (${version})`,
  ];
}

/** Rows by table, but for the peers, and what found no place in them. */
export interface TelethonV1Rows {
  sessions: SqlValue[];
  updateState: SqlValue[][];
  losses: Loss[];
}

/**
 * Fills an empty database with rows, and with the peers of a snapshot.
 *
 * @returns what of the peers found no place
 */
export function fillTelethonV1(
  db: SqlDatabase,
  version: 7 | 8,
  rows: TelethonV1Rows,
  snapshot: Snapshot,
): Loss[] {
  for (const sql of telethonV1Schema(version)) db.exec(sql);
  const sessions = version === 8 ? [...rows.sessions, null] : rows.sessions;
  insert(db, 'sessions', [sessions]);
  insert(db, 'update_state', rows.updateState);
  return writeEntities(db, snapshot);
}

function insert(db: SqlDatabase, table: string, rows: readonly SqlValue[][]): void {
  const [first] = rows;
  if (first === undefined) return;
  const statement = db.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`);
  for (const row of rows) statement.run(...row);
}

/**
 * The rows for a snapshot.
 *
 * @param main its data centre, with an address; null for a file that was never connected
 * @throws SessionError `INVALID_VALUE`
 */
export function telethonV1Rows(snapshot: Snapshot, main: DataCenter | null, version: 7 | 8): TelethonV1Rows {
  const losses: Loss[] = [];
  const { session, takeoutId } = snapshot;
  const takeout = takeoutId === null ? null : checkInt64('snapshot', 'takeoutId', takeoutId);
  // Telethon 1.43 reads this column as the temporary key, and fails at the next start if it is an id.
  if (takeout !== null && version === 8) {
    losses.push({ field: 'takeoutId', message: 'The open takeout: this schema cannot keep one safely.' });
  }
  return {
    sessions: sessionsRow(main, version === 8 ? null : takeout),
    updateState: stateRows(session),
    losses,
  };
}

function sessionsRow(main: DataCenter | null, takeout: bigint | null): SqlValue[] {
  if (main === null) return [0, null, null, new Uint8Array(0), null];
  const parts = splitAddress(main.ipv4Addr ?? main.ipv6Addr ?? '');
  return [main.id, parts?.ip ?? null, parts?.port ?? null, main.auth ?? new Uint8Array(0), takeout];
}

function stateRows({ state }: Session): SqlValue[][] {
  if (state === null) return [];
  return [
    [0, state.pts, state.qts, state.date, state.seq],
    // The real library writes the time of saving; the date of the state serves as well.
    ...state.channels.map(({ id, pts }) => [id, pts, 0, state.date, 0]),
  ];
}

/** How many peers lost what. */
interface Lost {
  part: number;
  hash: number;
  id: number;
  usernames: number;
  phone: number;
  name: number;
  seen: number;
}

function writeEntities(db: SqlDatabase, { session: { user }, phone, peers }: Snapshot): Loss[] {
  const losses: Loss[] = [];
  const lost: Lost = { part: 0, hash: 0, id: 0, usernames: 0, phone: 0, name: 0, seen: 0 };
  // Row 0 points to the account itself: since 1.28 its hash is the own id.
  if (user !== null) insert(db, 'entities', [[0, user.id, null, null, null, null]]);
  const ids = new WrittenIds(db.prepare('SELECT 1 FROM entities WHERE id = ?'));
  const statement = db.prepare('INSERT INTO entities VALUES (?, ?, ?, ?, ?, ?)');
  let ownRow: SqlValue[] | undefined;
  for (const [peer, at] of numbered(peers)) {
    const isOwn = user !== null && peer.kind === 'user' && peer.id === user.id;
    const row = entityRow(isOwn ? withOwn(peer, user.username, phone) : peer, at, ids, lost);
    if (row === null) continue;
    statement.run(...row);
    ids.add(row[0] as number);
    if (isOwn) ownRow = row;
  }
  if (user !== null && user.username !== null && ownRow?.[2] !== user.username) {
    const why =
      ownRow === undefined ? 'no access hash of the own account is known' : 'it is kept in lower case';
    losses.push({ field: 'session.user.username', message: `The username of the account: ${why}.` });
  }
  if (phone !== null && String(ownRow?.[3]) !== phone) {
    losses.push({ field: 'phone', message: 'The phone number of the account.' });
  }
  addLosses(lost, losses);
  return losses;
}

function addLosses(lost: Lost, losses: Loss[]): void {
  const add = (count: number, field: string, what: string) => {
    if (count > 0) losses.push({ field, message: `${count} peers: ${what}.` });
  };
  add(lost.hash, 'peers', 'left out, as their access hash is not known');
  add(lost.part, 'peers', KNOWN_IN_PART);
  add(lost.id, 'peers', 'left out, as their id cannot be written, or came before');
  add(lost.usernames, 'peers.usernames', 'only the first username is kept, and in lower case');
  add(lost.phone, 'peers.phone', 'a phone number that is more than digits');
  add(lost.name, 'peers.name', 'a name that is too long, or no well-formed text');
  add(lost.seen, 'peers.seen', 'when they were seen, which is no time');
}

/** A row, or null for a peer that has no place there. */
function entityRow(peer: Peer, at: string, ids: WrittenIds, lost: Lost): SqlValue[] | null {
  const { kind, id, accessHash, usernames, phone, name, seen } = peer;
  const marked = toMarkedId(peer);
  const read = fromMarkedId(marked);
  if (read?.kind !== kind || read.id !== id || ids.has(marked)) {
    lost.id++;
    return null;
  }
  if (peer.min === true) {
    lost.part++;
    return null;
  }
  // Small groups need no access hash, and have 0 in its place.
  const hash = accessHash ?? (kind === 'chat' ? 0n : null);
  if (hash === null) {
    lost.hash++;
    return null;
  }
  if (!Array.isArray(usernames)) return refuse(at, 'usernames', 'a list', usernames);
  // The real library looks names up in lower case.
  const [first] = usernames;
  const username =
    typeof first === 'string' && first.length <= MAX_USERNAME_LENGTH ? first.toLowerCase() : null;
  if (usernames.length > 1 || (first !== undefined && username !== first)) lost.usernames++;
  const digits = typeof phone === 'string' && /^[1-9]\d{0,17}$/.test(phone) ? BigInt(phone) : null;
  if (phone !== null && digits === null) lost.phone++;
  const text = typeof name === 'string' && isText(name) ? name : null;
  if (name !== null && text === null) lost.name++;
  const date = Number.isSafeInteger(seen) && seen! >= 0 ? seen : null;
  if (seen !== null && date === null) lost.seen++;
  return [marked, checkInt64(at, 'accessHash', hash), username, digits, text, date];
}
