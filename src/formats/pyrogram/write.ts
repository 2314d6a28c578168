/** What a session file of Pyrogram's family is filled with (formats/pyrogram.md, sections 1.2 to 1.4). */

import { splitAddress } from '../../address.ts';
import { fromMarkedId, toMarkedId } from '../../peers.ts';
import type { DataCenter, UpdateState } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import type { Loss } from '../codec.ts';
import type { Snapshot } from '../snapshot.ts';
import type { PyrogramAccount } from './account.ts';
import { type PeerRow, peerRows } from './rows.ts';
import { type PyrogramVersion, pyrogramSchema } from './schema.ts';

/** The data centre that every library begins with. */
const FIRST_DC = 2;

/** Rows by table, and what found no place in them. */
export interface PyrogramRows {
  sessions: { [column: string]: SqlValue };
  peers: PeerRow[];
  updateState: SqlValue[][];
  losses: Loss[];
}

/**
 * The rows for a snapshot.
 *
 * @param main its data centre, with an address for version 7; null for a file that was never used
 * @throws SessionError `INVALID_VALUE`
 */
export function pyrogramRows(
  snapshot: Snapshot,
  main: DataCenter | null,
  account: PyrogramAccount | null,
  version: PyrogramVersion,
  notes: string[],
): PyrogramRows {
  const losses: Loss[] = [];
  const { state } = snapshot.session;
  return {
    sessions: sessionsRow(snapshot, main, account, version),
    peers: peerRows(snapshot, version, losses, notes),
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

/** Fills an empty database. */
export function fillPyrogram(db: SqlDatabase, version: PyrogramVersion, rows: PyrogramRows): void {
  for (const sql of pyrogramSchema(version)) db.exec(sql);
  const { sessions, peers, updateState } = rows;
  insert(db, 'version', ['number'], [[version]]);
  insert(db, 'sessions', Object.keys(sessions), [Object.values(sessions)]);
  insert(db, 'update_state', ['id', 'pts', 'qts', 'date', 'seq'], updateState);
  const columns = ['id', 'access_hash', 'type', 'phone_number', 'last_update_on'];
  const values = (row: PeerRow) => [row.id, row.accessHash, row.type, row.phone, row.lastUpdateOn];
  if (version === 7) {
    insert(db, 'peers', columns, peers.map(values));
    const names = peers.flatMap(({ id, usernames }) => usernames.map((name) => [id, name]));
    insert(db, 'usernames', ['id', 'username'], names);
    return;
  }
  const mainName = ({ usernames }: PeerRow) => usernames[0] ?? null;
  insert(
    db,
    'peers',
    [...columns, 'username'],
    peers.map((row) => [...values(row), mainName(row)]),
  );
  if (version !== 4) return;
  // Pyrofork has the main username with the peer, and all others here.
  const names = peers.flatMap(({ id, usernames, lastUpdateOn }) =>
    usernames.slice(1).map((name) => [name, id, lastUpdateOn]),
  );
  insert(db, 'usernames', ['id', 'peer_id', 'last_update_on'], names);
}

function insert(
  db: SqlDatabase,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): void {
  if (rows.length === 0) return;
  const marks = columns.map(() => '?').join(', ');
  const statement = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  for (const row of rows) statement.run(...row);
}
