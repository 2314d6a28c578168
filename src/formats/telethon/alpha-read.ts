/** Reading a session of the unreleased Telethon v2 alpha of 2021-22 (tag v2-stale2). */

import { isIpv4, isIpv6 } from '../../address.ts';
import { checkAuthKey } from '../../auth-key.ts';
import { checkCounter, checkDcId, checkId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { CompactPeers } from '../../peers/compact.ts';
import type { Peer, Peers } from '../../peers.ts';
import { ChannelState, DataCenter, Session, UpdateState, User } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import { FirstRows } from '../../sqlite/first-rows.ts';
import { readSchemaVersion } from '../../sqlite/schema-version.ts';
import { requireTable, type Tables, tablesOf } from '../../sqlite/tables.ts';
import { isNoKey, toInteger } from '../../sqlite/values.ts';

/** The one schema number of the alpha. Telethon v1 has a schema 8 too, of other tables. */
const VERSION = 8;

/** A row of `entity`. */
export interface TelethonAlphaEntity {
  id: number;
  hash: bigint;
  /** Letter of the type: U user, B bot, G group, C channel, M megagroup, A gigagroup. */
  ty: number;
}

/** What a file holds, as plain data. */
export interface TelethonAlpha {
  version: number;
  session: Session;
  takeoutId: bigint | null;
  peers: Peers;
  /** The first rows of `entity` as they are. */
  entities: FirstRows<TelethonAlphaEntity>;
  notes: string[];
}

/** Reads a file. @throws SessionError `BAD_VERSION`, `DAMAGED`, `INVALID_VALUE`; SqlError */
export function readTelethonAlpha(db: SqlDatabase, tables: Tables = tablesOf(db)): TelethonAlpha {
  const version = readSchemaVersion(db, tables);
  if (version !== VERSION) {
    const details = { field: 'version.version', found: String(version) };
    const message = `The file has the tables of a Telethon alpha of schema ${VERSION}, but says that it is ${version}.`;
    throw new SessionError('BAD_VERSION', message, details);
  }
  const notes: string[] = [];
  const dcs = readDataCenters(db, tables);
  const { user, state, takeoutId } = readSession(db, tables, notes);
  const { entities, peers } = readEntities(db, tables);
  if (state !== null) state.channels = readChannels(db, tables);
  const session = new Session({ dcs, user, state });
  return { version, session, takeoutId, peers, entities, notes };
}

function rows(db: SqlDatabase, tables: Tables, table: string, columns: readonly string[]): SqlValue[][] {
  return [...iterate(db, tables, table, columns)];
}

function iterate(db: SqlDatabase, tables: Tables, table: string, columns: readonly string[]) {
  requireTable(tables, table, columns);
  const sql = `SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${columns[0]}`;
  return db.prepare(sql, { bigint: true }).iterate();
}

function place(table: string, id: SqlValue | undefined): string {
  return `${table}[${typeof id === 'bigint' ? id : '?'}]`;
}

function readDataCenters(db: SqlDatabase, tables: Tables): DataCenter[] {
  return rows(db, tables, 'datacenter', ['id', 'ipv4', 'ipv6', 'port', 'auth']).map((row) => {
    const [rawId, ipv4, ipv6, rawPort, auth] = row;
    const at = place('datacenter', rawId);
    const id = checkDcId(at, 'id', toInteger(rawId));
    const port = checkInteger(at, 'port', toInteger(rawPort), 1, 65535);
    const address = (name: string, value: SqlValue | undefined, isAddress: (text: string) => boolean) => {
      if (value === null) return null;
      if (typeof value !== 'string' || value.length > 64 || !isAddress(value)) {
        return refuse(at, name, 'an IP address', value);
      }
      return `${value}:${port}`;
    };
    return new DataCenter(
      {
        id,
        ipv4Addr: address('ipv4', ipv4, isIpv4),
        ipv6Addr: address('ipv6', ipv6, isIpv6),
        auth: isNoKey(auth) ? null : checkAuthKey(at, 'auth', auth),
      },
      at,
    );
  });
}

function readSession(db: SqlDatabase, tables: Tables, notes: string[]) {
  const columns = ['user_id', 'dc_id', 'bot', 'pts', 'qts', 'date', 'seq', 'takeout_id'];
  const [row, second] = rows(db, tables, 'session', columns);
  if (row === undefined) return { user: null, state: null, takeoutId: null };
  if (second !== undefined) {
    notes.push('There is more than one user; the one with the smallest id counts.');
  }
  const at = place('session', row[0]);
  const [id, dc, bot, pts, qts, date, seq] = row.map(toInteger);
  const takeout = row[7] ?? null;
  if (takeout !== null && typeof takeout !== 'bigint')
    refuse(at, 'takeout_id', 'an integer or NULL', takeout);
  return {
    user: new User({
      id: checkId(at, 'user_id', id),
      dc: checkDcId(at, 'dc_id', dc),
      bot: checkInteger(at, 'bot', bot, 0, 1) === 1,
    }),
    state: new UpdateState({
      pts: checkCounter(at, 'pts', pts),
      qts: checkCounter(at, 'qts', qts),
      date: checkCounter(at, 'date', date),
      seq: checkCounter(at, 'seq', seq),
    }),
    takeoutId: takeout as bigint | null,
  };
}

function readChannels(db: SqlDatabase, tables: Tables): ChannelState[] {
  return rows(db, tables, 'channel', ['channel_id', 'pts']).map(([id, pts]) => {
    const at = place('channel', id);
    const fields = {
      id: checkId(at, 'channel_id', toInteger(id)),
      pts: checkCounter(at, 'pts', toInteger(pts)),
    };
    return new ChannelState(fields, at);
  });
}

function readEntities(db: SqlDatabase, tables: Tables) {
  const entities = new FirstRows<TelethonAlphaEntity>();
  const peers = new CompactPeers();
  for (const [id, hash, ty] of iterate(db, tables, 'entity', ['id', 'hash', 'ty'])) {
    const at = place('entity', id);
    const entity = {
      id: checkId(at, 'id', toInteger(id)),
      hash: typeof hash === 'bigint' ? hash : refuse(at, 'hash', 'an integer', hash),
      ty: checkInteger(at, 'ty', toInteger(ty), 0, 255),
    };
    entities.add(entity);
    const peer = toPeer(entity);
    if (peer !== null) peers.push(peer);
  }
  return { entities, peers };
}

const KINDS: Record<string, Peer['kind']> = {
  U: 'user',
  B: 'user',
  G: 'chat',
  C: 'channel',
  M: 'channel',
  A: 'channel',
};

function toPeer({ id, hash, ty }: TelethonAlphaEntity): Peer | null {
  const kind = KINDS[String.fromCharCode(ty)];
  if (kind === undefined) return null;
  const accessHash = kind === 'chat' && hash === 0n ? null : hash;
  return { kind, id, accessHash, usernames: [], phone: null, name: null, seen: null };
}
