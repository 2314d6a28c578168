/** Making the database of grammers, with the tables that its own migration makes (formats/grammers.md, section 1). */

import { refuse } from '../../check.ts';
import { type Peer, toMarkedId } from '../../peers.ts';
import type { DataCenter, UpdateState } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import type { Loss } from '../codec.ts';
import { PeerLosses } from '../peer-losses.ts';
import { checkInt64, numbered } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import { WrittenIds } from '../written-ids.ts';
import { ipv4Column, ipv6Column, readIpv6 } from './address.ts';
import { isGrammersId } from './peer-id.ts';
import { GRAMMERS_VERSION, MAX_COUNTER } from './read.ts';
import { subtypeOf } from './subtype.ts';

/** To the letter, blanks included, as SQLite keeps the text. */
export const GRAMMERS_SCHEMA = [
  `CREATE TABLE dc_home (
                dc_id INTEGER NOT NULL,
                PRIMARY KEY(dc_id))`,
  `CREATE TABLE dc_option (
                dc_id INTEGER NOT NULL,
                ipv4 TEXT NOT NULL,
                ipv6 TEXT NOT NULL,
                auth_key BLOB,
                PRIMARY KEY (dc_id))`,
  `CREATE TABLE peer_info (
                peer_id INTEGER NOT NULL,
                hash INTEGER,
                subtype INTEGER,
                PRIMARY KEY (peer_id))`,
  `CREATE TABLE update_state (
                pts INTEGER NOT NULL,
                qts INTEGER NOT NULL,
                date INTEGER NOT NULL,
                seq INTEGER NOT NULL)`,
  `CREATE TABLE channel_state (
                peer_id INTEGER NOT NULL,
                pts INTEGER NOT NULL,
                PRIMARY KEY (peer_id))`,
];

/** Rows by table, but for the peers, and what found no place in them. */
export interface GrammersRows {
  tables: { [table: string]: SqlValue[][] };
  losses: Loss[];
}

/**
 * Fills an empty database with rows, and with the peers of a snapshot.
 *
 * @returns what of the peers found no place
 * @throws SessionError `INVALID_VALUE`
 */
export function fillGrammers(db: SqlDatabase, { tables }: GrammersRows, snapshot: Snapshot): Loss[] {
  for (const sql of GRAMMERS_SCHEMA) db.exec(sql);
  for (const [table, [first, ...others]] of Object.entries(tables)) {
    if (first === undefined) continue;
    const statement = db.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`);
    statement.runEach([first, ...others]);
  }
  db.exec(`PRAGMA user_version = ${GRAMMERS_VERSION}`);
  return writePeers(db, snapshot);
}

/**
 * The rows for a snapshot, but for its peers.
 *
 * @param main its data centre; null where nobody is logged in
 * @param dcs those of the session, in the same order, with the addresses to write
 * @throws SessionError `INVALID_VALUE`
 */
export function grammersRows(
  { session }: Snapshot,
  main: DataCenter | null,
  dcs: readonly DataCenter[],
): GrammersRows {
  const losses: Loss[] = [];
  const { state } = session;
  return {
    tables: {
      dc_home: main === null ? [] : [[main.id]],
      dc_option: dcs.map((dc, i) => dcRow(dc, `session.dcs[${i}]`, losses)),
      ...(state !== null && stateRows(state, losses)),
    },
    losses,
  };
}

function dcRow({ id, ipv4Addr, ipv6Addr, auth }: DataCenter, at: string, losses: Loss[]): SqlValue[] {
  const ipv6 = ipv6Column(ipv6Addr, ipv4Addr);
  if (readIpv6(at, ipv6, ipv4Addr) !== ipv6Addr) {
    const message = `The IPv6 address of data centre ${id}, which is the IPv4 address in another form.`;
    losses.push({ field: `${at}.ipv6Addr`, message });
  }
  return [id, ipv4Column(ipv4Addr), ipv6, auth];
}

function stateRows({ pts, qts, date, seq, channels }: UpdateState, losses: Loss[]) {
  if ([pts, qts, date, seq].some((value) => value > MAX_COUNTER)) {
    const message = 'How far updates were read: a number has more than 31 bits.';
    losses.push({ field: 'session.state', message });
    return {};
  }
  const kept = channels.filter(
    (channel) => channel.pts <= MAX_COUNTER && isGrammersId({ kind: 'channel', id: channel.id }),
  );
  const lost = channels.length - kept.length;
  if (lost > 0) {
    const message = `How far ${lost} channels were read: their numbers are larger than any in Telegram.`;
    losses.push({ field: 'session.state.channels', message });
  }
  return {
    update_state: [[pts, qts, date, seq]],
    channel_state: kept.map((channel) => [channel.id, channel.pts]),
  };
}

/** The peers, and the account itself, whether it is one of them or not. */
function writePeers(db: SqlDatabase, { session: { user }, peers }: Snapshot): Loss[] {
  const losses: Loss[] = [];
  const insert = db.prepare('INSERT INTO peer_info VALUES (?, ?, ?)');
  const ids = new WrittenIds(db.prepare('SELECT 1 FROM peer_info WHERE peer_id = ?'));
  const lost = new PeerLosses();
  const self = user !== null && isGrammersId({ kind: 'user', id: user.id }) ? user : null;
  if (user !== null && self === null) {
    const message = `Who is logged in: grammers takes no user with the id ${user.id}.`;
    losses.push({ field: 'session.user', message });
  }
  for (const [peer, at] of numbered(peers)) {
    const isSelf = peer.kind === 'user' && peer.id === self?.id;
    const row = peerRow(isSelf ? { ...peer, bot: self.bot } : peer, at, isSelf, lost);
    if (row === null) continue;
    const id = row[0] as number;
    if (ids.has(id)) {
      lost.add('peers', 'left out, as they came before');
      continue;
    }
    insert.run(...row);
    ids.add(id);
  }
  if (self !== null && !ids.has(self.id)) {
    const own = { kind: 'user' as const, id: self.id, bot: self.bot };
    insert.run(self.id, null, subtypeOf(own, true));
  }
  return [...losses, ...lost.losses()];
}

/** A row, or null for a peer that has no place there. */
function peerRow(peer: Peer, at: string, isSelf: boolean, lost: PeerLosses): SqlValue[] | null {
  const { accessHash, usernames, phone, name, seen } = peer;
  if (!Array.isArray(usernames)) return refuse(at, 'usernames', 'a list', usernames);
  if (!isGrammersId(peer)) {
    lost.add('peers', 'left out, as grammers takes no such id');
    return null;
  }
  if (isSelf && accessHash === null) {
    lost.add('peers', 'the account itself, of which no access hash is known');
    return null;
  }
  if (peer.min === true) {
    lost.add('peers', 'left out, as their access hashes serve only where they were seen');
    return null;
  }
  if (usernames.length > 0) lost.add('peers.usernames', 'usernames');
  if (phone !== null) lost.add('peers.phone', 'the phone number');
  if (name !== null) lost.add('peers.name', 'the display name');
  if (seen !== null) lost.add('peers.seen', 'when they were seen');
  // Small groups need no access hash, and have 0 in its place.
  const hash = accessHash === null && peer.kind === 'chat' ? 0n : accessHash;
  return [
    toMarkedId(peer),
    hash === null ? null : checkInt64(at, 'accessHash', hash),
    subtypeOf(peer, isSelf),
  ];
}
