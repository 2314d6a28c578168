/** The rows that mtcute's schemas have in common: keys of data centres, and peers (formats/mtcute.md, section 2). */

import { checkAuthKey } from '../../auth-key.ts';
import { checkDcId, checkInteger, checkText, refuse } from '../../check.ts';
import { CompactPeers } from '../../peers/compact.ts';
import { fromMarkedId, type Peer, type Peers } from '../../peers.ts';
import type { Addresses } from '../../server-address.ts';
import { DataCenter } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import { FirstRows } from '../../sqlite/first-rows.ts';
import { iterateRows, rowsOf } from '../../sqlite/rows.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { parseBigJson } from '../big-json.ts';
import type { JsonValue } from '../snapshot.ts';
import { readHash } from './hash.ts';

const MAX_USERNAME_LENGTH = 256;
const MAX_PHONE_LENGTH = 64;
/** More usernames than an account can have. */
const MAX_USERNAMES = 1000;

/** The data centres: the main one first, if it is known; of the others only the keys are stored. */
export function readDataCenters(
  db: SqlDatabase,
  tables: Tables,
  main: (Addresses & { id: number }) | null,
): DataCenter[] {
  requireTable(tables, 'auth_keys', ['dc', 'key']);
  const others: DataCenter[] = [];
  let mainKey: Uint8Array | null = null;
  for (const [dc, key] of rowsOf(db, 'auth_keys', ['dc', 'key'], 'ORDER BY dc')) {
    const at = `auth_keys[${typeof dc === 'number' ? dc : '?'}]`;
    const id = checkDcId(at, 'dc', dc);
    const auth = checkAuthKey(at, 'key', key);
    if (auth === null) refuse(at, 'key', 'an auth key', key);
    if (id === main?.id) mainKey = auth;
    else others.push(new DataCenter({ id, auth }, at));
  }
  if (main === null) return others;
  return [
    new DataCenter({ id: main.id, ipv4Addr: main.ipv4Addr, ipv6Addr: main.ipv6Addr, auth: mainKey }),
    ...others,
  ];
}

/** The data centres with temporary keys. */
export function temporaryKeys(db: SqlDatabase, tables: Tables): number[] {
  if (!tables.get('temp_auth_keys')?.includes('dc')) return [];
  const rows = rowsOf(db, 'temp_auth_keys', ['DISTINCT dc'], 'ORDER BY dc LIMIT 1000');
  return rows.flatMap(([dc]) => (typeof dc === 'number' ? [dc] : []));
}

/** What a table of peers holds. */
export interface MtcutePeers {
  peers: Peers;
  /** The first rows, without what mtcute keeps of its own. */
  rows: FirstRows<JsonValue>;
}

/** The peers of the current schema. Those known only in part (`isMin`) are rows, but no peers. */
export function readPeers(db: SqlDatabase, tables: Tables, notes: string[]): MtcutePeers {
  const rows = new FirstRows<JsonValue>();
  const peers = new CompactPeers();
  if (!tables.has('peers')) return { peers, rows };
  const has = requireTable(tables, 'peers', ['id', 'hash', 'usernames', 'updated', 'phone']);
  const isMin = has.includes('isMin') ? 'isMin' : '0 AS isMin';
  const columns = ['id', 'hash', 'usernames', 'updated', 'phone', isMin];
  let partly = 0;
  for (const row of iterateRows(db, 'peers', columns, 'ORDER BY id DESC')) {
    const [id, hash, usernames, updated, phone, min] = row;
    const at = `peers[${typeof id === 'number' ? id : '?'}]`;
    const names = readUsernames(at, usernames!);
    const peer = peerOf(at, { id: id!, hash: hash!, updated: updated!, phone: phone! }, names);
    const isPartial = checkInteger(at, 'isMin', min, 0, 1) === 1;
    if (isPartial) partly++;
    else peers.push(peer);
    rows.add({
      id: id as number,
      accessHash: peer.accessHash === null ? null : String(peer.accessHash),
      usernames: names,
      ...(peer.phone !== null && { phone: peer.phone }),
      isMin: isPartial,
    });
  }
  if (partly > 0) {
    notes.push(
      `${partly} peers are known only in part, and their access hashes are not good for much: left out.`,
    );
  }
  return { peers, rows };
}

/** The entities of the schema before 0.7. */
export function readEntities(db: SqlDatabase, tables: Tables): Peers {
  const columns = ['id', 'hash', 'username', 'phone', 'updated'];
  requireTable(tables, 'entities', columns);
  const peers = new CompactPeers();
  for (const row of iterateRows(db, 'entities', columns, 'ORDER BY id DESC')) {
    const [id, hash, username, phone, updated] = row;
    const at = `entities[${typeof id === 'number' ? id : '?'}]`;
    const names = username === null ? [] : [checkText(at, 'username', username, MAX_USERNAME_LENGTH)];
    peers.push(peerOf(at, { id: id!, hash: hash!, updated: updated!, phone: phone! }, names));
  }
  return peers;
}

type Row = Record<'id' | 'hash' | 'updated' | 'phone', SqlValue>;

function peerOf(at: string, { id, hash, updated, phone }: Row, usernames: string[]): Peer {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  const kindAndId = fromMarkedId(checkInteger(at, 'id', id, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER));
  if (kindAndId === null) return refuse(at, 'id', 'the marked id of a peer', id);
  return {
    ...kindAndId,
    accessHash: readHash(at, hash),
    usernames,
    phone: phone === null || phone === '' ? null : checkText(at, 'phone', phone, MAX_PHONE_LENGTH),
    name: null,
    // Documented as seconds, but written in milliseconds.
    seen: Math.floor(checkInteger(at, 'updated', updated, 0, MAX_SAFE_INTEGER) / 1000),
  };
}

function readUsernames(at: string, value: SqlValue): string[] {
  const list = typeof value === 'string' ? parseBigJson(value, `${at}.usernames`) : null;
  if (!Array.isArray(list) || list.length > MAX_USERNAMES)
    return refuse(at, 'usernames', 'a list as JSON', value);
  return list.map((name, i) => checkText(`${at}.usernames[${i}]`, '', name, MAX_USERNAME_LENGTH));
}
