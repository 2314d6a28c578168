/** The table `entities` of Telethon v1: whom the account has met and, since 1.28, who it is itself. */

import { checkInteger, checkText, refuse } from '../check.ts';
import { CompactPeers } from '../peers/compact.ts';
import { fromMarkedId, type Peer, type Peers } from '../peers.ts';
import { MAX_USERNAME_LENGTH } from '../session.ts';
import type { SqlDatabase, SqlValue } from './driver.ts';
import { FirstRows } from './first-rows.ts';
import { columnOrNull, requireTable, type Tables } from './tables.ts';
import { toInteger } from './values.ts';

/** A row as it is. */
export interface TelethonV1Entity {
  /** Marked id: users positive, small groups `-id`, channels `-(10^12 + id)`; 0 for the pointer to oneself. */
  id: number;
  /** Access hash; in row 0 the own user id. */
  hash: bigint;
  /** In lower case. */
  username: string | null;
  /** Digits; a plus sign and leading zeros were lost. */
  phone: string | null;
  name: string | null;
}

/** The account itself, as far as the table tells. */
export interface TelethonV1Self {
  id: number;
  username: string | null;
  phone: string | null;
}

interface Entities {
  entities: FirstRows<TelethonV1Entity>;
  peers: Peers;
  self: TelethonV1Self | null;
}

const COLUMNS = ['id', 'hash', 'username', 'phone', 'name'];
/** Longest display name and phone that are kept; Telegram's own limits are far below. */
const MAX_NAME_LENGTH = 4096;

/** Reads the table. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readEntities(db: SqlDatabase, tables: Tables, notes: string[]): Entities {
  const has = requireTable(tables, 'entities', COLUMNS);
  const date = columnOrNull(has, 'date');
  const sql = `SELECT ${COLUMNS.join(', ')}, ${date} FROM entities ORDER BY id`;
  const entities = new FirstRows<TelethonV1Entity>();
  const peers = new CompactPeers();
  let self: TelethonV1Self | null = null;
  let unknown = 0;
  for (const row of db.prepare(sql, { bigint: true }).iterate()) {
    const entity = readEntity(row);
    entities.add(entity);
    // By id, so the pointer comes before the own row.
    if (entity.id === 0) {
      self ??= selfOf(entity);
      continue;
    }
    if (entity.id === self?.id) describeSelf(self, entity);
    const peer = toPeer(entity, row[5] ?? null);
    if (peer === null) unknown++;
    else peers.push(peer);
  }
  if (unknown > 0) notes.push(`${unknown} rows of entities have an id that no peer has: they were left out.`);
  return { entities, peers, self };
}

function readEntity(row: readonly SqlValue[]): TelethonV1Entity {
  const [rawId, hash, username, phone, name] = row as [SqlValue, SqlValue, SqlValue, SqlValue, SqlValue];
  const at = `entities[${typeof rawId === 'bigint' ? rawId : '?'}]`;
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  const text = (field: string, value: SqlValue, length: number) =>
    value === null ? null : checkText(at, field, value, length);
  return {
    id: checkInteger(at, 'id', toInteger(rawId), MIN_SAFE_INTEGER, MAX_SAFE_INTEGER),
    hash: typeof hash === 'bigint' ? hash : refuse(at, 'hash', 'an integer', hash),
    username: text('username', username, MAX_USERNAME_LENGTH),
    phone: typeof phone === 'bigint' ? String(phone) : text('phone', phone, MAX_NAME_LENGTH),
    name: text('name', name, MAX_NAME_LENGTH),
  };
}

function toPeer({ id, hash, username, phone, name }: TelethonV1Entity, date: SqlValue): Peer | null {
  const kindAndId = fromMarkedId(id);
  if (kindAndId === null) return null;
  const seen = toInteger(date);
  return {
    ...kindAndId,
    // Small groups need no access hash; they have 0 there.
    accessHash: kindAndId.kind === 'chat' && hash === 0n ? null : hash,
    usernames: username === null ? [] : [username],
    phone,
    name,
    seen: typeof seen === 'number' && seen >= 0 ? seen : null,
  };
}

/** Since 1.28 the row with id 0 has the own id for its hash, and that user's row has the rest. */
function selfOf({ hash }: TelethonV1Entity): TelethonV1Self | null {
  if (hash === 0n) return null;
  const id = toInteger(hash);
  if (typeof id !== 'number' || id < 1) return refuse('entities[0]', 'hash', 'the own user id', hash);
  return { id, username: null, phone: null };
}

function describeSelf(self: TelethonV1Self, { username, phone }: TelethonV1Entity): void {
  self.username = username;
  self.phone = phone !== null && /^\d+$/.test(phone) ? phone : null;
}
