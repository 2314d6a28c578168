/**
 * The tables of peers in a session file: further tables, which the real Telethon v2 leaves alone. Their names are such
 * that even its resetting of a file gets past them (formats/telethon.md, section 5): letters and underscores, at most
 * 20 characters. They are made when the first peer is put, so a file without peers is as it always was.
 */

import { SessionError } from '../errors.ts';
import type { Sql } from './driver.ts';

/**
 * Whose peers they are (one row), the peers, and whom a name leads to.
 *
 * - `kind` is 0 for a user, 1 for a small group, 2 for a channel; ids are bare.
 * - `flags`: 1 a bot, 2 no bot, 4 a supergroup, 8 a broadcast channel, 16 known in part only ("min").
 * - `usernames` is NULL for none, else a list in JSON.
 * - `name` in the last table is a username in lower case, or `+` and the digits of a phone number.
 *
 * Without rowid: one tree for each table instead of two, so that a file of a million peers is a seventh smaller.
 */
const CREATE_TABLES = [
  'CREATE TABLE tgsession_login(key_id text not null, user_id integer)',
  `CREATE TABLE tgsession_peers(
    kind integer not null,
    id integer not null,
    access_hash integer,
    flags integer not null,
    seen integer,
    phone text,
    name text,
    usernames text,
    primary key (kind, id)
) WITHOUT ROWID`,
  `CREATE TABLE tgsession_names(
    name text primary key,
    kind integer not null,
    id integer not null
) WITHOUT ROWID`,
] as const;

/** The columns of the tables, by the texts that make them, as SQLite keeps these in the file. */
export const PEER_TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  [CREATE_TABLES[0], ['key_id', 'user_id']],
  [CREATE_TABLES[1], ['kind', 'id', 'access_hash', 'flags', 'seen', 'phone', 'name', 'usernames']],
  [CREATE_TABLES[2], ['name', 'kind', 'id']],
]);

const FIND_TABLES =
  "SELECT sql FROM sqlite_master WHERE name IN ('tgsession_login', 'tgsession_peers', 'tgsession_names') ORDER BY name";

/**
 * Whether a file has the tables.
 *
 * @throws SessionError `NEWER_VERSION` if there are others of these names, or not all of them: nobody but a newer
 * tgsession makes such
 */
export function hasPeerTables(sql: Sql): boolean {
  const found = sql.prepare(FIND_TABLES).all();
  if (found.length === 0) return false;
  if (found.length === CREATE_TABLES.length && found.every(([text]) => PEER_TABLES.has(text as string))) {
    return true;
  }
  throw new SessionError(
    'NEWER_VERSION',
    'The tables of peers in the file (tgsession_…) are not those that are known. Use a newer tgsession.',
    { field: 'tgsession_peers' },
  );
}

/** Makes the tables, inside the caller's transaction. */
export function createPeerTables(sql: Sql): void {
  for (const text of CREATE_TABLES) sql.exec(text);
}
