/** Peers in the tables of a session file (peer-schema.ts). All of it runs inside the caller's transaction. */

import { type Login, sameLogin } from '../login.ts';
import { fromRow, keyRow, PEER_COLUMNS, toRow } from '../peers/rows.ts';
import { excess, merged, namesOf, samePeer } from '../peers/rules.ts';
import type { Peer, PeerKey } from '../peers.ts';
import type { Sql, SqlStatement, SqlValue } from './driver.ts';
import { loginOfPeers, writeLogin } from './peer-login.ts';
import { createPeerTables, hasPeerTables } from './peer-schema.ts';
import { toInteger } from './values.ts';

const SELECT = `SELECT ${PEER_COLUMNS} FROM tgsession_peers`;
const FIND = `${SELECT} WHERE kind = ? AND id = ?`;
const FIND_NAME = `${SELECT} WHERE (kind, id) IN (SELECT kind, id FROM tgsession_names WHERE name = ?)`;
const FIRST_PAGE = `${SELECT} ORDER BY kind, id LIMIT ?`;
const NEXT_PAGE = `${SELECT} WHERE (kind, id) > (?, ?) ORDER BY kind, id LIMIT ?`;
const ALL = `${SELECT} ORDER BY kind, id`;
const OLDEST = `${SELECT} ORDER BY seen LIMIT ?`;
const COUNT = 'SELECT count(*) FROM tgsession_peers';
const INSERT = `INSERT INTO tgsession_peers (${PEER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const REPLACE = `REPLACE INTO tgsession_peers (${PEER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const DELETE = 'DELETE FROM tgsession_peers WHERE kind = ? AND id = ?';
const DELETE_NAME = 'DELETE FROM tgsession_names WHERE name = ? AND kind = ? AND id = ?';
// A name goes over to whom it was seen with now, unless its owner was seen with it since.
const PUT_NAME =
  'INSERT INTO tgsession_names (name, kind, id) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE ' +
  'SET kind = excluded.kind, id = excluded.id WHERE NOT EXISTS (SELECT 1 FROM tgsession_peers AS owner ' +
  'WHERE owner.kind = tgsession_names.kind AND owner.id = tgsession_names.id AND owner.seen > ?)';

/** How many of the oldest are looked for at a time. */
const OLDEST_AT_ONCE = 10_000;

const toPeer = (row: readonly SqlValue[]): Peer => fromRow(row, toInteger);
const rowsAsBigint = (sql: Sql, text: string): SqlStatement => sql.prepare(text, { bigint: true });

/** Whether there are peers in the file, of this login. @throws SessionError `NEWER_VERSION` */
export function hasPeersOf(sql: Sql, login: Login | null): boolean {
  if (login === null || !hasPeerTables(sql)) return false;
  const owner = loginOfPeers(sql);
  return owner !== null && sameLogin(owner, login);
}

/** The peer of a kind and id, or null. */
export function findPeer(sql: Sql, key: PeerKey): Peer | null {
  const [row] = rowsAsBigint(sql, FIND).all(...keyRow(key));
  return row === undefined ? null : toPeer(row);
}

/** The peer that a name leads to (see `namesOf`), or null. */
export function findPeerByName(sql: Sql, name: string): Peer | null {
  const [row] = rowsAsBigint(sql, FIND_NAME).all(name);
  return row === undefined ? null : toPeer(row);
}

/** Peers by kind and id. */
export function pageOfPeers(sql: Sql, after: PeerKey | null, limit: number): Peer[] {
  const rows =
    after === null
      ? rowsAsBigint(sql, FIRST_PAGE).all(limit)
      : rowsAsBigint(sql, NEXT_PAGE).all(...keyRow(after), limit);
  return rows.map(toPeer);
}

/** All peers, by kind and id, one after the other. */
export function* allPeers(sql: Sql): Generator<Peer> {
  for (const row of rowsAsBigint(sql, ALL).iterate()) yield toPeer(row);
}

/** How many peers there are. */
export function countPeers(sql: Sql): number {
  return sql.prepare(COUNT).all()[0]?.[0] as number;
}

/** What putting peers came to. */
export interface PutResult {
  /** How many are there that were not there before. */
  added: number;
  /** Whether anything was written. */
  changed: boolean;
}

/**
 * Makes the tables if need be, and empties them if they hold the peers of another login.
 *
 * @returns whether anything was written
 */
export function preparePeerTables(sql: Sql, login: Login): boolean {
  const isThere = hasPeerTables(sql);
  if (!isThere) createPeerTables(sql);
  const owner = isThere ? loginOfPeers(sql) : null;
  if (owner !== null && sameLogin(owner, login)) {
    if (owner.userId !== null || login.userId === null) return false;
  } else clearPeers(sql);
  writeLogin(sql, login);
  return true;
}

/** Makes the tables in a file that has none, with the peers of its login. @returns how many of them are there then */
export function makePeerTables(sql: Sql, login: Login, peers: Iterable<Peer>): number {
  createPeerTables(sql);
  writeLogin(sql, login);
  return putPeers(sql, peers).added;
}

/** Puts checked peers, each by the rules of a `PeerStore`. */
export function putPeers(sql: Sql, peers: Iterable<Peer>): PutResult {
  const result: PutResult = { added: 0, changed: false };
  const insert = sql.prepare(INSERT);
  for (const peer of peers) {
    if (insert.run(...toRow(peer)) === 1) {
      result.added++;
      putNames(sql, peer, peer.seen);
    } else if (!putAgain(sql, peer)) continue;
    result.changed = true;
  }
  return result;
}

/** Puts a peer that is there already. Says whether that changed anything. */
function putAgain(sql: Sql, peer: Peer): boolean {
  const before = findPeer(sql, peer)!;
  const now = merged(before, peer);
  if (samePeer(before, now)) return false;
  const names = namesOf(now);
  sql.prepare(REPLACE).run(...toRow(now));
  deleteNames(
    sql,
    peer,
    namesOf(before).filter((name) => !names.includes(name)),
  );
  putNames(sql, now, peer.seen);
  return true;
}

function putNames(sql: Sql, peer: Peer, seen: number | null): void {
  for (const name of namesOf(peer)) sql.prepare(PUT_NAME).run(name, ...keyRow(peer), seen);
}

function deleteNames(sql: Sql, key: PeerKey, names: readonly string[]): void {
  for (const name of names) sql.prepare(DELETE_NAME).run(name, ...keyRow(key));
}

/** Deletes a peer and what leads to it. Says whether it was there. */
export function deletePeer(sql: Sql, key: PeerKey): boolean {
  const peer = findPeer(sql, key);
  if (peer === null) return false;
  deleteNames(sql, peer, namesOf(peer));
  sql.prepare(DELETE).run(...keyRow(peer));
  return true;
}

/** Deletes those that were seen least recently, until there are not too many. @returns how many */
export function deleteOldest(sql: Sql, count: number, maxPeers: number): number {
  const tooMany = excess(count, maxPeers);
  for (let left = tooMany; left > 0; left -= OLDEST_AT_ONCE) {
    const rows: SqlValue[][] = rowsAsBigint(sql, OLDEST).all(Math.min(left, OLDEST_AT_ONCE));
    for (const row of rows) deletePeer(sql, toPeer(row));
  }
  return tooMany;
}

/** Deletes all peers. */
export function clearPeers(sql: Sql): void {
  sql.exec('DELETE FROM tgsession_peers; DELETE FROM tgsession_names');
}
