/**
 * What tables a database has. A database may come from anywhere, so nothing is ever selected from a view (it can run
 * for ever), from a virtual table (it runs other code), or from a table that computes columns.
 */

import { SessionError } from '../errors.ts';
import { ASIDE_TABLES } from './aside-table.ts';
import type { SqlDatabase } from './driver.ts';
import { PEER_TABLES } from './peer-schema.ts';
import { STATUS_TABLES } from './status-table.ts';
import { TELETHON_V2_TABLES } from './telethon-v2-schema.ts';

/** Names of the columns of each plain table, in order. Names are compared exactly, case included. */
export type Tables = ReadonlyMap<string, readonly string[]>;

/** The plain tables of a database. One statement is enough where all of them are Telethon v2's, or ours, to the letter. */
export function tablesOf(db: SqlDatabase): Tables {
  const tables = new Map<string, readonly string[]>();
  let columnsOf: ((name: string) => string[] | null) | undefined;
  for (const [name, sql] of db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()) {
    if (typeof name !== 'string' || typeof sql !== 'string' || name.startsWith('sqlite_')) continue;
    let columns =
      TELETHON_V2_TABLES.get(sql) ??
      PEER_TABLES.get(sql) ??
      ASIDE_TABLES.get(sql) ??
      STATUS_TABLES.get(sql) ??
      null;
    // SQLite itself writes these words for plain tables; views and virtual tables begin otherwise.
    if (columns === null && /^CREATE TABLE /i.test(sql)) {
      columnsOf ??= columnReader(db);
      columns = columnsOf(name);
    }
    if (columns !== null) tables.set(name, columns);
  }
  return tables;
}

function columnReader(db: SqlDatabase): (name: string) => string[] | null {
  const statement = db.prepare('SELECT name, hidden FROM pragma_table_xinfo(?) ORDER BY cid');
  return (name) => {
    const columns = statement.all(name);
    // "hidden" is not 0 for columns that are computed, or belong to a virtual table.
    return columns.every(([, hidden]) => hidden === 0) ? columns.map(([column]) => String(column)) : null;
  };
}

/**
 * Has SQLite look at the pages of tables, so that reading them ends: afterwards no page belongs to two places.
 * Costs as much as reading them. For databases from anywhere; call it before selecting.
 *
 * @throws SessionError `DAMAGED`
 */
export function checkTables(db: SqlDatabase, tables: Tables): void {
  for (const name of tables.keys()) {
    for (const [message] of db.prepare(`PRAGMA quick_check("${name.replaceAll('"', '""')}")`).all()) {
      // It also reports values that the schema forbids; the readers do that by field.
      if (typeof message === 'string' && /\b(?:tree|page)\b/i.test(message)) {
        throw new SessionError('DAMAGED', `The table ${name} is damaged. (SQLite: ${firstLine(message)})`);
      }
    }
  }
}

function firstLine(message: string): string {
  const line = message.split('\n').find((text) => /\b(?:tree|page)\b/i.test(text)) ?? '';
  return line.slice(0, 200);
}

/**
 * The columns of a table that must be there.
 *
 * @throws SessionError `DAMAGED` if it is not, or lacks one of the columns named
 */
export function requireTable(tables: Tables, name: string, needed: readonly string[]): readonly string[] {
  const columns = tables.get(name);
  if (columns === undefined) throw missingTable(name);
  const missing = needed.find((column) => !columns.includes(column));
  if (missing !== undefined) {
    throw new SessionError('DAMAGED', `The table ${name} has no column ${missing}.`, { field: name });
  }
  return columns;
}

/** The error for a table that is not there, or is a view or the like. */
export function missingTable(name: string): SessionError {
  return new SessionError('DAMAGED', `The database has no plain table ${name}.`, { field: name });
}

/**
 * A column to select, or NULL under its name where a table does not have it. Without the name two of them would be one
 * column to Node.js before 24, where rows are objects.
 */
export function columnOrNull(has: readonly string[], name: string): string {
  return has.includes(name) ? name : `NULL AS ${name}`;
}
