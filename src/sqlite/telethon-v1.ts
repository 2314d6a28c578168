/**
 * Reading a Telethon v1 session file, schemas 1 to 8 (formats/telethon.md, section 2). Columns are read by name, as
 * files that were upgraded half-way have columns that their number does not promise.
 */

import { checkAuthKey } from '../auth-key.ts';
import { checkDcId, checkInteger, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { Peers } from '../peers.ts';
import { DataCenter, Session, User } from '../session.ts';
import { readServerAddress } from './addresses.ts';
import type { SqlDatabase, SqlValue } from './driver.ts';
import type { FirstRows } from './first-rows.ts';
import { readSchemaVersion } from './schema-version.ts';
import { columnOrNull, requireTable, type Tables, tablesOf } from './tables.ts';
import { readEntities, type TelethonV1Entity } from './telethon-v1-entities.ts';
import { readSentFiles, type TelethonV1SentFile } from './telethon-v1-sent-files.ts';
import { readUpdateState } from './telethon-v1-state.ts';
import { isNoKey, toInteger } from './values.ts';

export type { TelethonV1Entity } from './telethon-v1-entities.ts';
export type { TelethonV1SentFile } from './telethon-v1-sent-files.ts';

/** The newest schema of Telethon v1 that is known. */
export const TELETHON_V1_NEWEST = 8;

/** What a file holds, as plain data. */
export interface TelethonV1 {
  /** Schema version, 1 to 8. */
  version: number;
  /** Data centres, the own user where newer versions left it, and the update state. */
  session: Session;
  /** The data centre in use: the first row of `sessions`; null if no connection was ever made. */
  mainDc: number | null;
  /** `server_address` of the data centre in use as it stands there, or null. */
  serverAddress: string | null;
  /** Its port, or null. */
  port: number | null;
  takeoutId: bigint | null;
  /** The account's own id, or null. */
  selfUserId: number | null;
  /** The account's own username, or null. */
  selfUsername: string | null;
  /** The account's phone number, digits only, or null. */
  phone: string | null;
  /** Whom the account has met. */
  peers: Peers;
  /** The first rows of `entities` as they are. */
  entities: FirstRows<TelethonV1Entity>;
  /** The first rows of `sent_files`; null where there is no such table. */
  sentFiles: FirstRows<TelethonV1SentFile> | null;
  /** What was tolerated and assumed, as sentences. */
  notes: string[];
}

/**
 * Reads a file.
 *
 * @param tables the tables of the database, if they are known already
 * @throws SessionError `BAD_VERSION`, `NEWER_VERSION`, `DAMAGED` (a table or column is missing), `INVALID_VALUE` (a
 * field such as `sessions[2].auth_key`, where 2 is the id). Failures of SQLite come as SqlError.
 */
export function readTelethonV1(db: SqlDatabase, tables: Tables = tablesOf(db)): TelethonV1 {
  const version = readVersion(db, tables);
  const notes: string[] = [];
  const connection = readSessions(db, tables, notes);
  const { entities, peers, self } = readEntities(db, tables, notes);
  const session = new Session({ dcs: connection.dcs });
  session.state = readUpdateState(db, tables, version, notes);
  if (self !== null && connection.mainDc !== null) {
    session.user = new User({ id: self.id, dc: connection.mainDc, bot: false, username: self.username });
    notes.push('The file does not say whether the account is a bot: taken for "no".');
  }
  const { mainDc, serverAddress, port, takeoutId } = connection;
  return {
    version,
    session,
    mainDc,
    serverAddress,
    port,
    takeoutId,
    selfUserId: self?.id ?? null,
    selfUsername: self?.username ?? null,
    phone: self?.phone ?? null,
    peers,
    entities,
    sentFiles: readSentFiles(db, tables),
    notes,
  };
}

function readVersion(db: SqlDatabase, tables: Tables): number {
  const version = readSchemaVersion(db, tables);
  const details = { field: 'version.version', found: String(version) };
  if (version < 1) {
    throw new SessionError(
      'BAD_VERSION',
      `The file says schema version ${version}, which never existed.`,
      details,
    );
  }
  if (version > TELETHON_V1_NEWEST) {
    throw new SessionError(
      'NEWER_VERSION',
      `The file has the tables of Telethon v1 and schema version ${version}, newer than ${TELETHON_V1_NEWEST}, the newest one known.`,
      details,
    );
  }
  return version;
}

interface Connection {
  dcs: DataCenter[];
  mainDc: number | null;
  serverAddress: string | null;
  port: number | null;
  takeoutId: bigint | null;
}

const COLUMNS = ['dc_id', 'server_address', 'port', 'auth_key'];

function readSessions(db: SqlDatabase, tables: Tables, notes: string[]): Connection {
  const has = requireTable(tables, 'sessions', COLUMNS);
  const optional = ['takeout_id', 'tmp_auth_key'].map((name) => columnOrNull(has, name));
  const sql = `SELECT ${[...COLUMNS, ...optional].join(', ')} FROM sessions ORDER BY dc_id`;
  const connection: Connection = {
    dcs: [],
    mainDc: null,
    serverAddress: null,
    port: null,
    takeoutId: null,
  };
  for (const row of db.prepare(sql, { bigint: true }).all()) {
    const [rawId, address, rawPort, auth, takeout, temporary] = row as [
      SqlValue,
      SqlValue,
      SqlValue,
      SqlValue,
      SqlValue,
      SqlValue,
    ];
    if (rawId === 0n && address === null && rawPort === null && isNoKey(auth)) continue;
    const at = `sessions[${typeof rawId === 'bigint' ? rawId : '?'}]`;
    const id = checkDcId(at, 'dc_id', toInteger(rawId));
    const port = rawPort === null ? null : checkInteger(at, 'port', toInteger(rawPort), 0, 65535);
    const key = isNoKey(auth) ? null : checkAuthKey(at, 'auth_key', auth);
    const addresses = readServerAddress(at, address, port, notes);
    connection.dcs.push(new DataCenter({ id, ...addresses, auth: key }, at));
    // Of several rows the real library reads the first one only.
    if (connection.mainDc !== null) continue;
    connection.mainDc = id;
    connection.serverAddress = address as string | null;
    connection.port = port;
    connection.takeoutId = readTakeout(at, takeout, temporary);
  }
  if (connection.dcs.length > 1) {
    notes.push(
      `There are ${connection.dcs.length} data centres; the one in use is the first, ${connection.mainDc}.`,
    );
  }
  return connection;
}

/**
 * The id of a takeout. Schema 8 has two columns that the real library reads in swapped order, so that both may hold
 * the temporary key or nothing: only an integer is a takeout id, and neither is ever the account's key.
 */
function readTakeout(at: string, takeout: SqlValue, temporary: SqlValue): bigint | null {
  const names = ['takeout_id', 'tmp_auth_key'];
  const values = [takeout, temporary];
  values.forEach((value, i) => {
    if (value === null || typeof value === 'bigint' || value instanceof Uint8Array) return;
    refuse(at, names[i]!, 'an integer, bytes or NULL', value);
  });
  return values.find((value) => typeof value === 'bigint') ?? null;
}
