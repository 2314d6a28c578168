/**
 * Reading a session file of Pyrogram's family (formats/pyrogram.md, section 1): Pyrogram 0.15 to 2, Pyrofork,
 * Hydrogram, PyroTGFork, Kurigram. The same number means different tables in them, and the same tables have their
 * columns in different order; so columns are read by name, each asked for whether it exists.
 */

import { checkAuthKey } from '../../auth-key.ts';
import { checkCounter, checkDcId, checkId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { Peers } from '../../peers.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { readServerAddress } from '../../sqlite/addresses.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import type { FirstRows } from '../../sqlite/first-rows.ts';
import { readSchemaVersion } from '../../sqlite/schema-version.ts';
import { columnOrNull, requireTable, type Tables, tablesOf } from '../../sqlite/tables.ts';
import { isNoKey, toInteger } from '../../sqlite/values.ts';
import { type PyrogramFork, pyrogramForkOf } from './fork.ts';
import { type PyrogramPeer, type PyrogramUsername, readPeers } from './peers.ts';
import { type PyrogramState, readUpdateStates } from './state.ts';

/** The newest number that a library writes on purpose: Kurigram's. */
export const PYROGRAM_NEWEST = 7;

/** What a file holds, as plain data. */
export interface PyrogramFile {
  /** The number in the table `version`. It says little; see {@link PyrogramFile.fork}. */
  version: number;
  /** Whose tables these are. */
  fork: PyrogramFork;
  /** The data centre with the address that is stored, if any; the user and the update state. */
  session: Session;
  /** Whether the file tells whether the account is a bot. */
  botKnown: boolean;
  /** The data centre of the account. */
  mainDc: number;
  /** Null in a file that was never used. */
  testMode: boolean | null;
  /** Null where there is none; undefined where the file has no column for it. */
  apiId: number | null | undefined;
  /** When it was saved last, in unix seconds; 0 if never. */
  date: number | null;
  /** The address as it stands there; undefined where the file has no column for it. */
  serverAddress: string | null | undefined;
  /** Its port; undefined where the file has no column for it. */
  port: number | null | undefined;
  /** Names of the columns of `sessions`, in order. */
  sessionsColumns: readonly string[];
  /** The account's own username, or null. */
  selfUsername: string | null;
  /** The account's phone number, digits only, or null. */
  phone: string | null;
  /** Whom the account has met. */
  peers: Peers;
  /** The first rows of `peers` as they are. */
  peerRows: FirstRows<PyrogramPeer>;
  /** The first rows of `usernames`, by peer; null where there is no such table. */
  usernames: FirstRows<PyrogramUsername> | null;
  /** The rows of `update_state`; null where there is no such table. */
  updateStates: PyrogramState[] | null;
  /** What was tolerated and assumed, as sentences. */
  notes: string[];
}

/**
 * Reads a file.
 *
 * @param tables the tables of the database, if they are known already
 * @throws SessionError `BAD_VERSION`, `NEWER_VERSION`, `DAMAGED` (a table, a column or the row is missing),
 * `INVALID_VALUE` (a field such as `sessions.auth_key`). Failures of SQLite come as SqlError.
 */
export function readPyrogram(db: SqlDatabase, tables: Tables = tablesOf(db)): PyrogramFile {
  const notes: string[] = [];
  const fork = pyrogramForkOf(tables);
  const version = readVersion(db, tables, fork, notes);
  const { dc, userId, bot, ...columns } = readSessions(db, tables, notes);
  const { peers, own, rows, usernames } = readPeers(db, tables, userId, notes);
  const { state, rows: updateStates } = readUpdateStates(db, tables, notes);
  const session = new Session({ dcs: [dc] });
  const username = own?.usernames[0] ?? null;
  session.state = state;
  if (userId !== null) {
    session.user = new User({ id: userId, dc: dc.id, bot: bot ?? false, username });
    if (bot === null) notes.push('The file does not say whether the account is a bot: taken for "no".');
  }
  if (dc.auth === null) {
    notes.push('The file has no key: nobody is logged in.');
  } else if (userId === null) {
    notes.push(
      'The file has a key, but does not say whose: the user is not known, or the login was not finished. Pyrogram itself makes a new key when it opens such a file.',
    );
  }
  return {
    version,
    fork,
    session,
    botKnown: bot !== null,
    mainDc: dc.id,
    ...columns,
    selfUsername: username,
    phone: own?.phone != null && /^\d+$/.test(own.phone) ? own.phone : null,
    peers,
    peerRows: rows,
    usernames,
    updateStates,
    notes,
  };
}

/**
 * The number counts for little, but one that no library writes is a file of another time. PyroTGFork's AioSQLiteStorage
 * adds 4 to it at every open, so that behind its tables any number may stand.
 */
function readVersion(db: SqlDatabase, tables: Tables, fork: PyrogramFork, notes: string[]): number {
  const version = readSchemaVersion(db, tables, 'number');
  const details = { field: 'version.number', found: String(version) };
  if (version < 1) {
    throw new SessionError('BAD_VERSION', `The file says version ${version}, which never existed.`, details);
  }
  if (version <= PYROGRAM_NEWEST) return version;
  if (fork !== 'pyrotgfork' && fork !== 'kurigram') {
    throw new SessionError(
      'NEWER_VERSION',
      `The file has the tables of ${fork === 'pyrogram' ? 'Pyrogram' : 'Pyrofork'} and version ${version}, which none is known to write.`,
      details,
    );
  }
  notes.push(
    `The file says version ${version}. PyroTGFork adds 4 to it at every open, so it was read by its tables.`,
  );
  return version;
}

const COLUMNS = ['dc_id', 'test_mode', 'auth_key', 'user_id', 'is_bot'];

function readSessions(db: SqlDatabase, tables: Tables, notes: string[]) {
  const has = requireTable(tables, 'sessions', COLUMNS);
  // An unreleased Pyrofork calls the port otherwise.
  const portColumn = has.includes('server_port') ? 'server_port' : 'port';
  const optional = ['date', 'api_id', 'server_address', 'server_address_v6', portColumn];
  const columns = [...COLUMNS, ...optional.map((name) => columnOrNull(has, name))];
  const sql = `SELECT ${columns.join(', ')} FROM sessions LIMIT 2`;
  const [row, second] = db.prepare(sql, { bigint: true }).all();
  if (row === undefined) {
    throw new SessionError('DAMAGED', 'The table sessions has no row.', {
      field: 'sessions',
      found: 'no row',
    });
  }
  if (second !== undefined) {
    notes.push('The table sessions has several rows: only the first is in use, and was read.');
  }
  const [dcId, test, key, user, bot, date, apiId, address, addressV6, port] = row as [
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
    SqlValue,
  ];
  const at = 'sessions';
  const integer = (name: string, value: SqlValue, max: number) =>
    value === null ? null : checkInteger(at, name, toInteger(value), 0, max);
  const portNumber = integer(portColumn, port, 65535);
  const stored = readServerAddress(at, address, portNumber, notes);
  const storedV6 = readServerAddress(at, addressV6, portNumber, notes);
  const userId = user === null || user === 0n ? null : checkId(at, 'user_id', toInteger(user));
  return {
    dc: new DataCenter(
      {
        id: checkDcId(at, 'dc_id', toInteger(dcId)),
        ipv4Addr: stored.ipv4Addr,
        ipv6Addr: stored.ipv6Addr ?? storedV6.ipv6Addr,
        auth: isNoKey(key) ? null : checkAuthKey(at, 'auth_key', key),
      },
      at,
    ),
    userId,
    bot: readFlag(at, 'is_bot', bot),
    testMode: readFlag(at, 'test_mode', test),
    apiId: has.includes('api_id') ? integer('api_id', apiId, 2 ** 32 - 1) || null : undefined,
    date: date === null ? null : checkCounter(at, 'date', toInteger(date)),
    serverAddress: has.includes('server_address') ? (address as string | null) : undefined,
    port: has.includes(portColumn) ? portNumber : undefined,
    sessionsColumns: has,
  };
}

/** Python writes its booleans as 0 and 1. */
function readFlag(at: string, name: string, value: SqlValue): boolean | null {
  if (value === null) return null;
  return value === 0n || value === 1n ? value === 1n : refuse(at, name, '0, 1 or NULL', value);
}
