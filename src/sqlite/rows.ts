/** Reading the rows of a table that may hold anything. */

import { refuse } from '../check.ts';
import { type Sql, SqlError, type SqlValue } from './driver.ts';

/**
 * The rows of a table, as the list of the columns named. Integers are numbers.
 *
 * @param rest what follows the name of the table, such as `ORDER BY id`
 * @throws SessionError `INVALID_VALUE` naming the field of an integer beyond 2^53; SqlError
 */
export function rowsOf(db: Sql, table: string, columns: readonly string[], rest: string): SqlValue[][] {
  const sql = `SELECT ${columns.join(', ')} FROM ${table} ${rest}`;
  try {
    return db.prepare(sql).all();
  } catch (error) {
    throw nameTooLarge(error, db, table, columns, sql);
  }
}

/** The same, one after the other, for tables that may be large. */
export function* iterateRows(
  db: Sql,
  table: string,
  columns: readonly string[],
  rest: string,
): Generator<SqlValue[]> {
  const sql = `SELECT ${columns.join(', ')} FROM ${table} ${rest}`;
  try {
    yield* db.prepare(sql).iterate();
  } catch (error) {
    throw nameTooLarge(error, db, table, columns, sql);
  }
}

/** Throws for the first integer that a number cannot hold, if that is the error. Rows are named by their id where there are many. */
function nameTooLarge(
  error: unknown,
  db: Sql,
  table: string,
  columns: readonly string[],
  sql: string,
): unknown {
  if (!(error instanceof SqlError && error.kind === 'range')) return error;
  for (const row of db.prepare(sql, { bigint: true }).iterate()) {
    const i = row.findIndex((value) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value)));
    if (i < 0) continue;
    const at = columns[0] === 'id' && table !== 'user' ? `${table}[${i === 0 ? '?' : row[0]}]` : table;
    refuse(at, columns[i]!, 'an integer of at most 2^53 - 1', row[i]);
  }
  return error;
}
