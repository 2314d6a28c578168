/**
 * The table of the status in a session file: a further table, as those of the peers are (peer-schema.ts), made when the
 * first status is put. It has one row.
 */

import { checkDcId, checkId, checkInteger, checkText, refuse } from '../check.ts';
import type { AuthKeyStatus } from '../status.ts';
import type { Sql } from './driver.ts';
import { hasOwnTable } from './own-table.ts';
import { rowsOf } from './rows.ts';

const TABLE = 'tgsession_status';

/** `at_ms` is in unix milliseconds. */
const CREATE_TABLE = `CREATE TABLE tgsession_status(
    id integer primary key,
    status text not null,
    reason text,
    key_id text not null,
    user_id integer,
    dc integer not null,
    at_ms integer not null
)`;

const COLUMNS = ['status', 'reason', 'key_id', 'user_id', 'dc', 'at_ms'] as const;

/** The columns of the table, by the text that makes it, as SQLite keeps it in the file. */
export const STATUS_TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  [CREATE_TABLE, ['id', ...COLUMNS]],
]);

const REPLACE = `INSERT OR REPLACE INTO tgsession_status (id, ${COLUMNS.join(', ')}) VALUES (1, ?, ?, ?, ?, ?, ?)`;

const NAMES: readonly AuthKeyStatus['status'][] = ['alive', 'revoked', 'duplicated'];
/** Longest reason, in UTF-16 units. */
const MAX_REASON_LENGTH = 64;

/** The status in a file, or null. @throws SessionError `NEWER_VERSION`, `INVALID_VALUE` */
export function readStatus(sql: Sql): AuthKeyStatus | null {
  if (!hasOwnTable(sql, TABLE, CREATE_TABLE)) return null;
  const [row] = rowsOf(sql, TABLE, COLUMNS, 'ORDER BY id LIMIT 1');
  if (row === undefined) return null;
  const [status, reason, keyId, userId, dc, at] = row;
  const time = new Date(checkInteger(TABLE, 'at_ms', at, 0, 8.64e15));
  return checkStatus(TABLE, { status, reason, keyId, userId, dc, at: time });
}

/** Puts a status in the place of the one before. */
export function writeStatus(sql: Sql, { status, reason, keyId, userId, dc, at }: AuthKeyStatus): void {
  if (!hasOwnTable(sql, TABLE, CREATE_TABLE)) sql.exec(CREATE_TABLE);
  sql.prepare(REPLACE).run(status, reason, keyId, userId, dc, at.getTime());
}

/** Checks a status, and copies it. @throws SessionError `INVALID_VALUE` */
export function checkStatus(
  place: string,
  { status, reason, keyId, userId, dc, at }: { [K in keyof AuthKeyStatus]: unknown },
): AuthKeyStatus {
  const name = NAMES.find((each) => each === status) ?? refuse(place, 'status', NAMES.join(' or '), status);
  const isKeyId = typeof keyId === 'string' && /^[\da-f]{16}$/.test(keyId);
  const isTime = at instanceof Date && at.getTime() >= 0;
  return {
    status: name,
    reason: reason === null ? null : checkText(place, 'reason', reason, MAX_REASON_LENGTH),
    keyId: isKeyId ? keyId : refuse(place, 'keyId', 'the id of a key, 16 hexadecimal digits', keyId),
    userId: userId === null ? null : checkId(place, 'userId', userId),
    dc: checkDcId(place, 'dc', dc),
    at: isTime ? new Date(at) : refuse(place, 'at', 'a time since 1970', at),
  };
}
