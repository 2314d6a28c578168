/**
 * The table of sessions kept aside in a session file: a further table, as those of the peers are (peer-schema.ts), made
 * when the first session is put there.
 */

import type { AsideEntry } from '../aside.ts';
import { checkReason, entryOf, isSameKey } from '../aside.ts';
import { checkInteger } from '../check.ts';
import type { Session } from '../session.ts';
import { sessionFromText, sessionToText } from '../session-text.ts';
import type { Sql, SqlValue } from './driver.ts';
import { hasOwnTable } from './own-table.ts';
import { rowsOf } from './rows.ts';

/** `since` is in unix milliseconds; `session` is text in JSON, with the keys in hexadecimal. */
const CREATE_TABLE = `CREATE TABLE tgsession_aside(
    id integer primary key,
    reason text not null,
    since integer not null,
    session text not null
)`;

/** The columns of the table, by the text that makes it, as SQLite keeps it in the file. */
export const ASIDE_TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  [CREATE_TABLE, ['id', 'reason', 'since', 'session']],
]);

const INSERT = 'INSERT INTO tgsession_aside (reason, since, session) VALUES (?, ?, ?) RETURNING id';
const DELETE = 'DELETE FROM tgsession_aside WHERE id = ?';

/** A session that is kept aside, and what is said of it. */
export interface AsideRow {
  entry: AsideEntry;
  session: Session;
}

/** All sessions kept aside, the oldest first. @throws SessionError `NEWER_VERSION`, `DAMAGED`, `INVALID_VALUE` */
export function readAside(sql: Sql): AsideRow[] {
  if (!hasAsideTable(sql)) return [];
  return rowsOf(sql, 'tgsession_aside', ['id', 'reason', 'since', 'session'], 'ORDER BY id').map(fromRow);
}

/** Keeps a session aside, in the place of one with the same key. */
export function writeAside(sql: Sql, session: Session, reason: string, since: Date): AsideEntry {
  if (!hasAsideTable(sql)) sql.exec(CREATE_TABLE);
  const others = readAside(sql);
  const [[id] = []] = sql.prepare(INSERT).all(reason, since.getTime(), sessionToText(session));
  const entry = entryOf(String(id), session, reason, since);
  for (const other of others) if (isSameKey(other.entry, entry)) deleteAside(sql, other.entry.id);
  return entry;
}

/** Removes a session that is kept aside. Says whether it was there. */
export function deleteAside(sql: Sql, id: string): boolean {
  if (!/^[1-9]\d{0,14}$/.test(id) || !hasAsideTable(sql)) return false;
  return sql.prepare(DELETE).run(Number(id)) > 0;
}

function hasAsideTable(sql: Sql): boolean {
  return hasOwnTable(sql, 'tgsession_aside', CREATE_TABLE);
}

function fromRow([id, reason, since, text]: SqlValue[]): AsideRow {
  const at = `tgsession_aside[${typeof id === 'number' ? id : '?'}]`;
  const session = sessionFromText(`${at}.session`, text);
  const time = new Date(checkInteger(at, 'since', since, 0, 8.64e15));
  return { entry: entryOf(String(id), session, checkReason(reason), time), session };
}
