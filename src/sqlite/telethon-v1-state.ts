/** The table `update_state` of Telethon v1: row 0 is the account, the others are channels. */

import { checkCounter, checkId, refuse } from '../check.ts';
import { ChannelState, UpdateState } from '../session.ts';
import type { SqlDatabase, SqlValue } from './driver.ts';
import { requireTable, type Tables } from './tables.ts';
import { toInteger } from './values.ts';

/** The first schema with this table. */
const SINCE = 4;

const COLUMNS = ['id', 'pts', 'qts', 'date', 'seq'];

/** Reads the update state; null where there is none. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readUpdateState(
  db: SqlDatabase,
  tables: Tables,
  version: number,
  notes: string[],
): UpdateState | null {
  if (version < SINCE && !tables.has('update_state')) return null;
  requireTable(tables, 'update_state', COLUMNS);
  const sql = `SELECT ${COLUMNS.join(', ')} FROM update_state ORDER BY id`;
  let account: UpdateState | null = null;
  const channels: ChannelState[] = [];
  for (const row of db.prepare(sql, { bigint: true }).all()) {
    const [id, pts, qts, date, seq] = row as [SqlValue, SqlValue, SqlValue, SqlValue, SqlValue];
    const at = `update_state[${typeof id === 'bigint' ? id : '?'}]`;
    const counter = (name: string, value: SqlValue) => checkCounter(at, name, toInteger(value));
    if (id === 0n && account === null) {
      account = new UpdateState({
        pts: counter('pts', pts),
        qts: counter('qts', qts),
        date: counter('date', wholeSeconds(date, notes)),
        seq: counter('seq', seq),
      });
    } else {
      // A channel's date is the time of saving, with fractions of a second: of no use to anybody.
      channels.push(new ChannelState({ id: checkId(at, 'id', toInteger(id)), pts: counter('pts', pts) }, at));
    }
  }
  if (account === null && channels.length === 0) return null;
  if (account === null) {
    notes.push('There are channel states but no state of the account: it was taken for all zeros.');
    account = new UpdateState({ pts: 0, qts: 0, date: 0, seq: 0 });
  }
  checkUnique(channels);
  account.channels = channels;
  return account;
}

/** Dates are integers in this row, but nothing in the file sees to it. */
function wholeSeconds(date: SqlValue, notes: string[]): SqlValue {
  if (typeof date !== 'number' || !(date >= 0 && date <= Number.MAX_SAFE_INTEGER)) return date;
  notes.push('The date of the update state had a fraction of a second, which was dropped.');
  return BigInt(Math.floor(date));
}

function checkUnique(channels: readonly ChannelState[]): void {
  const seen = new Set<number>();
  for (const { id } of channels) {
    if (seen.has(id)) refuse(`update_state[${id}]`, 'id', 'unique', id, `${id} a second time`);
    seen.add(id);
  }
}
