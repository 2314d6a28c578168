/** The number that says how to read the tables: in the table `version`, or in the header of the database. */

import { describe } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { SqlDatabase } from './driver.ts';
import { requireTable, type Tables } from './tables.ts';

/**
 * Reads the schema version. Of several rows the smallest counts, as in the real libraries.
 *
 * @param column its column: Pyrogram calls it `number`
 * @throws SessionError `DAMAGED` without such a table, `BAD_VERSION` if it holds no integer from 0 on
 */
export function readSchemaVersion(
  db: SqlDatabase,
  tables: Tables,
  column: 'version' | 'number' = 'version',
): number {
  requireTable(tables, 'version', [column]);
  const sql = `SELECT ${column} FROM version ORDER BY ${column} LIMIT 1`;
  const rows = db.prepare(sql, { bigint: true }).all();
  const found = rows.length === 0 ? 'no row' : describe(rows[0]![0]);
  const version = rows[0]?.[0];
  // As bigint, so that 10.0 is seen to be no integer.
  if (typeof version !== 'bigint' || version < 0n) {
    const field = `version.${column}`;
    throw new SessionError('BAD_VERSION', `${field} must be an integer, but is ${found}.`, { field, found });
  }
  return Number(version);
}

/** The number that SQLite keeps in the header for the program, `PRAGMA user_version`: 32 bits, signed, 0 at first. */
export function readUserVersion(db: SqlDatabase): number {
  return Number(db.prepare('PRAGMA user_version').all()[0]![0]);
}
