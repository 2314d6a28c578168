/**
 * Reading a Telethon v2 session file, schema 10 (formats/telethon.md, sections 1 and 5). Where the real library
 * destroys, guesses or reads nonsense, this refuses and names the field.
 */

import { checkCounter, checkDcId, checkId, checkInteger, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { ChannelState, DataCenter, Session, UpdateState, User } from '../session.ts';
import { readAddress } from './addresses.ts';
import { type SqlDatabase, SqlError, type SqlValue } from './driver.ts';
import { kindOf } from './kind.ts';
import { rowsOf } from './rows.ts';
import { readSchemaVersion } from './schema-version.ts';
import { missingTable, type Tables, tablesOf } from './tables.ts';
import { TELETHON_V2_COLUMNS, TELETHON_V2_VERSION } from './telethon-v2-schema.ts';
import { isNoKey } from './values.ts';

export { TELETHON_V2_SCHEMA, TELETHON_V2_VERSION } from './telethon-v2-schema.ts';

/** What a file holds that a session has no place for. */
export type TelethonV2Extra = {
  /** Host names (with their port) that stood where an IP address belongs, and the data centre they stood at. */
  hostNames?: { dc: number; address: string }[];
};

/** What reading a file gives. */
export interface TelethonV2 {
  /** Schema version: 10. */
  version: number;
  /** The session; data centres and channels by id. */
  session: Session;
  /** Whether the rows are exactly those that we would write for this session. */
  exact: boolean;
  /** What was tolerated and assumed, as sentences. */
  notes: string[];
  extra: TelethonV2Extra;
}

/**
 * Reads the five tables.
 *
 * @param tables the tables of the database, if they are known already
 * @throws SessionError `BAD_VERSION`, `NEWER_VERSION`, `DAMAGED` (a table is missing, or has other columns),
 * `INVALID_VALUE` (a field such as `datacenter[2].auth`, where 2 is the id), `NEEDS_MIGRATION` (a Telethon v1 file),
 * `FOREIGN_DATABASE`. Failures of SQLite come as SqlError.
 */
export function readTelethonV2(db: SqlDatabase, tables: Tables = tablesOf(db)): TelethonV2 {
  checkKind(tables);
  const head = exactHeadOf(db, tables) ?? headOf(db, tables);
  const read: Reading = { exact: true, notes: [], hostNames: [] };
  const session = new Session();
  session.dcs = readDataCenters(head.datacenter, read);
  session.user = readUser(head.user, read);
  session.state = readState(head.state, db, read);
  const { exact, notes, hostNames } = read;
  return {
    version: TELETHON_V2_VERSION,
    session,
    exact,
    notes,
    extra: hostNames.length === 0 ? {} : { hostNames },
  };
}

/**
 * Reads who is logged in, with which keys, and nothing else: for lists of many files.
 *
 * @throws as {@link readTelethonV2}, for as much as is read
 */
export function readTelethonV2Login(
  db: SqlDatabase,
  tables: Tables = tablesOf(db),
): Pick<Session, 'user' | 'dcs'> {
  checkKind(tables);
  const { user, datacenter } = exactHeadOf(db, tables) ?? headOf(db, tables);
  const read: Reading = { exact: true, notes: [], hostNames: [] };
  return { user: readUser(user, read), dcs: readDataCenters(datacenter, read) };
}

interface Reading {
  exact: boolean;
  notes: string[];
  hostNames: { dc: number; address: string }[];
}

function tolerate(read: Reading, note: string): void {
  read.exact = false;
  read.notes.push(note);
}

function checkKind(tables: Tables): void {
  const kind = kindOf(tables);
  if (kind === 'telethon-v1') {
    throw new SessionError(
      'NEEDS_MIGRATION',
      'The file is of Telethon v1. Pass { migrate: true }, or run "tgsession migrate" on it: a backup is kept.',
    );
  }
  if (kind !== 'telethon-v2') {
    const what = kind === 'empty' ? 'has no tables' : 'is an SQLite database of another program';
    throw new SessionError('FOREIGN_DATABASE', `The file ${what}; it holds no Telethon v2 session.`);
  }
}

function checkVersion(version: number): void {
  if (version > TELETHON_V2_VERSION) {
    throw new SessionError(
      'NEWER_VERSION',
      `The file has schema version ${version}, newer than ${TELETHON_V2_VERSION}, the newest one known. Use a newer tgsession.`,
      { field: 'version.version', found: String(version) },
    );
  }
  if (version < TELETHON_V2_VERSION) {
    throw new SessionError(
      'BAD_VERSION',
      `The file has the tables of schema version ${TELETHON_V2_VERSION}, but says that it is ${version}.`,
      { field: 'version.version', found: String(version) },
    );
  }
}

/** The real library unpacks rows by position, so that other columns, or another order, make nonsense of them. */
function checkColumns(tables: Tables, table: string, expected: readonly string[]): void {
  const columns = tables.get(table);
  if (columns === undefined) throw missingTable(table);
  if (columns.length === expected.length && columns.every((column, i) => column === expected[i])) return;
  const found = columns.slice(0, 20).join(', ').slice(0, 200);
  throw new SessionError(
    'DAMAGED',
    `The table ${table} must have the columns ${expected.join(', ')}, but has ${found}.`,
    { field: table, found },
  );
}

/** The rows of the small tables. */
interface Head {
  datacenter: SqlValue[][];
  user: SqlValue[][];
  state: SqlValue[][];
}

// One statement instead of four: preparing and running each costs a small file a tenth of its load.
// Before Node.js 24 a row is an object, so that no two columns may have the same name, and none a number for a name.
const HEAD =
  'SELECT 3 AS part, version AS a, 0 AS b, 0 AS c, 0 AS d FROM version UNION ALL SELECT 0, id, ipv4_addr, ipv6_addr, auth FROM datacenter UNION ALL ' +
  'SELECT 1, id, dc, bot, username FROM user UNION ALL SELECT 2, pts, qts, date, seq FROM state';

/** The small tables where all are Telethon v2's to the letter, as in every sound file; null where they are not. */
function exactHeadOf(db: SqlDatabase, tables: Tables): Head | null {
  // These are the lists themselves only then.
  for (const [table, columns] of EXACT_COLUMNS) if (tables.get(table) !== columns) return null;
  let rows: SqlValue[][];
  try {
    rows = db.prepare(HEAD).all();
  } catch (error) {
    // Table by table the error says which field it is.
    if (error instanceof SqlError && error.kind === 'range') return null;
    throw error;
  }
  const parts: [SqlValue[][], SqlValue[][], SqlValue[][], SqlValue[][]] = [[], [], [], []];
  for (const [part, ...values] of rows) parts[part as 0 | 1 | 2 | 3].push(values);
  const [datacenter, user, state, [version]] = parts;
  if (version === undefined) return null;
  // The column is the key of its table, so that it holds nothing but integers, the smallest first.
  checkVersion(version[0] as number);
  return { datacenter, user, state };
}

const EXACT_COLUMNS = Object.entries(TELETHON_V2_COLUMNS);

function headOf(db: SqlDatabase, tables: Tables): Head {
  checkVersion(readSchemaVersion(db, tables));
  const { version: _, ...needed } = TELETHON_V2_COLUMNS;
  for (const [table, columns] of Object.entries(needed)) checkColumns(tables, table, columns);
  const { datacenter, user, state } = TELETHON_V2_COLUMNS;
  return {
    datacenter: rowsOf(db, 'datacenter', datacenter, 'ORDER BY id'),
    user: rowsOf(db, 'user', user, 'ORDER BY id LIMIT 2'),
    state: rowsOf(db, 'state', state, 'LIMIT 2'),
  };
}

function readDataCenters(rows: readonly SqlValue[][], read: Reading): DataCenter[] {
  const dcs: DataCenter[] = [];
  for (const row of rows) {
    const [id, ipv4, ipv6, auth] = row as [SqlValue, SqlValue, SqlValue, SqlValue];
    if (id === 0 && ipv4 === 'None:None' && isNoKey(auth)) {
      tolerate(
        read,
        'A data centre of number 0, without address and key, was left out: no connection was made.',
      );
      continue;
    }
    const at = `datacenter[${typeof id === 'number' ? id : '?'}]`;
    const dc = checkDcId(at, 'id', id);
    if (auth !== null && isNoKey(auth)) {
      tolerate(read, `The key of data centre ${dc} has no bytes, which means that there is none.`);
    }
    const addresses = readAddresses(read, at, dc, ipv4 ?? null, ipv6 ?? null);
    dcs.push(new DataCenter({ id: dc, ...addresses, auth: isNoKey(auth) ? null : (auth as Uint8Array) }, at));
  }
  checkGrowing('datacenter', dcs);
  return dcs;
}

function readAddresses(read: Reading, at: string, dc: number, ipv4: SqlValue, ipv6: SqlValue) {
  const addresses: { ipv4Addr: string | null; ipv6Addr: string | null } = { ipv4Addr: null, ipv6Addr: null };
  const first = readAddress(at, 'ipv4_addr', ipv4, 4);
  const second = readAddress(at, 'ipv6_addr', ipv6, 6);
  for (const found of [first, second]) {
    if (found?.family !== 'name') continue;
    tolerate(read, `Data centre ${dc} has a host name in place of an IP address: ${found.address}.`);
    read.hostNames.push({ dc, address: found.address });
  }
  if (second?.family === 4) refuse(at, 'ipv6_addr', 'an IPv6 address with its port', ipv6, 'an IPv4 address');
  if (second?.family === 6) addresses.ipv6Addr = second.address;
  if (first?.family === 4) addresses.ipv4Addr = first.address;
  if (first?.family === 6) {
    // So the real library leaves a v1 file that was connected over IPv6.
    if (addresses.ipv6Addr === null) {
      addresses.ipv6Addr = first.address;
      tolerate(read, `Data centre ${dc} had its IPv6 address in the place of the IPv4 address.`);
    } else {
      tolerate(read, `Data centre ${dc} has two IPv6 addresses; ${first.address} was left out.`);
    }
  }
  return addresses;
}

function readUser([row, second]: readonly SqlValue[][], read: Reading): User | null {
  if (row === undefined) return null;
  const [id, dc, bot, username] = row;
  if (second !== undefined) {
    tolerate(read, 'There is more than one user; the one with the smallest id counts.');
  }
  const fields = {
    id: checkId('user', 'id', id),
    dc: checkDcId('user', 'dc', dc),
    bot: checkInteger('user', 'bot', bot, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) !== 0,
    username: username as string | null,
  };
  if (bot !== 0 && bot !== 1) tolerate(read, `The bot flag is ${bot}, neither 0 nor 1: taken for "yes".`);
  return new User(fields, 'user');
}

function readState([row, second]: readonly SqlValue[][], db: SqlDatabase, read: Reading): UpdateState | null {
  if (row === undefined) {
    if (rowsOf(db, 'channelstate', TELETHON_V2_COLUMNS.channelstate, 'LIMIT 1').length > 0) {
      tolerate(
        read,
        'There are channel states but no update state: they were left out, as the real library does.',
      );
    }
    return null;
  }
  if (second !== undefined) tolerate(read, 'There is more than one update state; the first one counts.');
  const [pts, qts, date, seq] = TELETHON_V2_COLUMNS.state.map((name, i) =>
    checkCounter('state', name, row[i]),
  );
  const state = new UpdateState({ pts: pts!, qts: qts!, date: date!, seq: seq! }, 'state');
  state.channels = readChannels(db);
  return state;
}

function readChannels(db: SqlDatabase): ChannelState[] {
  const rows = rowsOf(db, 'channelstate', TELETHON_V2_COLUMNS.channelstate, 'ORDER BY id');
  // There may be thousands: one place serves all, and its text is only made for an error.
  let id: SqlValue = null;
  const at = { toString: () => `channelstate[${typeof id === 'number' ? id : '?'}]` };
  const channels = rows.map((row) => {
    id = row[0]!;
    return new ChannelState({ id: id as number, pts: row[1] as number }, at);
  });
  checkGrowing('channelstate', channels);
  return channels;
}

/** Ids are keys, so they only grow; where they do not, the pages of the table are damaged. */
function checkGrowing(table: string, items: readonly { id: number }[]): void {
  for (let i = 1; i < items.length; i++) {
    if (items[i]!.id <= items[i - 1]!.id) {
      const message = `The table ${table} has the id ${items[i]!.id} twice or out of order.`;
      throw new SessionError('DAMAGED', message, { field: `${table}[${items[i]!.id}].id` });
    }
  }
}
