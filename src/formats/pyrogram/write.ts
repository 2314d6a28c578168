/** What a session file of Pyrogram's family is filled with (formats/pyrogram.md, sections 1.2 to 1.4). */

import { splitAddress } from '../../address.ts';
import { fromMarkedId, toMarkedId } from '../../peers.ts';
import type { DataCenter, UpdateState } from '../../session.ts';
import type { SqlDatabase, SqlStatement, SqlValue } from '../../sqlite/driver.ts';
import type { Loss } from '../codec.ts';
import type { Snapshot } from '../snapshot.ts';
import { WrittenIds } from '../written-ids.ts';
import type { PyrogramAccount } from './account.ts';
import { type PeerRow, type PeerTable, writePeers } from './rows.ts';
import { type PyrogramVersion, pyrogramSchema } from './schema.ts';

/** The data centre that every library begins with. */
const FIRST_DC = 2;

/** Rows by table, and what found no place in them. */
export interface PyrogramRows {
  sessions: { [column: string]: SqlValue };
  updateState: SqlValue[][];
  losses: Loss[];
}

/**
 * The rows for a snapshot, but for its peers.
 *
 * @param main its data centre, with an address for version 7; null for a file that was never used
 * @throws SessionError `INVALID_VALUE`
 */
export function pyrogramRows(
  snapshot: Snapshot,
  main: DataCenter | null,
  account: PyrogramAccount | null,
  version: PyrogramVersion,
): PyrogramRows {
  const losses: Loss[] = [];
  const { state } = snapshot.session;
  return {
    sessions: sessionsRow(snapshot, main, account, version),
    updateState: state === null || version === 3 ? [] : stateRows(state, losses),
    losses,
  };
}

function sessionsRow(
  { session: { user }, testMode }: Snapshot,
  main: DataCenter | null,
  account: PyrogramAccount | null,
  version: PyrogramVersion,
): { [column: string]: SqlValue } {
  // A file that nobody logged in with does not say.
  const isUnknown = account === null || (main?.auth == null && testMode === null);
  const parts = splitAddress(main?.ipv4Addr ?? main?.ipv6Addr ?? '');
  return {
    dc_id: main?.id ?? FIRST_DC,
    ...(version === 7 && { server_address: parts?.ip ?? null, port: parts?.port ?? null }),
    api_id: account?.apiId ?? null,
    // It counts as logged in only if none of these is NULL.
    test_mode: isUnknown ? null : Number(account.testMode),
    auth_key: main?.auth ?? null,
    // When it was saved last; 0 is what the real libraries write when they take over a string.
    date: 0,
    user_id: user?.id ?? null,
    is_bot: user === null ? null : Number(user.bot),
  };
}

function stateRows({ pts, qts, date, seq, channels }: UpdateState, losses: Loss[]): SqlValue[][] {
  const rows: SqlValue[][] = [[0, pts, qts, date, seq]];
  let lost = 0;
  for (const { id, pts: channelPts } of channels) {
    const marked = toMarkedId({ kind: 'channel', id });
    // The real libraries leave the rest empty; they write the time of saving, for which the state's date serves.
    if (fromMarkedId(marked)?.id === id) rows.push([marked, channelPts, null, date, null]);
    else lost++;
  }
  if (lost > 0) {
    const message = `How far ${lost} channels were read: their ids are too large.`;
    losses.push({ field: 'session.state.channels', message });
  }
  return rows;
}

/**
 * Fills an empty database with rows, and with the peers of a snapshot.
 *
 * @returns what of the peers found no place
 */
export function fillPyrogram(
  db: SqlDatabase,
  version: PyrogramVersion,
  { sessions, updateState }: PyrogramRows,
  snapshot: Snapshot,
  notes: string[],
): Loss[] {
  const schema = pyrogramSchema(version);
  const isTable = (sql: string) => sql.startsWith('CREATE TABLE');
  for (const sql of schema.filter(isTable)) db.exec(sql);
  insert(db, 'version', ['number'], [[version]]);
  insert(db, 'sessions', Object.keys(sessions), [Object.values(sessions)]);
  insert(db, 'update_state', ['id', 'pts', 'qts', 'date', 'seq'], updateState);
  const losses = writePeers(snapshot, version, peerTable(db, version), notes);
  // Of all rows at once an index is made much faster.
  for (const sql of schema.filter((one) => !isTable(one))) db.exec(sql);
  return losses;
}

const PEER_COLUMNS = ['id', 'access_hash', 'type', 'phone_number', 'last_update_on'];

function peerTable(db: SqlDatabase, version: PyrogramVersion): PeerTable {
  const ids = new WrittenIds(db.prepare('SELECT 1 FROM peers WHERE id = ?'));
  const putPeer = inserting(db, 'peers', version === 7 ? PEER_COLUMNS : [...PEER_COLUMNS, 'username']);
  const putName =
    version === 7
      ? inserting(db, 'usernames', ['id', 'username'])
      : version === 4
        ? inserting(db, 'usernames', ['id', 'peer_id', 'last_update_on'])
        : null;
  return {
    has: (id) => ids.has(id),
    put({ id, accessHash, type, phone, lastUpdateOn, usernames }: PeerRow) {
      const [main = null, ...others] = usernames;
      const peer = [id, accessHash, type, phone, lastUpdateOn];
      putPeer.run(...(version === 7 ? peer : [...peer, main]));
      ids.add(id);
      if (version === 7) for (const name of usernames) putName?.run(id, name);
      // Pyrofork has the main username with the peer, and all others here.
      if (version === 4) for (const name of others) putName?.run(name, id, lastUpdateOn);
    },
  };
}

function insert(
  db: SqlDatabase,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): void {
  if (rows.length > 0) inserting(db, table, columns).runEach(rows);
}

function inserting(db: SqlDatabase, table: string, columns: readonly string[]): SqlStatement {
  const marks = columns.map(() => '?').join(', ');
  return db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
}
