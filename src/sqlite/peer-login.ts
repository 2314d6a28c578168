/** Whose peers a session file keeps: access hashes are of use to one user with one key. */

import { type Login, loginOf } from '../login.ts';
import type { Sql } from './driver.ts';
import { rowsOf } from './rows.ts';

/** The login of the session in the file. */
export function loginInFile(sql: Sql): Login | null {
  const [user] = rowsOf(sql, 'user', ['id', 'dc'], 'ORDER BY id LIMIT 1');
  const dcs = rowsOf(sql, 'datacenter', ['id', 'auth'], '');
  return loginOf({
    user: user === undefined ? null : { id: user[0] as number, dc: user[1] as number },
    dcs: dcs.map(([id, auth]) => ({
      id: id as number,
      auth: auth instanceof Uint8Array && auth.length > 0 ? auth : null,
    })),
  });
}

/** The login whose peers are in the tables, or null. */
export function loginOfPeers(sql: Sql): Login | null {
  const [row] = rowsOf(sql, 'tgsession_login', ['key_id', 'user_id'], 'LIMIT 1');
  return row === undefined ? null : { keyId: String(row[0]), userId: row[1] as number | null };
}

/** Notes whose peers are in the tables from now on. */
export function writeLogin(sql: Sql, { keyId, userId }: Login): void {
  sql.prepare('DELETE FROM tgsession_login').run();
  sql.prepare('INSERT INTO tgsession_login (key_id, user_id) VALUES (?, ?)').run(keyId, userId);
}
