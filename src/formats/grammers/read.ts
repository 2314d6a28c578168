/** Reading the database of grammers, 0.8 and newer (formats/grammers.md, section 1). */

import { checkAuthKey } from '../../auth-key.ts';
import { checkDcId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { ChannelState, DataCenter, Session, UpdateState, User } from '../../session.ts';
import type { SqlDatabase } from '../../sqlite/driver.ts';
import { rowsOf } from '../../sqlite/rows.ts';
import { readUserVersion } from '../../sqlite/schema-version.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { rowsExtra } from '../first-rows.ts';
import { testModeOf } from '../main-dc.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { isMapped, readIpv4, readIpv6 } from './address.ts';
import { isGrammersId } from './peer-id.ts';
import { readPeers, type Self } from './peers.ts';

/** The only version there has been; it stands in the header of the database. */
export const GRAMMERS_VERSION = 1;

/** Largest counter: the library has 32 bits for it, signed. */
export const MAX_COUNTER = 2 ** 31 - 1;

/** Where an account lives that the file says nothing of, as nobody told it to move. */
export const DEFAULT_DC = 2;

/** Reads a file. @throws SessionError `BAD_VERSION`, `NEWER_VERSION`, `DAMAGED`, `INVALID_VALUE` */
export function readGrammers(db: SqlDatabase, tables: Tables, format: string): Snapshot {
  const version = readVersion(db);
  const notes: string[] = [];
  const home = readHome(db, tables);
  const dcs = readDataCenters(db, tables, notes);
  const { peers, rows, self } = readPeers(db, tables, notes);
  const hasKey = dcs.some(({ auth }) => auth !== null);
  const mainDc = mainDcOf(home, dcs, self !== null || hasKey, notes);
  const session = new Session({ dcs, user: userOf(self, mainDc), state: readState(db, tables, notes) });
  if (session.user === null && hasKey) {
    notes.push(
      'No peer is marked as the account itself: the login was not finished, or grammers lost the mark, as it may.',
    );
  }
  return snapshotOf(session, {
    origin: { format, version },
    mainDc,
    testMode: testModeOf(
      dcs.find(({ id }) => id === mainDc),
      notes,
    ),
    peers,
    extra: { homeDc: home, ...rowsExtra('peers', rows, (row) => row) },
    notes,
  });
}

/** grammers reads a file of any version but 0 as if it were its own; we do not. */
function readVersion(db: SqlDatabase): number {
  const version = readUserVersion(db);
  if (version === GRAMMERS_VERSION) return version;
  const details = { field: 'user_version', found: String(version) };
  throw version > GRAMMERS_VERSION
    ? new SessionError(
        'NEWER_VERSION',
        `The file has user_version ${version}, newer than ${GRAMMERS_VERSION}, the newest one known. Use a newer tgsession.`,
        details,
      )
    : new SessionError(
        'BAD_VERSION',
        `The file has the tables of grammers and user_version ${version}, with which none was ever written.`,
        details,
      );
}

function readHome(db: SqlDatabase, tables: Tables): number | null {
  requireTable(tables, 'dc_home', ['dc_id']);
  const rows = rowsOf(db, 'dc_home', ['dc_id'], 'LIMIT 2');
  if (rows.length === 0) return null;
  return checkDcId('dc_home', 'dc_id', onlyRow('dc_home', rows)[0]);
}

/** grammers takes whichever row comes first; we know no reason why that should be the right one. */
function onlyRow<T>(table: string, [row, second]: readonly T[]): T {
  if (second === undefined) return row!;
  const found = 'several rows';
  throw new SessionError('DAMAGED', `The table ${table} must have one row, but has several.`, {
    field: table,
    found,
  });
}

function readDataCenters(db: SqlDatabase, tables: Tables, notes: string[]): DataCenter[] {
  const columns = ['dc_id', 'ipv4', 'ipv6', 'auth_key'];
  requireTable(tables, 'dc_option', columns);
  return rowsOf(db, 'dc_option', columns, 'ORDER BY dc_id').map(([dcId, ipv4, ipv6, key]) => {
    const at = `dc_option[${typeof dcId === 'number' ? dcId : '?'}]`;
    const id = checkDcId(at, 'dc_id', dcId);
    const ipv4Addr = readIpv4(at, ipv4);
    const ipv6Addr = readIpv6(at, ipv6, ipv4Addr);
    if (ipv6Addr !== null && isMapped(ipv6Addr)) {
      notes.push(
        `Data centre ${id} has an IPv4 address in the form of IPv6, ${ipv6Addr}, in the place of its IPv6 address.`,
      );
    }
    return new DataCenter({ id, ipv4Addr, ipv6Addr, auth: checkAuthKey(at, 'auth_key', key) }, at);
  });
}

/** Without a row in `dc_home` it is 2, unless there is nothing at all yet. */
function mainDcOf(
  home: number | null,
  dcs: readonly DataCenter[],
  isUsed: boolean,
  notes: string[],
): number | null {
  const mainDc = home ?? DEFAULT_DC;
  const isThere = dcs.some(({ id }) => id === mainDc);
  if (!isThere && isUsed) {
    throw new SessionError(
      'DAMAGED',
      `The account lives on data centre ${mainDc}, but the table dc_option has no row for that one, and so no key.`,
      { field: 'dc_home', found: String(mainDc) },
    );
  }
  if (home !== null) return home;
  if (!isThere) return null;
  notes.push(`The file does not say where the account lives: on data centre ${mainDc}, as for grammers.`);
  return mainDc;
}

function userOf(self: Self | null, mainDc: number | null): User | null {
  return self === null ? null : new User({ id: self.id, bot: self.bot, dc: mainDc ?? DEFAULT_DC }, self.at);
}

function readState(db: SqlDatabase, tables: Tables, notes: string[]): UpdateState | null {
  const columns = ['pts', 'qts', 'date', 'seq'];
  requireTable(tables, 'update_state', columns);
  const rows = rowsOf(db, 'update_state', columns, 'LIMIT 2');
  const channels = readChannels(db, tables);
  if (rows.length === 0 && channels.length === 0) return null;
  if (rows.length === 0) {
    notes.push('There are channel states but no state of the account: it was taken for all zeros.');
  }
  const row = rows.length === 0 ? [0, 0, 0, 0] : onlyRow('update_state', rows);
  const [pts, qts, date, seq] = columns.map((name, i) =>
    checkInteger('update_state', name, row[i], 0, MAX_COUNTER),
  ) as [number, number, number, number];
  return new UpdateState({ pts, qts, date, seq, channels }, 'update_state');
}

/** The column has the name of that of the peers, but holds bare ids. */
function readChannels(db: SqlDatabase, tables: Tables): ChannelState[] {
  requireTable(tables, 'channel_state', ['peer_id', 'pts']);
  return rowsOf(db, 'channel_state', ['peer_id', 'pts'], 'ORDER BY peer_id').map(([id, pts]) => {
    const at = `channel_state[${typeof id === 'number' ? id : '?'}]`;
    if (typeof id !== 'number' || !isGrammersId({ kind: 'channel', id })) {
      return refuse(at, 'peer_id', 'the bare id of a channel', id);
    }
    return new ChannelState({ id, pts: checkInteger(at, 'pts', pts, 0, MAX_COUNTER) }, at);
  });
}
