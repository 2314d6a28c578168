/** Whose peers a session file keeps: access hashes are of use to one user with one key. */

import { authKeyId } from '../auth-key.ts';
import type { DataCenter, User } from '../session.ts';
import type { Sql } from './driver.ts';
import { rowsOf } from './rows.ts';

/** What tells a login from another. */
export interface Login {
  /** Id of the key of the data centre that the account lives on. */
  keyId: string;
  /** The user, or null where that is not known yet. */
  userId: number | null;
}

/**
 * The login that a session is; null where there is no key. Where the user is not known, neither is its data centre: then
 * the first one that has a key counts.
 */
export function loginOf(session: {
  user: Pick<User, 'id' | 'dc'> | null;
  dcs: readonly Pick<DataCenter, 'id' | 'auth'>[];
}): Login | null {
  const { user } = session;
  const withKey = session.dcs.filter(({ auth }) => auth !== null).sort((a, b) => a.id - b.id);
  const auth = (user === null ? withKey[0] : withKey.find(({ id }) => id === user.dc))?.auth ?? null;
  return auth === null ? null : { keyId: authKeyId(auth), userId: user?.id ?? null };
}

/** Whether two are the same login. A user that is not known yet may be any. */
export function sameLogin(a: Login, b: Login): boolean {
  return a.keyId === b.keyId && (a.userId === null || b.userId === null || a.userId === b.userId);
}

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
