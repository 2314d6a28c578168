/** Values as the text that PostgreSQL reads and writes. */

import { SessionError } from '../../errors.ts';
import type { SqlText } from './client.ts';

/** A list of integers as an array. */
export function integerArray(values: readonly (number | bigint | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/**
 * The rows of arrays that are the first parameters, to join with. PostgreSQL expects one row of a LIMIT that it does not
 * know, and goes by the index: also with a plan that it made when the table was small, and keeps.
 *
 * @param columns names and types
 */
export function givenRows(columns: Readonly<Record<string, 'text' | 'bigint'>>): string {
  const arrays = Object.values(columns).map((type, i) => `$${i + 1}::text::${type}[]`);
  const names = Object.keys(columns).join(', ');
  return `(SELECT * FROM unnest(${arrays.join(', ')}) AS given (${names}) LIMIT (SELECT 1000000)) AS given`;
}

/** A list of texts as an array. */
export function textArray(values: readonly SqlText[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)).join(',')}}`;
}

/**
 * An integer, where a number can hold it. Anything else stays what it is, so that the check which follows says what was
 * found.
 */
export function toNumber(text: SqlText | undefined): unknown {
  if (typeof text !== 'string' || !/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** An integer that we made ourselves, such as a fence or the version of a table. @throws SessionError `DAMAGED` */
export function toOwnNumber(text: SqlText | undefined, what: string): number {
  const value = toNumber(text);
  if (typeof value === 'number') return value;
  throw new SessionError(
    'DAMAGED',
    `${what} must be a whole number of at most 2^53 - 1, but is another value.`,
    {
      field: what,
    },
  );
}

/** A time from a column in unix milliseconds. @throws SessionError `DAMAGED` */
export function toDate(text: SqlText | undefined, what: string): Date | null {
  if (text === null) return null;
  const date = new Date(toOwnNumber(text, what));
  if (Number.isNaN(date.getTime())) throw new SessionError('DAMAGED', `${what} is no time.`, { field: what });
  return date;
}

/** Unix milliseconds of a column with a time, as text. Whatever the time zone and the date style are. */
export function milliseconds(column: string): string {
  return `round(extract(epoch from ${column}) * 1000)::bigint::text`;
}

/** A duration in milliseconds, from a parameter. */
export function duration(parameter: string): string {
  return `${parameter}::text::float8 * interval '1 millisecond'`;
}
