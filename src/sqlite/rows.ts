/** Reading the rows of a table that may hold anything. */

import { refuse } from '../check.ts';
import { type SqlDatabase, SqlError, type SqlValue } from './driver.ts';

/**
 * The rows of a table, as the list of the columns named. Integers are numbers.
 *
 * @param rest what follows the name of the table, such as `ORDER BY id`
 * @throws SessionError `INVALID_VALUE` naming the field of an integer beyond 2^53; SqlError
 */
export function rowsOf(
  db: SqlDatabase,
  table: string,
  columns: readonly string[],
  rest: string,
): SqlValue[][] {
  const sql = `SELECT ${columns.join(', ')} FROM ${table} ${rest}`;
  try {
    return db.prepare(sql).all();
  } catch (error) {
    if (error instanceof SqlError && error.kind === 'range') {
      nameTooLarge(table, columns, db.prepare(sql, { bigint: true }).all());
    }
    throw error;
  }
}

/** Throws for the first integer that a number cannot hold. Rows are named by their id where there are many. */
function nameTooLarge(table: string, columns: readonly string[], rows: SqlValue[][]): void {
  for (const row of rows) {
    const i = row.findIndex((value) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value)));
    if (i < 0) continue;
    const at = columns[0] === 'id' && table !== 'user' ? `${table}[${i === 0 ? '?' : row[0]}]` : table;
    refuse(at, columns[i]!, 'an integer of at most 2^53 - 1', row[i]);
  }
}
