/** Writing what changed to the tables of a Telethon v2 file: a row that did not change is not touched. */

import type { SessionChanges } from '../changes.ts';
import type { SqlStatement, SqlValue } from './driver.ts';

const SQL = {
  putDc:
    'INSERT INTO datacenter (id, ipv4_addr, ipv6_addr, auth) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE ' +
    'SET ipv4_addr = excluded.ipv4_addr, ipv6_addr = excluded.ipv6_addr, auth = excluded.auth',
  dropDc: 'DELETE FROM datacenter WHERE id = ?',
  clearUser: 'DELETE FROM user',
  putUser: 'INSERT INTO user (id, dc, bot, username) VALUES (?, ?, ?, ?)',
  clearState: 'DELETE FROM state',
  putState: 'INSERT INTO state (pts, qts, date, seq) VALUES (?, ?, ?, ?)',
  putChannel:
    'INSERT INTO channelstate (id, pts) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET pts = excluded.pts',
  dropChannel: 'DELETE FROM channelstate WHERE id = ?',
} as const;

/** Writes changes inside the caller's transaction. `prepare` may keep the statements it makes. */
export function applyChanges(prepare: (sql: string) => SqlStatement, changes: SessionChanges): void {
  const each = <T>(sql: string, items: readonly T[], parameters: (item: T) => SqlValue[]) => {
    if (items.length > 0) prepare(sql).runEach(items.map(parameters));
  };
  const { dcsGone, dcsPut, user, state, channelsGone, channelsPut } = changes;
  each(SQL.dropDc, dcsGone, (id) => [id]);
  each(SQL.putDc, dcsPut, (dc) => [dc.id, dc.ipv4Addr, dc.ipv6Addr, dc.auth]);
  if (user !== undefined) {
    prepare(SQL.clearUser).run();
    if (user !== null) prepare(SQL.putUser).run(user.id, user.dc, user.bot ? 1 : 0, user.username);
  }
  if (state !== undefined) {
    prepare(SQL.clearState).run();
    if (state !== null) prepare(SQL.putState).run(state.pts, state.qts, state.date, state.seq);
  }
  each(SQL.dropChannel, channelsGone, (id) => [id]);
  each(SQL.putChannel, channelsPut, ({ id, pts }) => [id, pts]);
}
