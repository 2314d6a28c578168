/** The table `update_state` of Pyrogram's forks: row 0 is the account, those with marked ids are channels. */

import { checkCounter } from '../../check.ts';
import { fromMarkedId } from '../../peers.ts';
import { UpdateState } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { toInteger } from '../../sqlite/values.ts';
import { checkMarkedId } from './peers.ts';

/** A row as it is. All but the id may be NULL: most libraries leave `qts` and `seq` so. */
export interface PyrogramState {
  /** Marked id of a channel, or 0. */
  id: number;
  pts: number | null;
  qts: number | null;
  date: number | null;
  seq: number | null;
}

interface States {
  state: UpdateState | null;
  /** Null where there is no such table. */
  rows: PyrogramState[] | null;
}

const COLUMNS = ['id', 'pts', 'qts', 'date', 'seq'];

/** Reads the update state; NULL counts as 0, as in the real libraries. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readUpdateStates(db: SqlDatabase, tables: Tables, notes: string[]): States {
  if (!tables.has('update_state')) return { state: null, rows: null };
  requireTable(tables, 'update_state', COLUMNS);
  const sql = `SELECT ${COLUMNS.join(', ')} FROM update_state ORDER BY id`;
  const rows = db.prepare(sql, { bigint: true }).all().map(readRow);
  const account = rows.find(({ id }) => id === 0);
  const channels: { id: number; pts: number }[] = [];
  let others = 0;
  for (const { id: marked, pts } of rows) {
    const peer = fromMarkedId(marked);
    // The real libraries recover channels alone.
    if (peer?.kind === 'channel') channels.push({ id: peer.id, pts: pts ?? 0 });
    else if (marked !== 0) others++;
  }
  if (others > 0) notes.push(`${others} rows of update_state are of no channel: they were left out.`);
  if (account === undefined && channels.length === 0) return { state: null, rows };
  if (account === undefined) {
    notes.push('There are channel states but no state of the account: it was taken for all zeros.');
  }
  const { pts, qts, date, seq } = account ?? { pts: 0, qts: 0, date: 0, seq: 0 };
  const state = new UpdateState(
    { pts: pts ?? 0, qts: qts ?? 0, date: date ?? 0, seq: seq ?? 0, channels },
    'update_state',
  );
  return { state, rows };
}

function readRow(row: readonly SqlValue[]): PyrogramState {
  const [rawId, pts, qts, date, seq] = row as [SqlValue, SqlValue, SqlValue, SqlValue, SqlValue];
  const at = `update_state[${typeof rawId === 'bigint' ? rawId : '?'}]`;
  const counter = (name: string, value: SqlValue) =>
    value === null ? null : checkCounter(at, name, toInteger(value));
  return {
    id: checkMarkedId(at, 'id', rawId),
    pts: counter('pts', pts),
    qts: counter('qts', qts),
    date: counter('date', date),
    seq: counter('seq', seq),
  };
}
