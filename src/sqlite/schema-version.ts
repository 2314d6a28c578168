/** The number in the table `version`, which says how to read the others. */

import { describe } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { SqlDatabase } from './driver.ts';
import { requireTable, type Tables } from './tables.ts';

/**
 * Reads the schema version. Of several rows the smallest counts, as in the real library.
 *
 * @throws SessionError `DAMAGED` without such a table, `BAD_VERSION` if it holds no integer from 0 on
 */
export function readSchemaVersion(db: SqlDatabase, tables: Tables): number {
  requireTable(tables, 'version', ['version']);
  const rows = db.prepare('SELECT version FROM version ORDER BY version LIMIT 1', { bigint: true }).all();
  const found = rows.length === 0 ? 'no row' : describe(rows[0]![0]);
  const version = rows[0]?.[0];
  // As bigint, so that 10.0 is seen to be no integer.
  if (typeof version !== 'bigint' || version < 0n) {
    throw new SessionError('BAD_VERSION', `version.version must be an integer, but is ${found}.`, {
      field: 'version.version',
      found,
    });
  }
  return Number(version);
}
